"""Nothing of an evaluation stays behind, and nothing of somebody else's is touched."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from annexa.mappings.scratch import Scratch, remove_abandoned

HOLDS = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from annexa.mappings.scratch import Scratch
held = Scratch()
(held.path / "spilled").write_text("rows")
print(held.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_private_and_goes_with_what_is_in_it() -> None:
    held = Scratch()
    assert held.path.stat().st_mode & 0o777 == 0o700
    (held.path / "spilled").write_text("rows")
    held.close()
    held.close()
    assert not held.path.exists()


def test_the_next_one_removes_what_a_killed_process_left(temporary: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(temporary)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        left = Path(other.stdout.readline().strip())
        try:
            remove_abandoned()
            assert (left / "spilled").exists()  # it is still at work
        finally:
            other.send_signal(signal.SIGKILL)
    assert (left / "spilled").exists()
    Scratch().close()
    assert not left.exists()


def test_two_evaluations_of_one_process_leave_each_other_alone() -> None:
    one, other = Scratch(), Scratch()
    remove_abandoned()
    assert one.path.exists()
    assert other.path.exists()
    assert one.path != other.path
    one.close()
    other.close()


def test_what_is_not_ours_to_remove_stays(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").touch()
    (temporary / "annexa-evaluation-link").symlink_to(elsewhere)
    (temporary / "annexa-evaluation-file").touch()
    (temporary / "annexa-evaluation-new").mkdir()  # its lock is about to be made
    remove_abandoned()
    assert (elsewhere / "lock").exists()
    assert (temporary / "annexa-evaluation-file").exists()
    assert (temporary / "annexa-evaluation-new").exists()


def test_a_lock_that_is_a_link_is_not_followed(temporary: Path) -> None:
    (temporary / "theirs").touch()
    folder = temporary / "annexa-evaluation-odd"
    folder.mkdir()
    (folder / "lock").symlink_to(temporary / "theirs")
    remove_abandoned()
    assert folder.exists()
