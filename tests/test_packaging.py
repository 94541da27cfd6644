"""The package list, the folders and the promise of a light start agree."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
FLOORS = ("agent", "collectors", "exporters", "ledger", "mappings")


def test_every_folder_with_code_is_in_the_wheel() -> None:
    listed = set(
        tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    )
    on_disk = {"annexa"} | {
        "annexa." + ".".join(init.parent.relative_to(ROOT).parts)
        for floor in FLOORS
        for init in (ROOT / floor).rglob("__init__.py")
    }
    assert listed == on_disk


def test_every_data_file_is_in_the_wheel() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packed = {
        file
        for package, globs in patterns["package-data"].items()
        for pattern in globs
        for file in ROOT.joinpath(*package.split(".")[1:]).glob(pattern)
    }
    data = {
        file
        for floor in FLOORS
        for file in (ROOT / floor).rglob("*")
        if file.is_file() and file.suffix != ".py" and "__pycache__" not in file.parts
    }
    assert data
    assert data <= packed


def test_locks_name_no_index_and_pin_every_package_by_hash() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text()
        assert "http://" not in text
        assert "https://" not in text
        assert "index-url" not in text
        blocks = [block for block in text.replace("\\\n", " ").splitlines() if "==" in block]
        assert len(blocks) > 50
        assert all("--hash=sha256:" in block for block in blocks)


def test_no_folder_is_called_after_everything_and_nothing() -> None:
    names = {path.stem for floor in FLOORS for path in (ROOT / floor).rglob("*.py")}
    assert not names & {"utils", "util", "common", "core", "helpers", "misc"}
