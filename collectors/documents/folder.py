"""A plain folder. Symbolic links are never followed, special files never opened."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..contract import Call, Check, Skip
from ..names import between
from . import records
from .place import (
    MAX_FILES,
    File,
    History,
    Revision,
    asked,
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
    threads = 1

    def __init__(self, root: Path, where: str) -> None:
        self._root = root
        self._where = where
        self._names: dict[str, str] = {}

    def identity(self, call: Call) -> tuple[str | None, str]:
        """See `place.Place.identity`."""
        del call
        return None, str(self._root)

    def files(self, call: Call) -> tuple[Sequence[File], Sequence[Skip]]:
        """See `place.Place.files`."""
        return call.once("list files", self.listed)

    def listed(self) -> tuple[Sequence[File], Sequence[Skip]]:
        """All regular files, and what is none.

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

    def read(self, call: Call, file: File) -> bytes:
        """See `place.Place.read`."""
        return asked(call, "read file", lambda: self.content(file))

    def content(self, file: File) -> bytes:
        """The bytes of ``file``.

        Raises:
            OSError: It cannot be read, or is no longer what was listed.
        """
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

    def whole(self, call: Call, revision: Revision) -> tuple[records.Version, bytes]:
        """See `place.Place.whole`: a folder keeps none."""
        raise OSError("a folder keeps no versions")

    def keeping(self, call: Call) -> tuple[records.Place, Sequence[Skip]]:
        """See `place.Place.keeping`: what is under the folder may keep versions, or not."""
        del call
        return records.Place(place="folder"), ()

    def check(self, call: Call, files: Sequence[File]) -> Check:
        """See `place.Place.check`: list the folder once more."""
        first = {(file.path, file.key) for file in files if is_candidate(file.path)}
        again = {(file.path, file.key) for file in self.files(call)[0] if is_candidate(file.path)}
        moved = sorted({path for path, _ in first ^ again})
        differ = between({path for path, _ in first}, {path for path, _ in again})
        return Check(
            method="a second listing of the folder has the same files, sizes and times",
            expected=f"{len(first)} files",
            found=f"{len(again)} files, {len(moved)} otherwise",
            ok=not moved,
            note=f"changed meanwhile: {named(moved)}" if moved else "",
            only_expected=differ.only_first,
            only_found=differ.only_second,
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
