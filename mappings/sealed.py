"""The DuckDB connection that pack SQL runs on: nothing gets in or out, nothing runs for ever.

After `Sealed.seal` there are no files, no network, no extensions and no settings; tables made
before still work and may spill to the temporary folder. A watchdog stops what runs too long or
makes the process too big.
"""

import contextlib
import hashlib
import os
import queue
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from .builders import check_builders
from .errors import EvaluationError, PackError
from .kind_table import identifier, literal, whole_name
from .watchdog import Watchdog, Why

_KEPT = "kept"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one evaluation may use."""

    memory: str = "384MB"
    """DuckDB's; Python needs about 120 MB on top; what does not fit spills."""
    threads: int | None = None
    """One for each core when left out."""
    timeout_s: float = 300.0
    """For any single statement of a pack."""


class Sealed:
    """One database, as a context manager. Times are UTC.

    As many threads as there are ``threads`` may run statements at the same time, each on a
    connection of its own: DuckDB works on less than 122,880 rows with one thread only.

    Tables are made in memory and spill to ``scratch``: a database file would write each of them
    twice, into its log and into itself. `keep` copies those that shall outlive the connection.

    Args:
        database: The file for `keep`; it must not exist yet.
        tables: A file of tables that are there already; all that is made goes into it.
    """

    def __init__(
        self,
        database: Path | None,
        scratch: Path | None,
        limits: Limits,
        *,
        tables: Path | None = None,
    ) -> None:
        self._limits = limits
        self.threads = limits.threads or os.cpu_count() or 1
        self._connection = duckdb.connect(str(tables or ":memory:"))
        self._set("autoinstall_known_extensions", "false")
        self._set("autoload_known_extensions", "false")
        self._set("memory_limit", limits.memory)
        self._set("preserve_insertion_order", "false")
        self._set("temp_directory", str(scratch or ""))
        # a statement's own threads come on top of those that run statements side by side
        self._set("threads", str(max(1, self.threads - 1)))
        self.reads: dict[str, frozenset[str]] = {}
        """SHA-256 of a query -> the tables that it reads."""
        self._idle: queue.LifoQueue[duckdb.DuckDBPyConnection] = queue.LifoQueue()
        for _ in range(self.threads):
            self._idle.put(self._own_connection())
        if database is not None:
            self.trusted(f"attach {literal(str(database))} as {_KEPT}")

    def _own_connection(self) -> duckdb.DuckDBPyConnection:
        """One more, with the settings that hold for a connection only."""
        connection = self._connection.cursor()
        connection.execute("set TimeZone = 'UTC'")
        # a variable of ours is no table
        connection.execute("set python_enable_replacements = false")
        return connection

    @contextlib.contextmanager
    def _taken(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self._idle.get()
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def _set(self, name: str, value: str) -> None:
        self._connection.execute(f"set {name} = {literal(value)}")

    def seal(self) -> None:
        """From here on only what is already in the database can be reached."""
        self._set("enable_external_access", "false")
        self._set("lock_configuration", "true")

    def trusted(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run our own statement. Never fetch TIMESTAMPTZ: Python's DuckDB needs pytz for that."""
        with self._taken() as connection:
            rows: list[tuple[Any, ...]] = connection.execute(sql, list(parameters)).fetchall()
        return rows

    def run(self, sql: str, *, where: str) -> list[tuple[Any, ...]]:
        """Run SQL that holds text of a pack; ``where`` names its file and rule.

        Raises:
            PackError: DuckDB does not take it, or it may not be asked.
            EvaluationError: It took longer or more memory than it may.
        """
        check_builders(sql, where)
        limits = self._limits
        with (
            self._taken() as connection,
            Watchdog(
                connection.interrupt, timeout_s=limits.timeout_s, memory=limits.memory
            ) as watchdog,
        ):
            try:
                rows: list[tuple[Any, ...]] = connection.execute(sql).fetchall()
            except duckdb.Error as error:
                raise self._explained(error, where, watchdog.why) from error
        return rows

    def _explained(
        self, error: duckdb.Error, where: str, stopped_for: Why | None
    ) -> PackError | EvaluationError:
        if stopped_for == "time":
            return EvaluationError(
                where,
                f"ran longer than {self._limits.timeout_s:g} s",
                remedy="make its SQL cheaper, or allow it more time",
            )
        if stopped_for == "memory" or isinstance(error, duckdb.OutOfMemoryException):
            return EvaluationError(
                where,
                f"needs more than {self._limits.memory} of memory",
                remedy="make its SQL cheaper, or allow it more memory",
            )
        return PackError(where, one_line(error), remedy="correct the SQL of this file")

    def tables_of(self, query: str, where: str) -> frozenset[str]:
        """The names of the tables that ``query`` reads, kinds by their own names; it is parsed but
        not run, and only once.

        Raises:
            PackError: It is not one SELECT.
        """
        digest = hashlib.sha256(query.encode(errors="backslashreplace")).hexdigest()
        if digest not in self.reads:
            with self._taken() as connection:
                try:
                    statements = connection.extract_statements(query)
                    if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
                        raise PackError(where, "is not one SELECT", remedy="write a single query")
                    # DuckDB looks through views: what it names of a kind are its parts
                    found = map(whole_name, connection.get_table_names(query))
                    self.reads[digest] = frozenset(found)
                except duckdb.Error as error:
                    raise PackError(where, one_line(error), remedy="correct its SQL") from error
        return self.reads[digest]

    def stream(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Run our own query beside whatever else runs; rows come as they are taken."""
        with self._connection.cursor() as cursor:
            yield from fetched(cursor.execute(sql, list(parameters)))

    def keep(self, tables: Iterable[str]) -> None:
        """Copy these tables into the database file."""
        for table in map(identifier, tables):
            self.trusted(f"create table {_KEPT}.main.{table} as from main.{table}")

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> "Sealed":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def fetched(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, a thousand at a time."""
    while batch := cursor.fetchmany(1024):
        yield from batch


def one_line(error: Exception) -> str:
    """DuckDB's message without its drawing of the statement."""
    text = str(error).split("\n\nLINE ")[0].strip()
    return " ".join(text.split()).rstrip(".")[:300]
