"""The lines of one file from where they were read to, and a mark to go on from next time."""

import gzip
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Self

import msgspec

LONGEST = 4 * 1024 * 1024
"""Of a line, in bytes; a longer one is none."""
_WINDOW = 4096


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """How far a file was read, whatever it is called now."""

    first: str
    """Of its first line, of which at most 4 KiB count."""
    last: str
    """Of the last bytes before `offset`, at most 4 KiB."""
    offset: int
    """In bytes of the unpacked content."""
    size: int
    changed_ns: int


class Lines:
    """Iterates over ``(number, line)``; numbers count from where it went on, and a line that is too
    long is given as an empty one. A last line without a break is given, too."""

    def __init__(self, path: Path, stat: os.stat_result) -> None:
        """Raises:
        OSError: It cannot be opened.
        """
        self._is_packed = path.suffix == ".gz"
        self._file = _opened(path)
        self._stat = stat
        self._offset = 0
        self._begin = 0
        self.is_unfinished = False
        """The line that was given last has no break yet."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def go_on_from(self, marks: Mapping[str, Sequence[Mark]]) -> Mark | None:
        """Skip what was read; the mark that fits, the farthest of several.

        ``marks`` are grouped by their `Mark.first`.

        Raises:
            OSError: It cannot be read, or unpacked.
        """
        known = marks.get(self._first(), ())
        for mark in sorted(known, key=lambda mark: -mark.offset):
            if self._last(mark.offset) == mark.last:
                self._file.seek(mark.offset)
                self._offset = mark.offset
                return mark
        self._file.seek(0)
        return None

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        number = 0
        while line := self._file.readline(LONGEST + 1):
            number += 1
            self._begin = self._offset
            self._offset += len(line)
            ends = line.endswith(b"\n")
            if not ends and len(line) > LONGEST:
                self._skip_rest()
                yield number, b""
                continue
            self.is_unfinished = not ends
            if line.strip():
                yield number, line.strip()

    def take_back(self) -> None:
        """The line that was given last was not read."""
        self._offset = self._begin

    def mark(self) -> Mark:
        """Where the next reading goes on."""
        size = self._offset if self._is_packed else max(self._offset, self._stat.st_size)
        return Mark(
            self._first(), self._last(self._offset), self._offset, size, self._stat.st_ctime_ns
        )

    def _skip_rest(self) -> None:
        while part := self._file.readline(LONGEST):
            self._offset += len(part)
            if part.endswith(b"\n"):
                return

    def _first(self) -> str:
        self._file.seek(0)
        return _print(self._file.readline(_WINDOW))

    def _last(self, offset: int) -> str:
        self._file.seek(max(0, offset - _WINDOW))
        return _print(self._file.read(min(offset, _WINDOW)))


def _opened(path: Path) -> gzip.GzipFile | BufferedReader:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _print(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
