"""What a run changed, read back from the tables in the order in which its root commits to it:
versions opened, by id; then subjects closed, by id; then events, by id."""

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .change import ENCODE, Change
from .instant import text
from .merkle import Frontier

_PAGE = 2048

_OPENED = """
SELECT i.population, i.subject, b.sha256, NULL
FROM interval i JOIN body b ON b.id = i.body
WHERE i.id >= ? AND i.id < ? ORDER BY i.id"""
_OPENED_OR_CHANGED = """
SELECT i.population, i.subject, b.sha256, ob.sha256
FROM interval i JOIN body b ON b.id = i.body
LEFT JOIN interval o ON o.population = i.population AND o.subject = i.subject
  AND o.closed_run = i.opened_run
LEFT JOIN body ob ON ob.id = o.body
WHERE i.id >= ? AND i.id < ? ORDER BY i.id"""
_CLOSED = """
SELECT o.population, o.subject, b.sha256, NULL
FROM reading r CROSS JOIN interval o ON o.population = r.population AND o.closed_run = r.run
JOIN body b ON b.id = o.body
WHERE r.run = ? AND NOT EXISTS (
  SELECT 1 FROM interval n WHERE n.id >= ? AND n.id < ?
  AND n.population = o.population AND n.subject = o.subject)
ORDER BY o.id"""
_EVENTS = """
SELECT e.population, e.subject, b.sha256, e.happened_at
FROM event e JOIN body b ON b.id = e.body
WHERE e.id >= ? AND e.id < ? ORDER BY e.id"""


@dataclass(frozen=True, kw_only=True)
class Extent:
    """Where a run's rows lie: half-open ranges of ids."""

    run: int
    first_interval: int
    end_interval: int
    first_event: int
    end_event: int
    closed: int
    """How many intervals it ended, by a change or for good."""


def read_changes(connection: sqlite3.Connection, extent: Extent) -> Iterator[Change]:
    """All changes of a run, in order."""
    kinds = dict(connection.execute("SELECT id, kind FROM population"))
    intervals = (extent.first_interval, extent.end_interval)
    opened = _OPENED_OR_CHANGED if extent.closed else _OPENED
    for population, subject, sha256, previous in _rows(connection, opened, intervals):
        if previous is None:
            yield Change("open", kinds[population], subject, sha256.hex())
        else:
            yield Change("change", kinds[population], subject, sha256.hex(), previous.hex())
    if extent.closed:
        for population, subject, sha256, _ in _rows(connection, _CLOSED, (extent.run, *intervals)):
            yield Change("close", kinds[population], subject, sha256.hex())
    events = (extent.first_event, extent.end_event)
    for population, subject, sha256, when in _rows(connection, _EVENTS, events):
        yield Change("event", kinds[population], subject, sha256.hex(), None, text(when))


def changes_root(changes: Iterator[Change]) -> tuple[bytes, int]:
    """Merkle root over the entries, and how many there are."""
    frontier, sha256, encode = Frontier(), hashlib.sha256, ENCODE  # as `leaf_hash`, but inline
    while page := list(islice(changes, _PAGE)):
        frontier.extend([sha256(b"\0" + encode(change)).digest() for change in page])
    return frontier.root(), frontier.size


def _rows(
    connection: sqlite3.Connection, query: str, values: tuple[int, ...]
) -> Iterator[tuple[int, str, bytes, Any]]:
    cursor = connection.execute(query, values)
    cursor.arraysize = _PAGE
    while page := cursor.fetchmany():
        yield from page


def run_extent(connection: sqlite3.Connection, run: int) -> Extent:
    """Where the rows of ``run`` lie.

    Raises:
        ValueError: There is no such run.
    """
    row = connection.execute(
        "SELECT first_interval, end_interval, first_event, end_event, closed"
        " FROM run WHERE number = ?",
        (run,),
    ).fetchone()
    if row is None:
        raise ValueError(f"there is no run {run}")
    names = ("first_interval", "end_interval", "first_event", "end_event", "closed")
    return Extent(run=run, **dict(zip(names, row, strict=True)))
