"""Named people sign a bundle off, one after another, and change nothing that was signed."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from annexa.exporters.errors import BundleError, ExportError
from annexa.exporters.signers import FileKey, fingerprint
from annexa.exporters.signoff import sign_off
from annexa.exporters.verify import MAX_SIGNATURES, CannotTry, signoff_file, verify_bundle
from annexa.ledger.keys import load_or_create

from . import small_bundle

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def key(tmp_path: Path) -> FileKey:
    return FileKey(load_or_create(tmp_path / "reviewer.pem", "p256"))


@pytest.fixture
def signed(bundle: Path, key: FileKey) -> Path:
    before = bundle.read_bytes()
    sign_off(bundle, key, name="Ada", role="preparer", at=NOON)
    other = FileKey(load_or_create(bundle.parent / "second.pem", "p256"))
    note = "looked at \x1b[31mall"
    sign_off(
        bundle, other, name="Grace Größe", role="reviewer", at=NOON, controls=["A.6.2.5"], note=note
    )
    assert bundle.read_bytes() == before
    return bundle


def test_each_sign_off_is_shown_with_role_controls_and_key(signed: Path, key: FileKey) -> None:
    report = verify_bundle(signed)
    assert report.ok
    mine, theirs = report.signoffs
    assert (mine.name, mine.role, mine.controls) == ("Ada", "preparer", [])
    assert mine.fingerprint == fingerprint(key.public)
    assert theirs.line().startswith(
        "sign-off: reviewer Grace Größe on A.6.2.5, at 2026-11-24T12:00:00Z, key sha256:"
    )
    script = [sys.executable, "-I", str(small_bundle.SHIPPED / "verify.py"), str(signed)]
    run = subprocess.run(script, capture_output=True, text=True, check=True)
    assert "sign-off: preparer Ada on the whole bundle" in run.stdout
    assert '"looked at \\x1b[31mall"' in run.stdout


def test_the_unpacked_bundle_takes_the_same_file(signed: Path, folder: Path) -> None:
    assert verify_bundle(folder).signoffs == []
    assert len(verify_bundle(folder, signoffs=signoff_file(signed)).signoffs) == 2
    shutil.copy(signoff_file(signed), signoff_file(folder))
    assert len(verify_bundle(folder).signoffs) == 2
    with pytest.raises(CannotTry, match=r"none\.jsonl: cannot be read"):
        verify_bundle(folder, signoffs=folder.parent / "none.jsonl")


def other_name(envelope: dict[str, Any]) -> bytes:
    text = base64.b64decode(envelope["payload"]).replace(b"Ada", b"Eve")
    envelope["payload"] = base64.b64encode(text).decode()
    return small_bundle.canonical(envelope) + b"\n"


def no_json(envelope: dict[str, Any]) -> bytes:
    return b'{"payload": [[[[\n'


def no_signature(envelope: dict[str, Any]) -> bytes:
    envelope["signatures"] = []
    return small_bundle.canonical(envelope) + b"\n"


@pytest.mark.parametrize(
    ("forge", "told"),
    [
        (other_name, "line 1: is not signed with the key that it names"),
        (no_json, "line 1: is not a sign-off"),
        (no_signature, "line 1: "),
    ],
)
def test_a_forged_sign_off_is_named_and_the_bundle_is_not_blamed(
    signed: Path, forge: Callable[[dict[str, Any]], bytes], told: str
) -> None:
    path = signoff_file(signed)
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(forge(json.loads(first)) + second)
    report = verify_bundle(signed)
    assert str(report.problems[0]).startswith(f"bundle.zip.signoff.jsonl: {told}")
    assert len(report.signoffs) == 1
    assert "1 problem(s): the bundle itself is as it was exported" in report.lines()


def test_more_sign_offs_than_anybody_needs_are_not_looked_at(signed: Path) -> None:
    line = signoff_file(signed).read_bytes().splitlines(keepends=True)[0]
    signoff_file(signed).write_bytes(line * (MAX_SIGNATURES + 1))
    report = verify_bundle(signed)
    assert [problem.text for problem in report.problems] == ["has more than 256 lines"]
    assert report.signoffs == []


def test_what_is_beside_a_bundle_and_no_file_is_left_alone(bundle: Path) -> None:
    os.mkfifo(signoff_file(bundle))
    assert verify_bundle(bundle).ok


def test_a_sign_off_of_another_bundle_is_refused(signed: Path, tmp_path: Path) -> None:
    other = small_bundle.write(tmp_path / "other.zip", tmp_path / "keys", runs=4)
    shutil.copy(signoff_file(signed), signoff_file(other))
    assert "line 1: is about another bundle" in str(verify_bundle(other).problems[0])


def test_nobody_signs_a_damaged_bundle_or_a_control_that_is_not_in_it(
    bundle: Path, key: FileKey
) -> None:
    with pytest.raises(ExportError, match=r"--control A\.9\.9: the bundle has no such control"):
        sign_off(bundle, key, name="Ada", role="reviewer", at=NOON, controls=["A.9.9"])
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"0")
    with pytest.raises(BundleError, match="sign the one you checked"):
        sign_off(bundle, key, name="Ada", role="reviewer", at=NOON)
    assert not signoff_file(bundle).exists()
