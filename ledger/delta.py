"""What a snapshot holds otherwise than an earlier one: enough to bring a copy of it up to date.

Costs what has changed, not what there is. New rows are found by the ids that runs gave them, which
grow with the runs.
"""

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from .database import raw
from .instant import to_micros
from .merkle import range_root, stored_hashes

_PAGE = 1024

_KINDS = """
SELECT p.kind FROM population p WHERE
  p.id IN (SELECT population FROM interval WHERE id >= :interval)
  OR EXISTS (SELECT 1 FROM interval i
    WHERE i.population = p.id AND i.closed_run > :since AND i.closed_run <= :run)
  OR p.id IN (SELECT population FROM event WHERE id >= :event)
  OR EXISTS (SELECT 1 FROM event e
    WHERE e.population = p.id AND e.happened_at >= :then AND e.happened_at < :now)"""
_GONE = """
SELECT subject FROM interval
WHERE population = ? AND closed_run > ? AND closed_run <= ? AND opened_run <= ?"""
# `+` keeps SQLite from walking through a whole population to find what is new in it
_NEW = """
SELECT i.subject, b.segment, b.offset, b.length
FROM interval i JOIN body b ON b.id = i.body
WHERE i.id >= ? AND +i.population = ? AND i.opened_run <= ?
  AND (i.closed_run = 0 OR i.closed_run > ?)"""
_NEW_EVENTS = """
SELECT e.subject, b.segment, b.offset, b.length
FROM event e JOIN body b ON b.id = e.body
WHERE e.id >= ? AND +e.population = ? AND e.run <= ? AND e.happened_at < ?"""
_REACHED_EVENTS = """
SELECT e.subject, b.segment, b.offset, b.length
FROM event e JOIN body b ON b.id = e.body
WHERE e.id < ? AND e.population = ? AND e.happened_at >= ? AND e.happened_at < ?"""
"""Events that were on record before they had happened."""


def mark(connection: Connection, run: int) -> str | None:
    """A text that is the same as long as everything up to ``run`` is; None: there is no such run.

    It holds the log's root when the run was its newest leaf, which commits to all that any run
    changed until then, and how many bodies a retention policy deleted since.
    """
    sql = raw(connection)
    row = sql.execute("SELECT leaf FROM run WHERE number = ?", (run,)).fetchone()
    if row is None:
        return None
    root = range_root(stored_hashes(connection), 0, row[0] + 1)
    (deleted,) = sql.execute("SELECT count(*) FROM deleted").fetchone()
    return f"{root.hex()} {deleted}"


class Delta:
    """What came between two snapshots, as of the runs ``since`` and ``until`` and their instants.

    Belongs to one reading transaction.
    """

    def __init__(
        self, sql: sqlite3.Connection, since: int, then: datetime, until: int, now: datetime
    ) -> None:
        """Raises:
        ValueError: The second is not later than the first, or there is no run ``since``.
        """
        self._sql = sql
        self.since, self.then = since, to_micros(then)
        self.until, self.now = until, to_micros(now)
        query = "SELECT end_interval, end_event FROM run WHERE number = ?"
        row = sql.execute(query, (since,)).fetchone()
        if row is None or since > until or then > now:
            raise ValueError(f"run {since} at {then} is not before run {until} at {now}")
        self.first_interval, self.first_event = row

    def kinds(self) -> set[str]:
        """Those of which something is new, changed or gone."""
        found = self._sql.execute(
            _KINDS,
            {
                "interval": self.first_interval,
                "event": self.first_event,
                "since": self.since,
                "run": self.until,
                "then": self.then,
                "now": self.now,
            },
        )
        return {kind for (kind,) in found}

    def gone(self, population: int) -> Iterator[list[str]]:
        """Subjects of which the earlier snapshot holds a version that no longer holds."""
        cursor = self._sql.execute(_GONE, (population, self.since, self.until, self.since))
        while page := cursor.fetchmany(_PAGE):
            yield [subject for (subject,) in page]

    def new(self, population: int) -> tuple[str, tuple[int, ...]]:
        """A query, and its values: subject, segment, offset and length of what is there now."""
        return _NEW, (self.first_interval, population, self.until, self.until)

    def new_events(self, population: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The same for events."""
        yield _NEW_EVENTS, (self.first_event, population, self.until, self.now)
        yield _REACHED_EVENTS, (self.first_event, population, self.then, self.now)
