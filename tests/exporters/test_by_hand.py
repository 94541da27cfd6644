"""The commands of docs/proofs.md, as an auditor types them, with openssl alone."""

import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from annexa.exporters.signature import BundleKey, Signing
from annexa.exporters.signers import open_key
from annexa.exporters.signoff import sign_off

from . import authority, small_bundle

_PAGE = Path(__file__).parents[2] / "docs" / "proofs.md"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stamped bundle, signed off and unpacked, and the authority's root beside it."""
    folder = tmp_path_factory.mktemp("desk")
    root = authority.found(folder / "tsa")
    with authority.serving(root.parent) as url:
        signing = Signing(timestamps=(url,))
        bundle = small_bundle.write(folder / "b.zip", folder / "keys", signing=signing)
    key = open_key(str(folder / "keys" / "bundle.p256.pem"))
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    sign_off(bundle, key, name="Ada", role="preparer", at=noon)
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder)
    shutil.copy(root, folder / small_bundle.TOP / "roots.pem")
    return folder


def typed(marks: list[str], where: Path, scratch: Path) -> str:
    """What the commands under these marks print, with another place for what they write."""
    script = ""
    for mark in marks:
        commands = _PAGE.read_text().partition(f"<!-- {mark} -->\n```sh\n")[2].partition("```")[0]
        assert commands, mark
        script += commands.replace("/tmp/", f"{scratch}/")
    run = subprocess.run(
        ["sh", "-e", "-c", script], cwd=where, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_signature(desk: Path, tmp_path: Path) -> None:
    lines = typed(["the signature by hand"], desk / small_bundle.TOP, tmp_path).splitlines()
    assert lines[0] == "Verified OK"
    assert lines[1] == f"{BundleKey(desk / 'keys').fingerprint}  -"
    assert lines[3].split()[0] in lines[2]


def test_a_time_stamp(desk: Path, tmp_path: Path) -> None:
    marks = ["the signature by hand", "a time stamp by hand"]
    text = typed(marks, desk / small_bundle.TOP, tmp_path)
    assert "Time stamp: " in text
    assert "Verification: OK" in text


def test_a_sign_off(desk: Path, tmp_path: Path) -> None:
    text = typed(["a sign-off by hand"], desk, tmp_path)
    assert text.startswith("Verified OK\n")
    assert '"name":"Ada"' in text
