"""Writes one run: pages are staged, then committed with their receipt in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self

from ..collectors.contract import Kind, Row
from ..collectors.receipt import Receipt
from . import slots
from .commit import Commit, newest_run
from .database import Database, raw
from .errors import LedgerError
from .instant import to_micros
from .run import RunSummary
from .sealing import Sealer
from .staging import Staging

if TYPE_CHECKING:
    from sqlalchemy import Connection


class RunWriter:
    """A `annexa.collectors.contract.Sink`. Leaving it without `commit` leaves no trace.

    For one thread at a time. It holds no lock before `commit`.
    """

    def __init__(self, database: Database, sealer: Sealer, source: str, slot: datetime) -> None:
        """See `Ledger.begin`."""
        self._database = database
        self._sealer = sealer
        self._source = source
        self._slot = slot
        self._connection: Connection | None = database.private()
        try:
            with database.errors():
                sql = raw(self._connection)
                slots.check_free(self._connection, source, slot, str(database.path))
                self._seen_run = newest_run(sql, source)
                self._staging = Staging(sql, source)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def cursor(self, kind: Kind) -> str | None:
        """Where the last committed run of this source stopped with ``kind``."""
        with self._database.errors():
            row = (
                raw(self._open())
                .execute(
                    "SELECT r.cursor FROM population p JOIN reading r ON r.population = p.id"
                    " WHERE p.source = ? AND p.kind = ? AND r.cursor IS NOT NULL"
                    " ORDER BY r.run DESC LIMIT 1",
                    (self._source, kind.name),
                )
                .fetchone()
            )
        return None if row is None else str(row[0])

    def add(self, kind: Kind, rows: Sequence[Row]) -> None:
        """Stage a page. A subject that comes twice counts once, as it came last.

        Raises:
            LedgerError: There is no room for temporary files.
            ValueError: A row's hash is not that of its body.
        """
        self._open()
        with self._database.errors():
            self._staging.add(kind, rows)

    def restart(self, kind: Kind) -> None:
        """Forget what this run staged of ``kind``."""
        self._open()
        with self._database.errors():
            self._staging.restart(kind)

    def move_cursor(self, kind: Kind, cursor: str) -> None:
        """Where the next run goes on with ``kind``, if this one is committed."""
        self._open()
        with self._database.errors():
            self._staging.kind(kind).cursor = cursor

    def commit(self, receipt: Receipt) -> RunSummary:
        """Write records, cursors, receipt, slot and leaf in one transaction, and close.

        Kinds that the receipt calls ``complete`` close what they did not bring; others close
        nothing.

        Raises:
            SlotTaken: Somebody else was faster. Nothing was written.
            LedgerError: Nothing was written.
        """
        connection = self._open()
        if receipt.source != self._source or to_micros(receipt.slot) != to_micros(self._slot):
            raise ValueError(f"this run is of {self._source} {self._slot}, the receipt is not")
        try:
            with self._database.errors():
                self._staging.finish()
            with self._database.write(connection):
                commit = Commit(
                    connection, self._sealer, self._staging, receipt, str(self._database.path)
                )
                summary = commit.make(self._seen_run)
        finally:
            self.close()
        self._sealer.publish()
        return summary

    def close(self) -> None:
        """Drop what was not committed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> "Connection":
        if self._connection is None:
            raise LedgerError(
                str(self._database.path), "this run is over", remedy="begin another one"
            )
        return self._connection
