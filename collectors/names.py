"""Two large sets of names, compared without keeping them: how many, the same, and which differ.

Source: Eppstein, Goodrich, Uyeda, Varghese, "What's the Difference?", SIGCOMM 2011: two tables of
sums, subtracted, give back the names of one side only while there are few of them.
"""

from collections.abc import Set
from dataclasses import dataclass
from hashlib import blake2b

SHOWN = 20
_CELLS = 128  # in each of three parts: some 300 differences can be told
_LONGEST = 1024  # bytes of a name that can be told


@dataclass(frozen=True)
class Difference:
    only_first: list[str]
    """Sorted; at most `SHOWN`."""
    only_second: list[str]


def between(first: Set[str], second: Set[str]) -> Difference:
    """The same of sets that are at hand."""
    return Difference(sorted(first - second)[:SHOWN], sorted(second - first)[:SHOWN])


class Names:
    """A set of names, in any order. A few µs a name; 384 sums, however many names."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0
        self._cells = [[0, 0, 0] for _ in range(3 * _CELLS)]
        """How many, the names and their hashes, each by exclusive or."""

    def add(self, name: str) -> None:
        self._put(name, 1)

    def take_out(self, name: str) -> None:
        self._put(name, -1)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Names):
            return NotImplemented
        return (self.count, self._sum) == (other.count, other._sum)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def minus(self, other: "Names") -> Difference:
        """Names of one side only: all of them, or as many as can be told where there are many."""
        cells = [
            [mine[0] - theirs[0], mine[1] ^ theirs[1], mine[2] ^ theirs[2]]
            for mine, theirs in zip(self._cells, other._cells, strict=True)
        ]
        sides: dict[int, list[str]] = {1: [], -1: []}
        told: set[int] = set()
        pure = [list(cell) for cell in cells if _is_pure(cell)]
        while pure:
            side, name, number = pure.pop()
            if name in told:
                continue
            told.add(name)
            sides[side].append(_text(name))
            for place in _places(number):
                _add(cells[place], -side, name, number)
                if _is_pure(cells[place]):
                    pure.append(list(cells[place]))
        return Difference(sorted(sides[1])[:SHOWN], sorted(sides[-1])[:SHOWN])

    def _put(self, name: str, side: int) -> None:
        raw = name.encode("utf-8", "backslashreplace")
        number = _number(raw)
        self.count += side
        self._sum += side * number
        value = int.from_bytes(b"\1" + raw[:_LONGEST], "big")
        cells = self._cells
        for place in _places(number):
            _add(cells[place], side, value, number)


def _add(cell: list[int], side: int, name: int, number: int) -> None:
    cell[0] += side
    cell[1] ^= name
    cell[2] ^= number


def _is_pure(cell: list[int]) -> bool:
    """Holds one name, whole."""
    return abs(cell[0]) == 1 and cell[1] > 0 and _number(_raw(cell[1])) == cell[2]


def _number(raw: bytes) -> int:
    return int.from_bytes(blake2b(raw, digest_size=16).digest(), "big")


def _places(number: int) -> tuple[int, int, int]:
    first, second, third = number & 0xFFFF, (number >> 16) & 0xFFFF, (number >> 32) & 0xFFFF
    return first % _CELLS, _CELLS + second % _CELLS, 2 * _CELLS + third % _CELLS


def _raw(name: int) -> bytes:
    return name.to_bytes((name.bit_length() + 7) // 8, "big")[1:]


def _text(name: int) -> str:
    return _raw(name).decode("utf-8", "replace")
