"""Cuts the ledger into parts that never change, so that a copy of it only grows.

A part is everything that the leaves from one checkpoint to a later one stand for. It is the same
bytes whenever it is read: what ended later is not ended in it. Rows are JSON, a line each:
``["<table>", [[column, …], …]]`` in the order in which they can be inserted, bytes in base64; the
lines ``end <table>`` tell of records, gaps and spans that ended.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection

from .database import raw
from .instant import to_micros
from .merkle import log_size, stored_hashes
from .tiles import entry_tiles, hash_tiles

if TYPE_CHECKING:
    from .database import Database

_BATCH = 500
_ENCODE = msgspec.json.Encoder().encode

_BODIES = (
    "SELECT id, sha256, segment, offset, length FROM body WHERE id > :bodies0 AND id <= :bodies1"
)
_OF_PART = (
    ("checkpoint", "SELECT size, note FROM checkpoint WHERE size > :leaves0 AND size <= :leaves1"),
    (
        "segment",
        "SELECT id, length, length(data) FROM segment WHERE id > :segments0 AND id <= :segments1",
    ),
    ("body", _BODIES),
)
_OF_RUN = (
    (
        "population",
        "SELECT p.id, p.source, p.kind FROM reading r JOIN population p ON p.id = r.population"
        " WHERE r.run = :run AND NOT EXISTS"
        " (SELECT 1 FROM reading e WHERE e.population = p.id AND e.run < :run)",
    ),
    ("run", "SELECT * FROM run WHERE number = :run"),
    ("reading", "SELECT population, run, verdict, cursor FROM reading WHERE run = :run"),
    (
        "end interval",
        "SELECT i.closed_run, i.id FROM reading r CROSS JOIN interval i"
        " ON i.population = r.population AND i.closed_run = r.run WHERE r.run = :run",
    ),
    (
        "interval",
        "SELECT id, population, subject, body, opened_run, 0 FROM interval"
        " WHERE id >= :first_interval AND id < :end_interval",
    ),
    (
        "event",
        "SELECT id, population, subject, body, happened_at, run FROM event"
        " WHERE id >= :first_event AND id < :end_event",
    ),
    ("slot", "SELECT source, slot, 'committed', sealed_at, number FROM run WHERE number = :run"),
)
_OF_EVALUATION = (
    ("end gap", "SELECT closed_at, closed_leaf, id FROM gap WHERE closed_leaf = :leaf"),
    ("end span", "SELECT closed_at, closed_leaf, id FROM span WHERE closed_leaf = :leaf"),
    (
        "gap",
        "SELECT id, rule, system, source, opened_at, opened_leaf, NULL, NULL, silenced_until"
        " FROM gap WHERE opened_leaf = :leaf",
    ),
    (
        "sighting",
        "SELECT gap, leaf, owner, outcome, cause, subjects, total FROM sighting WHERE leaf = :leaf",
    ),
    (
        "span",
        "SELECT id, about, system, outcome, opened_at, opened_leaf, NULL, NULL FROM span"
        " WHERE opened_leaf = :leaf",
    ),
)


_DELETED = ("deleted", "SELECT body, leaf FROM deleted WHERE leaf = :leaf")
_LEAVES = """
SELECT position, type, at, body FROM leaf WHERE position >= ? AND position < ? ORDER BY position"""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far a copy of the ledger goes."""

    leaves: int = 0
    segments: int = 0
    """The newest segment that is in it; 0: none."""
    bodies: int = 0


class Parts:
    """Reads parts; every method is a reading transaction of its own."""

    def __init__(self, database: "Database") -> None:
        self._database = database

    def reach(self) -> Reach:
        """All there is now."""
        with self._database.read() as connection:
            (segments, bodies) = (
                raw(connection)
                .execute("SELECT (SELECT max(id) FROM segment), (SELECT max(id) FROM body)")
                .fetchone()
            )
            return Reach(leaves=log_size(connection), segments=segments or 0, bodies=bodies or 0)

    def rows(self, start: Reach, end: Reach) -> Iterator[bytes]:
        """The part's rows, a line each, in the order in which they go into a new ledger."""
        with self._database.read() as connection:
            sql = raw(connection)
            part = {
                f"{name}{i}": value
                for i, reach in enumerate((start, end))
                for name, value in vars(reach).items()
            }
            yield from _lines(sql, _OF_PART, part)
            leaves = sql.execute(_LEAVES, (start.leaves, end.leaves))
            for leaf, type_, at, body in leaves:
                if type_ == "run":
                    yield from _lines(sql, _OF_RUN, _run(sql, leaf))
                elif type_ == "evaluation":
                    yield from _lines(sql, _OF_EVALUATION, {"leaf": leaf})
                elif type_ == "deletion":
                    yield from _lines(sql, (_DELETED,), {"leaf": leaf})
                elif type_ == "missed":
                    said = msgspec.json.decode(body, type=dict[str, str])
                    due = to_micros(datetime.fromisoformat(said["due"]))
                    yield from _batches("slot", iter([(said["source"], due, "missed", at, None)]))

    def segments(self, start: Reach, end: Reach) -> Iterator[bytes]:
        """The part's segments as they are stored, each a Zstandard frame of whole bodies."""
        query = "SELECT data FROM segment WHERE id > ? AND id <= ? ORDER BY id"
        with self._database.read() as connection:
            for (data,) in raw(connection).execute(query, (start.segments, end.segments)):
                yield data

    def tiles(self, start: Reach, end: Reach) -> Iterator[tuple[str, bytes]]:
        """Name and content of the log's tiles that are new in this part."""
        with self._database.read() as connection:

            def bodies(first: int, after: int) -> Sequence[bytes]:
                return _leaf_bodies(connection, first, after)

            yield from entry_tiles(bodies, start.leaves, end.leaves)
            yield from hash_tiles(stored_hashes(connection), start.leaves, end.leaves)


def _leaf_bodies(connection: Connection, first: int, after: int) -> list[bytes]:
    query = "SELECT body FROM leaf WHERE position >= ? AND position < ? ORDER BY position"
    return [body for (body,) in raw(connection).execute(query, (first, after))]


def _run(sql: sqlite3.Connection, leaf: int) -> dict[str, object]:
    """What the queries of a run want to know of it."""
    names = ("run", "first_interval", "end_interval", "first_event", "end_event")
    query = (
        "SELECT number, first_interval, end_interval, first_event, end_event"
        " FROM run WHERE number = (SELECT json_extract(body, '$.run') FROM leaf WHERE position = ?)"
    )
    row = sql.execute(query, (leaf,)).fetchone()
    return dict(zip(names, row, strict=True))


def _lines(
    sql: sqlite3.Connection, queries: Sequence[tuple[str, str]], values: dict[str, object]
) -> Iterator[bytes]:
    for name, query in queries:
        yield from _batches(name, sql.execute(query + " ORDER BY 1, 2", values))


def _batches(name: str, rows: Iterator[tuple[object, ...]]) -> Iterator[bytes]:
    while batch := list(islice(rows, _BATCH)):
        yield _ENCODE((name, batch)) + b"\n"
