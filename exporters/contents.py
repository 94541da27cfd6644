"""Writes tables into the bundle as CSV, and knows the tables that several parts need."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ..ledger import RunInfo
from ..mappings.kind_table import literal
from .bag import Bag, BagFile
from .csv_text import cell_sql, csv_chunks, csv_header, write_csv
from .raw import LOCATION_COLUMNS
from .rows import Rows, Value, ordered
from .shown import Shown
from .verify import RECEIPTS, run_file


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the records of a file come from."""

    source: str
    kind: str
    records: int
    receipt: str
    """Under ``data/``; of the newest reading."""


@dataclass(kw_only=True)
class Contents:
    """The bag, and the rows that go into it."""

    bag: Bag
    rows: Rows
    origins: dict[str, Origin] = field(default_factory=dict)
    """Name under ``data/`` of a file with one record -> where the record comes from."""

    @cached_property
    def shown(self) -> Shown:
        return Shown(self.rows)

    def csv(self, name: str, query: str) -> BagFile:
        """Write a query's rows, ordered by its columns."""
        kinds = self.rows.columns(query)
        return self.csv_as_shown(name, ordered(query, kinds, cell_sql))

    def csv_as_shown(self, name: str, query: str, *, is_known: bool = False) -> BagFile:
        """Write the rows of a query of ``shown`` as they come.

        Args:
            is_known: See `Bag.payload_file`.
        """
        columns, path = write_csv(self.rows, query)
        return self.bag.payload_file(name, path, head=csv_header(columns), is_known=is_known)

    def values(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> BagFile:
        return self.bag.payload(name, csv_chunks(columns, rows))

    @property
    def names(self) -> frozenset[str]:
        """Under ``data/``, of what was written so far."""
        return frozenset(file.name.removeprefix("data/") for file in self.bag.payload_files)

    def text(self, name: str, text: str) -> BagFile:
        return self.bag.payload(name, (text.encode(),))


def load_places(rows: Rows, locations: Path, runs: Mapping[int, RunInfo]) -> None:
    """Make the tables ``location`` (subject -> file and line) and ``provenance`` (run -> leaf)."""
    rows.load_csv("location", locations, LOCATION_COLUMNS)
    rows.run(
        "create table memory.main.provenance "
        "(run bigint, leaf bigint, receipt varchar, observed_at timestamptz)"
    )
    for number, info in sorted(runs.items()):
        receipt = run_file(RECEIPTS, number, "json").removeprefix("data/")
        rows.run(
            "insert into memory.main.provenance values ($1, $2, $3, make_timestamptz($4))",
            [number, info.leaf, receipt, int(info.finished_at.timestamp() * 1_000_000)],
        )


def among(column: str, values: Iterable[str]) -> str:
    """A condition that is false for every row when there is no value."""
    listed = ", ".join(literal(value) for value in values)
    return f"{column} in ({listed})" if listed else "false"
