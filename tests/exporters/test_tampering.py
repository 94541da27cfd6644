"""No change to a bundle without the key goes unnoticed; ``bench/tampering.py`` tries thousands."""

from pathlib import Path
from random import Random

import pytest
from annexa.exporters.signature import BundleKey
from annexa.exporters.verify import verify_bundle

from . import small_bundle
from .campaign import byte_change, is_found, structural
from .tampering import Original, with_digest, zipped

SEED = 7


@pytest.fixture(scope="module")
def original(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Original:
    folder = tmp_path_factory.mktemp("tampering")
    keys = pristine.parent / "keys"
    earlier = small_bundle.write(folder / "earlier.zip", keys, runs=2)
    return Original.read(pristine, earlier, BundleKey(folder / "strangers"))


@pytest.fixture(scope="module")
def fingerprint(pristine: Path) -> str:
    found = verify_bundle(pristine).fingerprint
    assert found is not None
    return found


def test_every_kind_of_structural_change_is_found(
    original: Original, fingerprint: str, tmp_path: Path
) -> None:
    path = tmp_path / "tampered.zip"
    missed: list[str] = []
    for kind, made in structural(original):
        data = made(Random(f"{SEED} {kind}"))
        assert data != original.data, kind
        path.write_bytes(data)
        if not is_found(path, fingerprint):
            missed.append(kind)
    assert missed == []


def test_random_single_bytes_are_found_however_they_are_covered_up(
    original: Original, fingerprint: str, tmp_path: Path
) -> None:
    original.unpack(tmp_path / "unpacked")
    for number in range(150):
        chance = Random(f"{SEED} byte {number}")
        kind, found = byte_change(original, number, chance, tmp_path, fingerprint)
        assert found, f"{kind}, number {number}"


def test_the_same_files_packed_again_with_a_digest_of_their_own_are_the_same_bundle(
    original: Original, fingerprint: str, tmp_path: Path
) -> None:
    """What was signed are the files (ADR 4): this is no change, and is not called one."""
    path = tmp_path / "again.zip"
    data = zipped(original.top, original.files, 1)
    assert data != original.data
    path.write_bytes(data)
    assert verify_bundle(path, fingerprint=fingerprint).ok
    path.write_bytes(with_digest(data))
    assert is_found(path, fingerprint)
