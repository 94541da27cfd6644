"""Cuts the wanted values out of JSON that may be larger than memory, without reading the rest.

What is not wanted is skipped by its brackets and not checked further. Several values may follow
each other, as in JSON lines.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

Path = tuple[str, ...]
"""Keys from the top; ``*`` is any item of an array. Empty: each value at the top."""

LONGEST = 16 * 1024 * 1024
"""Of a wanted value, in bytes; a longer one is skipped."""
_LONGEST_TOKEN = 8 * 1024 * 1024

_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[-+.0-9A-Za-z]++")
_TO_BRACKET = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+([{}\[\]])', re.DOTALL)
_MARK = b"\xef\xbb\xbf"


class NotJson(ValueError):
    """``offset`` is in bytes from the beginning of the file."""

    def __init__(self, problem: str, offset: int) -> None:
        super().__init__(f"{problem} at byte {offset}")


class Part(NamedTuple):
    path: Path
    at: tuple[int, ...]
    """The number of the value at the top, and of each array's item on the way; from 0."""
    raw: bytes | None
    """None: it is longer than `LONGEST`."""
    offset: int


def parts(blocks: Iterable[bytes], wanted: Iterable[Path]) -> Iterator[Part]:
    """The wanted values in the order of the file. Memory: one of them and two blocks.

    Raises:
        NotJson: It is none, or ends too early.
    """
    walk = _Walk(blocks, frozenset(wanted))
    number = 0
    while walk.text.peek():
        yield from walk.value((), (number,))
        number += 1


class _Walk:
    def __init__(self, blocks: Iterable[bytes], wanted: frozenset[Path]) -> None:
        self.text = _Text(blocks)
        self._wanted = wanted
        self._leads_there = {path[:n] for path in wanted for n in range(len(path))}

    def value(self, path: Path, at: tuple[int, ...]) -> Iterator[Part]:
        first = self.text.peek()
        if path in self._wanted:
            offset = self.text.offset
            yield Part(path, at, self.text.take(), offset)
        elif path in self._leads_there and first == b"{":
            yield from self._members(path, at)
        elif path in self._leads_there and first == b"[":
            yield from self._items(path, at)
        else:
            self.text.skip()

    def _members(self, path: Path, at: tuple[int, ...]) -> Iterator[Part]:
        text = self.text
        text.expect(b"{")
        if text.peek() == b"}":
            text.expect(b"}")
            return
        while True:
            offset = text.offset
            try:
                key = msgspec.json.decode(text.match(_STRING), type=str)
            except msgspec.MsgspecError as error:
                raise NotJson("a key is no text", offset) from error
            text.expect(b":")
            yield from self.value((*path, key), at)
            if text.expect(b",}") == b"}":
                return

    def _items(self, path: Path, at: tuple[int, ...]) -> Iterator[Part]:
        text = self.text
        text.expect(b"[")
        if text.peek() == b"]":
            text.expect(b"]")
            return
        number = 0
        while True:
            yield from self.value((*path, "*"), (*at, number))
            if text.expect(b",]") == b"]":
                return
            number += 1


class _Text:
    """A window that moves over the blocks."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._window = b""
        self._at = 0
        self._before = 0
        self._kept: list[bytes] | None = None
        self._kept_size = 0
        self._kept_from = 0
        self._more()
        if self._window.startswith(_MARK):
            self._at = len(_MARK)

    @property
    def offset(self) -> int:
        return self._before + self._at

    def peek(self) -> bytes:
        """The next byte that is no space; empty at the end."""
        while True:
            found = _SPACE.match(self._window, self._at)
            assert found is not None  # it also matches nothing
            self._at = found.end()
            if self._at < len(self._window):
                return self._window[self._at : self._at + 1]
            if not self._more():
                return b""

    def expect(self, one_of: bytes) -> bytes:
        found = self.peek()
        if not found:
            raise NotJson("it ends in the middle", self.offset)
        if found not in one_of:
            expected = " or ".join(chr(byte) for byte in one_of)
            raise NotJson(f"expected {expected}", self.offset)
        self._at += 1
        return found

    def match(self, pattern: re.Pattern[bytes]) -> bytes:
        """The token that stands here, whole."""
        self.peek()
        while True:
            found = pattern.match(self._window, self._at)
            ends_here = found is None or found.end() == len(self._window)
            if ends_here and self._room() and self._more():
                continue
            if found is None:
                raise NotJson("it is no JSON, or ends in the middle", self.offset)
            self._at = found.end()
            return found[0]

    def take(self) -> bytes | None:
        """The value that stands here; None if it is too long."""
        self.peek()
        self._kept, self._kept_size, self._kept_from = [], 0, self._at
        self.skip()
        kept, self._kept = self._kept, None
        if kept is None:
            return None
        kept.append(self._window[self._kept_from : self._at])
        whole = b"".join(kept)
        return whole if len(whole) <= LONGEST else None

    def skip(self) -> None:
        """Go behind the value that stands here."""
        first = self.peek()
        if first in (b"{", b"["):
            self._skip_brackets()
        else:
            self.match(_STRING if first == b'"' else _SCALAR)

    def _skip_brackets(self) -> None:
        depth = 0
        while True:
            found = _TO_BRACKET.match(self._window, self._at)
            if found is None:
                if not (self._room() and self._more()):
                    raise NotJson("it ends in the middle", self._before + len(self._window))
                continue
            self._at = found.end()
            depth += 1 if found[1] in b"{[" else -1
            if depth == 0:
                return

    def _room(self) -> bool:
        if len(self._window) - self._at > _LONGEST_TOKEN:
            raise NotJson("a text has no end within 8 MiB", self.offset)
        return True

    def _more(self) -> bool:
        block = next(self._blocks, b"")
        if not block:
            return False
        if self._kept is not None:
            piece = self._window[self._kept_from : self._at]
            self._kept.append(piece)
            self._kept_size += len(piece)
            self._kept_from = 0
            if self._kept_size > LONGEST:
                self._kept = None
        self._window = self._window[self._at :] + block
        self._before += self._at
        self._at = 0
        return True
