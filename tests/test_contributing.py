"""The collector in CONTRIBUTING.md is real: the first step writes it, and its tests pass."""

import os
import re
import subprocess
import sys
from pathlib import Path

from annexa.agent.skeleton import skeleton, write_skeleton

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_code_of_the_page_is_all_of_what_the_first_step_writes() -> None:
    code = skeleton("flags")["annexa_flags.py"]
    shown = blocks()
    assert len(shown) == 4  # record, settings, reader, collector
    after_imports = code[code.index("class FlagsItem") :]
    assert "\n\n".join(block.rstrip("\n") + "\n" for block in shown) == after_imports


def test_there_are_six_steps_and_the_files_that_they_name_exist() -> None:
    text = PAGE.read_text()
    assert re.findall(r"^\*\*(\d)\. ", text, re.MULTILINE) == list("123456")
    for path in re.findall(r"`((?:tests|docs|collectors|mappings)/[\w/.-]+)`", text):
        assert (PAGE.parent / path).exists(), path


def test_what_the_first_step_writes_passes_its_own_test_as_written(tmp_path: Path) -> None:
    folder, files = write_skeleton("flags", tmp_path)
    assert sorted(files) == ["annexa_flags.py", "pyproject.toml", "test_flags.py"]
    program = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        program, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "14 passed" in done.stdout
