"""The beginning of a plugin: one file, one test file, and a package that announces it."""

import keyword
import re
from pathlib import Path
from string import Template

from .. import AnnexaError
from ..collectors import registry
from .errors import ConfigError

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_FILES = Path(__file__).parent / "skeleton_files"
_LONGEST = 40


def write_skeleton(name: str, into: Path) -> tuple[Path, list[str]]:
    """Write the plugin ``name`` into a new folder below ``into``; all of it, or nothing.

    Returns:
        The folder, and the names of the files in it.

    Raises:
        ConfigError: The name cannot be used, or the folder is there already.
    """
    texts = skeleton(name)
    folder = into / f"annexa-{name.replace('_', '-')}"
    if not into.is_dir():
        raise ConfigError(str(into), "is no folder", remedy="make it, or name another one")
    try:
        folder.mkdir()
    except FileExistsError as error:
        raise ConfigError(
            str(folder), "is there already; nothing was written", remedy="remove it or rename yours"
        ) from error
    for file, text in texts.items():
        with (folder / file).open("x", encoding="utf-8") as out:
            out.write(text)
    return folder, list(texts)


def skeleton(name: str) -> dict[str, str]:
    """File name -> text.

    Raises:
        ConfigError: The name cannot be used.
    """
    _check(name)
    words = {"name": name, "Name": "".join(part.capitalize() for part in name.split("_"))}
    return {
        _named(path, name): Template(path.read_text("utf-8")).substitute(words)
        for path in sorted(_FILES.glob("*.in"))
    }


def _named(path: Path, name: str) -> str:
    file = path.name.removesuffix(".in")
    return {"plugin.py": f"annexa_{name}.py", "test_plugin.py": f"test_{name}.py"}.get(file, file)


def _check(name: str) -> None:
    where = f"plugin {name[:_LONGEST]!r}"
    if len(name) > _LONGEST or not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise ConfigError(
            where,
            "cannot be the name of a collector",
            remedy=f"use at most {_LONGEST} small letters, digits and single underscores: feast",
        )
    try:
        taken = registry.location(name)
    except AnnexaError:
        return
    raise ConfigError(where, f"is taken by {taken}", remedy="find another name")
