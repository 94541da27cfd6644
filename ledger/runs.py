"""The committed runs and their receipts."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import zstandard
from sqlalchemy import Connection, Row, Select, func, select

from ..collectors.receipt import Receipt
from . import schema
from .database import Database, raw
from .errors import LedgerTampered
from .instant import from_micros, to_micros
from .run import Reading, RunInfo

_MAX_RECEIPT_BYTES = 64 * 1024 * 1024
_DECODER = msgspec.json.Decoder(Receipt)
_run = schema.run.c
_LAST_COMPLETE = """
SELECT p.source, p.kind, (
  SELECT max(r.run) FROM reading r
  WHERE r.population = p.id AND r.verdict = 'complete' AND r.run <= ?) AS run
FROM population p WHERE run IS NOT NULL"""

_READINGS = """
SELECT g.run, g.verdict, r.started_at, r.finished_at FROM population p
JOIN reading g ON g.population = p.id JOIN run r ON r.number = g.run
WHERE p.source = ? AND p.kind = ? ORDER BY g.run"""


class Runs:
    """Reads runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(
        self, source: str | None, since: datetime | None, until: datetime | None
    ) -> Iterator[RunInfo]:
        query = select(schema.run).order_by(_run.number)
        if source is not None:
            query = query.where(_run.source == source)
        if since is not None:
            query = query.where(_run.sealed_at >= to_micros(since))
        if until is not None:
            query = query.where(_run.sealed_at < to_micros(until))
        with self._database.read() as connection:
            for row in connection.execute(query):
                yield _info(row)

    def number_at(self, at: datetime | None) -> int:
        """The newest run sealed at ``at`` or before; 0: none."""
        query = select(func.max(_run.number))
        if at is not None:
            query = query.where(_run.sealed_at <= to_micros(at))
        with self._database.read() as connection:
            return connection.execute(query).scalar() or 0

    def one(self, number: int) -> RunInfo | None:
        with self._database.read() as connection:
            return _one(connection, number)

    def latest(self, at: datetime | None) -> dict[str, RunInfo]:
        newest = select(func.max(_run.number)).group_by(_run.source)
        if at is not None:
            newest = newest.where(_run.sealed_at <= to_micros(at))
        query: Select[Any] = select(schema.run).where(_run.number.in_(newest))
        with self._database.read() as connection:
            return {row.source: _info(row) for row in connection.execute(query)}

    def last_complete(self, at: datetime | None) -> dict[tuple[str, str], RunInfo]:
        number = self.number_at(at)
        found: dict[int, RunInfo] = {}
        with self._database.read() as connection:
            rows = raw(connection).execute(_LAST_COMPLETE, (number,)).fetchall()
            for run in {run for _, _, run in rows}:
                info = _one(connection, run)
                if info is not None:
                    found[run] = info
        return {(source, kind): found[run] for source, kind, run in rows if run in found}

    def readings(self, source: str, kind: str) -> list[Reading]:
        with self._database.read() as connection:
            rows = raw(connection).execute(_READINGS, (source, kind)).fetchall()
        return [
            Reading(
                run=run,
                verdict=verdict,
                started_at=from_micros(started_at),
                finished_at=from_micros(finished_at),
            )
            for run, verdict, started_at, finished_at in rows
        ]


def unpack(packed: bytes, run: int) -> bytes:
    """A receipt's canonical JSON.

    Raises:
        LedgerTampered: It is damaged.
    """
    try:
        size = zstandard.get_frame_parameters(packed).content_size
        if not 0 < size <= _MAX_RECEIPT_BYTES:
            raise zstandard.ZstdError("no size")
        return zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError as error:
        raise _damaged(run) from error


def decode(public: bytes, run: int) -> Receipt:
    """A receipt from its canonical JSON.

    Raises:
        LedgerTampered: It is not one.
    """
    try:
        return _DECODER.decode(public)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _damaged(run) from error


def _damaged(run: int) -> LedgerTampered:
    return LedgerTampered(
        f"run {run}", "its receipt is damaged", remedy="restore the ledger from a copy"
    )


def _one(connection: Connection, number: int) -> RunInfo | None:
    row = connection.execute(select(schema.run).where(_run.number == number)).one_or_none()
    return None if row is None else _info(row)


def _info(row: Row[Any]) -> RunInfo:
    return RunInfo(
        number=row.number,
        source=row.source,
        slot=from_micros(row.slot),
        started_at=from_micros(row.started_at),
        finished_at=from_micros(row.finished_at),
        sealed_at=from_micros(row.sealed_at),
        leaf=row.leaf,
        receipt=decode(unpack(row.receipt, row.number), row.number),
    )
