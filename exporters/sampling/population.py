"""A population that is frozen by its hash before anything is drawn from it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..csv_text import unescaped
from ..errors import SampleRefused
from .drawing import Row
from .row_hash import population_sha256

Cells = Mapping[str, str]
IDENTITY = ("subject", "source", "system_id")
"""What tells a person which row it is; the hash tells it for sure."""


@dataclass(frozen=True, kw_only=True)
class Population:
    """The rows of a view, or those of them that a rule judged."""

    view: str
    rule: str | None
    as_of: datetime
    columns: tuple[str, ...]
    unread: tuple[str, ...]
    """Why rows may be missing; empty: it was read in full."""
    rows: Callable[[], Iterator[tuple[str, Cells]]]
    """Each row's hash and cells, in any order; may be asked for again."""
    file: str = ""
    """Of a bundle, under ``data/``: where the rows stand."""

    @property
    def name(self) -> str:
        return self.rule or self.view


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """What is known of a population before a seed is."""

    population: Population
    sha256: str
    size: int
    strata_column: str | None
    strata: Mapping[str, int]
    """Stratum -> rows; the one stratum "" when there is no such column."""
    _alike: frozenset[str]

    def rows(self) -> Iterator[Row]:
        """Its rows once more.

        Raises:
            SampleRefused: They are no longer those that were frozen.
        """
        copies: Counter[str] = Counter()
        seen = 0
        for sha256, cells in self.population.rows():
            seen += 1
            copy = 0
            if sha256 in self._alike:
                copy = copies[sha256]
                copies[sha256] += 1
            stratum = _stratum(cells, self.strata_column)
            if stratum not in self.strata:
                break
            yield Row(sha256=sha256, copy=copy, stratum=stratum, cells=cells)
        if seen != self.size:
            raise SampleRefused(
                self.population.name, "changed while it was read", remedy="try again"
            )


def _stratum(cells: Cells, column: str | None) -> str:
    return unescaped(cells[column]) if column else ""


def freeze(population: Population, strata_column: str | None = None) -> Frozen:
    """Hash it as a whole.

    Raises:
        SampleRefused: It has no row, or not this column.
    """
    if strata_column is not None and strata_column not in population.columns:
        raise SampleRefused(
            f"strata {strata_column}",
            f"is no column of {population.view}",
            remedy=f"use one of {', '.join(population.columns)}",
        )
    hashes: list[str] = []
    strata: Counter[str] = Counter()
    for sha256, cells in population.rows():
        hashes.append(sha256)
        strata[_stratum(cells, strata_column)] += 1
    if not hashes:
        raise SampleRefused(
            f"population {population.name}",
            "has no row, and an empty sample would prove nothing",
            remedy="see whether its sources could be read: `annexa status`",
        )
    alike = {sha256 for sha256, count in Counter(hashes).items() if count > 1}
    return Frozen(
        population=population,
        sha256=population_sha256(hashes),
        size=len(hashes),
        strata_column=strata_column,
        strata=dict(sorted(strata.items())),
        _alike=frozenset(alike),
    )
