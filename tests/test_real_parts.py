"""Where all real parts are required, nothing is skipped in silence."""

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parent / "conftest.py"
TESTS = """
import pytest

@pytest.mark.skipif(True, reason="apt-get install something")
def test_marked(): ...

def test_inside():
    pytest.skip("there is no server")

def test_whole(): ...
"""


@pytest.mark.parametrize(
    ("required", "code", "ends"), [("0", 0, "1 passed, 2 skipped"), ("1", 1, "1 passed")]
)
def test_a_skipped_test_is_a_failed_one_where_all_parts_are_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, required: str, code: int, ends: str
) -> None:
    monkeypatch.setenv("ANNEXA_REQUIRE_ALL", required)
    (tmp_path / "conftest.py").write_bytes(CONFTEST.read_bytes())
    (tmp_path / "test_some.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout
    assert ends in done.stdout
    assert ("skipped" in done.stdout.splitlines()[-1]) == (required == "0")
