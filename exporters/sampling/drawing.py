"""Draws a sample: whoever has the seed and the population gets the same items, on any machine.

The rank of a row is SHA-256 over four lines joined by line feeds: the seed, the population's hash,
the row's hash, and which one it is of rows that are alike in everything, 0 for the first. The items
are the rows with the lowest ranks; in a stratified sample, those of each stratum. A replacement is
the next one in rank, so nobody can choose it. `row_hash` says what the hashes are.
"""

import hashlib
import heapq
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ..errors import SampleRefused

Status = Literal["drawn", "replaced", "replacement", "judgement"]

_SEED = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a population."""

    sha256: str
    copy: int
    """Among rows with the same content: 0, 1, 2 …"""
    stratum: str
    cells: Mapping[str, str]

    @property
    def key(self) -> tuple[str, int]:
        return self.sha256, self.copy


@dataclass(frozen=True, kw_only=True)
class Item:
    row: Row
    rank: int
    """In its stratum, from 1; 0 for a judgement pick."""
    status: Status
    reason: str = ""
    """Why it was replaced, or picked."""


def checked_seed(seed: str) -> str:
    """The seed as it is hashed.

    Raises:
        SampleRefused: It could be written in more than one way.
    """
    if not _SEED.fullmatch(seed) or seed != seed.strip():
        raise SampleRefused(
            "seed",
            "is not plain text",
            remedy="write 1 to 100 letters, digits, spaces, dots, dashes; the first no dash",
        )
    return seed


def rank(seed: str, population_sha256: str, row_sha256: str, copy: int) -> str:
    """Where a row comes in the order of drawing; hex."""
    return hashlib.sha256(
        "\n".join((seed, population_sha256, row_sha256, str(copy))).encode()
    ).hexdigest()


def draw(
    rows: Iterable[Row],
    *,
    seed: str,
    population_sha256: str,
    sizes: Mapping[str, int],
    replaced: Mapping[tuple[str, int], str],
) -> list[Item]:
    """The items, by stratum and rank; each stratum's in the order in which they were drawn.

    Memory is bounded by the sample's size. ``rows`` may come in any order.

    Args:
        sizes: Stratum -> items to be looked at.
        replaced: Row -> why it cannot be looked at.

    Raises:
        SampleRefused: What is to be replaced was not drawn, or no row is left in its place.
    """
    lowest: dict[str, list[tuple[int, Row]]] = {name: [] for name in sizes}
    for row in rows:
        heap, wanted = lowest[row.stratum], sizes[row.stratum] + len(replaced)
        order = -int(rank(seed, population_sha256, row.sha256, row.copy), 16)
        if len(heap) < wanted:
            heapq.heappush(heap, (order, row))
        elif wanted and order > heap[0][0]:
            heapq.heapreplace(heap, (order, row))
    items = [
        item
        for name in sorted(sizes)
        for item in _of_stratum(
            [row for _, row in sorted(lowest[name], key=lambda found: -found[0])],
            sizes[name],
            replaced,
        )
    ]
    if missed := replaced.keys() - {item.row.key for item in items}:
        raise SampleRefused(
            f"row {min(missed)[0][:12]}", "was not drawn", remedy="replace what the sample holds"
        )
    return items


def _of_stratum(
    rows: Iterable[Row], size: int, replaced: Mapping[tuple[str, int], str]
) -> Iterable[Item]:
    standing = 0
    for number, row in enumerate(rows, 1):
        if standing == size:
            return
        reason = replaced.get(row.key)
        status: Status = "drawn" if number <= size else "replacement"
        yield Item(
            row=row,
            rank=number,
            status=status if reason is None else "replaced",
            reason=reason or "",
        )
        standing += reason is None
    if standing < size:
        raise SampleRefused(
            "replacement",
            "every row is drawn already",
            remedy="what cannot be looked at counts as a deviation then",
        )
