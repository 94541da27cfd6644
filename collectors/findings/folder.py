"""Reports in a folder, one of them, or those that a pattern names. Links are never followed."""

import getpass
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO

from ..contract import Call, Skip
from ..documents.place import asked, printable
from ..errors import AccessDenied, CollectionError
from .place import BLOCK, ENDINGS, MAX_FILES, File, Listing

_WILD = frozenset("*?[")


class Folder:
    """See `place.Place`."""

    def __init__(self, where: str, path: str) -> None:
        self._where = where
        self._root, self._pattern = _divided(path)
        self._names: dict[str, Path] = {}

    def identity(self, call: Call) -> tuple[str, str]:
        """See `place.Place.identity`."""
        del call
        return _user(), str(self._root / self._pattern if self._pattern else self._root)

    def files(self, call: Call) -> Listing:
        """See `place.Place.files`."""
        return call.once("list files", self._listed)

    def blocks(self, call: Call, file: File) -> Iterator[bytes]:
        """See `place.Place.blocks`."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(self._names[file.path], flags)
        with os.fdopen(descriptor, "rb") as stream:
            if _mark(os.fstat(descriptor)) != file.key:
                raise OSError("it was changed while it was read")
            left = file.size_bytes
            while left and (block := _block(call, stream, min(BLOCK, left))):
                left -= len(block)
                yield block
            if _mark(os.fstat(descriptor)) != file.key:
                raise OSError("it was changed while it was read")

    def _listed(self) -> Listing:
        files: list[File] = []
        skips: list[Skip] = []
        others = 0
        for path, name in self._walk(skips):
            shown = printable(name)
            try:
                status = path.lstat()
            except OSError as error:
                skips.append(_unreadable(shown, error))
                continue
            if not self._is_wanted(name):
                others += 1
            elif stat.S_ISLNK(status.st_mode):
                skips.append(_linked(shown))
            elif stat.S_ISREG(status.st_mode):
                self._names[shown] = path
                files.append(_file(shown, status))
            if len(files) > MAX_FILES:
                raise CollectionError(
                    self._where,
                    f"there are more than {MAX_FILES:,} files",
                    remedy="set path to the folder, or the pattern, of the reports",
                )
        return Listing(files=sorted(files, key=lambda one: one.path), skips=skips, others=others)

    def _walk(self, skips: list[Skip]) -> Iterator[tuple[Path, str]]:
        """Every file with its name relative to the root; hidden ones aside."""
        try:
            if not self._root.is_dir():
                self._root.stat()
                yield self._root, self._root.name
                return
            os.listdir(self._root)  # noqa: PTH208 - os.walk would be silent about it
        except OSError as error:
            raise self._refused(error) from error
        for folder, below, names in os.walk(
            self._root, onerror=lambda error: skips.append(_unreadable(_name(error), error))
        ):
            for name in [name for name in below if Path(folder, name).is_symlink()]:
                skips.append(_linked(printable(name)))
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in names:
                if not name.startswith("."):
                    path = Path(folder, name)
                    yield path, path.relative_to(self._root).as_posix()

    def _is_wanted(self, name: str) -> bool:
        if self._pattern:
            return _matches(name.split("/"), self._pattern.split("/"))
        return name == self._root.name or name.lower().endswith(ENDINGS)

    def _refused(self, error: OSError) -> CollectionError:
        reason = f"{self._root} cannot be read ({error.strerror or type(error).__name__})"
        if isinstance(error, PermissionError):
            return AccessDenied(self._where, reason, remedy="let the agent's user read it")
        return CollectionError(self._where, reason, remedy="correct path in annexa.yaml")


def _divided(path: str) -> tuple[Path, str]:
    """The folder before the first wildcard, and the pattern behind it; no pattern without one."""
    steps = path.split("/")
    wild = next((n for n, step in enumerate(steps) if _WILD & set(step)), None)
    if wild is None or Path(path).exists():
        return Path(path), ""
    return Path("/".join(steps[:wild]) or ("/" if path.startswith("/") else ".")), "/".join(
        steps[wild:]
    )


def _matches(steps: list[str], pattern: list[str]) -> bool:
    """``**`` stands for any number of folders, none included."""
    if not pattern:
        return not steps
    if pattern[0] == "**":
        return _matches(steps, pattern[1:]) or (bool(steps) and _matches(steps[1:], pattern))
    return bool(steps) and fnmatchcase(steps[0], pattern[0]) and _matches(steps[1:], pattern[1:])


def _block(call: Call, stream: BinaryIO, size: int) -> bytes:
    return asked(call, "read files", lambda: stream.read(size))


def _file(path: str, status: os.stat_result) -> File:
    return File(
        path=path,
        size_bytes=status.st_size,
        modified_at=datetime.fromtimestamp(status.st_mtime, UTC),
        key=_mark(status),
    )


def _mark(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"


def _name(error: OSError) -> str:
    return printable(str(error.filename))


def _unreadable(what: str, error: OSError) -> Skip:
    return Skip(
        what=what,
        problem=f"it cannot be read ({error.strerror or error})",
        remedy="let the agent's user read it",
        denied=isinstance(error, PermissionError),
    )


def _linked(what: str) -> Skip:
    return Skip(
        what=what,
        problem="it is a symbolic link, and links are not followed",
        remedy="put the file itself there, or remove the link",
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user id that has no name
        return f"user id {os.getuid()}"
