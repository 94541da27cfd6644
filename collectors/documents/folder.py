"""A plain folder. Symbolic links are never followed, special files never opened."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..contract import Check, Skip
from .place import (
    MAX_FILES,
    File,
    History,
    is_candidate,
    linked,
    named,
    printable,
    refused,
    too_many,
    unreadable,
)


class Folder:
    """The files below ``root`` as they are on the disk; hidden folders are left out."""

    server = "folder"
    client: str | None = None

    def __init__(self, root: Path, where: str) -> None:
        self._root = root
        self._where = where
        self._names: dict[str, str] = {}

    def files(self) -> tuple[Sequence[File], Sequence[Skip]]:
        """See `place.Place.files`.

        Raises:
            CollectionError: The folder is not there, not readable, or holds too many files.
        """
        skips: list[Skip] = []
        files: list[File] = []
        for name, entry in self._walk(skips):
            path = printable(name)
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                skips.append(unreadable(path, error))
                continue
            if stat.S_ISLNK(status.st_mode):
                if is_candidate(path) or entry.is_dir():
                    skips.append(linked(path))
            elif stat.S_ISREG(status.st_mode):
                self._names[path] = name
                files.append(File(path=path, size_bytes=status.st_size, key=_mark(status)))
            if len(files) > MAX_FILES:
                raise too_many(self._where)
        return sorted(files, key=lambda file: file.path), skips

    def read(self, file: File) -> bytes:
        """See `place.Place.read`."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(self._root / self._names[file.path], flags)
        with os.fdopen(descriptor, "rb") as stream:
            if _mark(os.fstat(descriptor)) != file.key:
                raise OSError("it was changed while the folder was read")
            return stream.read(file.size_bytes or 0)

    def histories(self, paths: Iterable[str]) -> Mapping[str, History]:
        """See `place.Place.histories`: a folder has none."""
        del paths
        return {}

    def check(self, files: Sequence[File]) -> Check:
        """See `place.Place.check`: list the folder once more."""
        first = {(file.path, file.key) for file in files if is_candidate(file.path)}
        again = {(file.path, file.key) for file in self.files()[0] if is_candidate(file.path)}
        moved = sorted({path for path, _ in first ^ again})
        return Check(
            method="a second listing of the folder has the same files, sizes and times",
            expected=f"{len(first)} files",
            found=f"{len(again)} files, {len(moved)} otherwise",
            ok=not moved,
            note=f"changed meanwhile: {named(moved)}" if moved else "",
        )

    def _walk(self, skips: list[Skip]) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(self._root / folder) as found:
                    entries = list(found)
            except OSError as error:
                if not folder:
                    raise refused(self._where, self._root, error) from error
                skips.append(unreadable(printable(folder), error))
                continue
            for entry in entries:
                name = f"{folder}/{entry.name}" if folder else entry.name
                if not entry.is_dir(follow_symlinks=False):
                    yield name, entry
                elif not entry.name.startswith("."):
                    folders.append(name)


def _mark(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"
