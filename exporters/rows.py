"""Reads the evaluation's tables for people: times, lists and structures as plain values.

The database is attached for reading only; tables of our own live beside it, in memory.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from ..mappings.kind_table import identifier, literal

_BATCH = 2048
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Value = str | int | float | bool | datetime | None


@dataclass(frozen=True)
class Table:
    """Column names and rows, which are read once, as they are asked for."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Value, ...]]


class Rows:
    """A connection to one evaluation; a context manager."""

    def __init__(self, database: Path, scratch: Path) -> None:
        self._scratch, self._files = scratch, count(1)
        self._connection = duckdb.connect(":memory:")
        for name, value in (
            ("TimeZone", "UTC"),
            ("autoinstall_known_extensions", "false"),
            ("autoload_known_extensions", "false"),
            ("memory_limit", "256MB"),
            ("temp_directory", str(scratch)),
            ("threads", "1"),  # the order of rows, and so the bytes of a Parquet file
        ):
            self._connection.execute(f"set {name} = {literal(value)}")
        self._connection.execute(f"attach {literal(str(database))} as evaluation (read_only)")
        self._connection.execute("set search_path = 'memory.main,evaluation.main'")

    def __enter__(self) -> "Rows":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._connection.execute(sql, list(parameters)).fetchall()
        return rows

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query of ours, on a cursor of its own; no TIMESTAMPTZ."""
        return self._fetch(sql, ())

    def columns(self, query: str) -> dict[str, str]:
        """Column -> DuckDB type."""
        return {row[0]: row[1] for row in self.run(f"describe {query}")}

    def table(self, query: str, *, limit: int | None = None) -> Table:
        """The rows of a query in the order of its columns: by the first, then the second …

        DuckDB holds all of them until they are read: give a ``limit`` where they can be many.
        """
        kinds = self.columns(query)
        end = "" if limit is None else f" limit {limit}"
        times = [i for i, kind in enumerate(kinds.values()) if is_time(kind)]
        sql = ordered(query, kinds, value_sql) + end
        return Table(columns=tuple(kinds), rows=self._fetch(sql, times))

    def new_file(self, ending: str) -> Path:
        """A path in the scratch folder that nobody has."""
        return self._scratch / f"rows-{next(self._files)}.{ending}"

    def _fetch(self, sql: str, times: Sequence[int]) -> Iterator[tuple[Value, ...]]:
        cursor = self._connection.cursor()  # of its own, so that several can be read at once
        cursor.execute("set search_path = 'memory.main,evaluation.main'")
        found = cursor.execute(sql)
        while batch := found.fetchmany(_BATCH):
            for row in batch:
                if not times:
                    yield row
                    continue
                values = list(row)
                for place in times:
                    if values[place] is not None:
                        values[place] = _EPOCH + timedelta(microseconds=values[place])
                yield tuple(values)
        cursor.close()

    def write_parquet(self, query: str, path: Path) -> None:
        """Write a query's rows, in the order of its columns."""
        self.run(
            f"copy (select * from ({query}) order by all) to {literal(str(path))} "
            "(format parquet, compression zstd)"
        )

    def load_csv(self, name: str, path: Path, columns: Mapping[str, str]) -> None:
        """Make a table of our own from a file of ours."""
        listed = ", ".join(f"{literal(c)}: {literal(kind)}" for c, kind in columns.items())
        self.run(
            f"create table memory.main.{identifier(name)} as select * from read_csv("
            f"{literal(str(path))}, header = false, columns = {{{listed}}}, delim = ',', "
            "quote = '\"', escape = '\"', auto_detect = false, null_padding = false)"
        )


def ordered(query: str, kinds: Mapping[str, str], shown: Callable[[str, str], str]) -> str:
    """The query with each column as ``shown`` (name, DuckDB type -> SQL) gives it, ordered by them
    all."""
    listed = ", ".join(f"{shown(name, kind)} as {identifier(name)}" for name, kind in kinds.items())
    return f"select {listed} from ({query}) order by all"


def is_time(kind: str) -> bool:
    return kind.startswith("TIMESTAMP")


def value_sql(name: str, kind: str) -> str:
    """A column as a value that Python has."""
    column = identifier(name)
    if is_time(kind):
        return f"epoch_us({column})"
    if kind == "VARCHAR[]":
        return f"array_to_string({column}, '; ')"
    if kind in ("VARCHAR", "BOOLEAN", "BIGINT", "INTEGER", "DOUBLE"):
        return column
    if kind in ("HUGEINT", "UBIGINT", "UINTEGER", "SMALLINT"):
        return f"{column}::bigint"
    return f"to_json({column})::varchar"
