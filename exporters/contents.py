"""Writes tables into the bundle as CSV, and knows the tables that several parts need."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..ledger import RunInfo
from ..mappings.kind_table import identifier, literal
from .bag import Bag, BagFile
from .csv_text import cell_sql, csv_chunks
from .raw import LOCATION_COLUMNS
from .rows import Rows, Value
from .verify import RECEIPTS, run_file

EVIDENCE = """
select l.subject, l.kind, l.source, l.file, l.line, l.sha256, l.run, p.leaf, p.receipt
from location l join provenance p on p.run = l.run
"""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The bag, and the rows that go into it."""

    bag: Bag
    rows: Rows

    def csv(self, name: str, query: str) -> BagFile:
        """Write a query's rows, ordered by its columns."""
        table = self.rows.table(query, shown=cell_sql)
        return self.bag.payload(name, csv_chunks(table.columns, table.rows, is_text=True))

    def values(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> BagFile:
        return self.bag.payload(name, csv_chunks(columns, rows))

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


def side_by_side(rows: Rows, views: Sequence[str]) -> str:
    """One query over several views; a column that they type differently becomes text."""
    kinds: dict[str, set[str]] = {}
    found = {view: rows.columns(f"select * from {identifier(view)}") for view in views}
    for columns in found.values():
        for name, kind in columns.items():
            kinds.setdefault(name, set()).add(kind)
    selects = []
    for view, columns in found.items():
        listed = ", ".join(
            identifier(name)
            if len(kinds[name]) == 1
            else f"{identifier(name)}::varchar as {identifier(name)}"
            for name in columns
        )
        selects.append(f"select {literal(view)} as population, {listed} from {identifier(view)}")
    return "\nunion all by name\n".join(selects)
