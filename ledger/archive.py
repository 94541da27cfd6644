"""Reads the past: snapshots, events, single records and their history."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection

from .database import Database, raw
from .delta import Delta, mark
from .errors import BodyDeleted, LedgerTampered
from .instant import from_micros, to_micros
from .record import Interval, StoredRecord
from .retention import deleted_places
from .segment import SegmentCache

_PAGE = 1024
_SEGMENTS_AT_ONCE = 16

_STATE = """
SELECT i.subject, b.sha256, i.opened_run, NULL, b.segment, b.offset, b.length
FROM interval i JOIN body b ON b.id = i.body WHERE i.population = ? AND """
_OPEN_THEN = _STATE + "i.closed_run = 0 AND i.opened_run <= ?"
_CLOSED_SINCE = _STATE + "i.closed_run > ? AND i.opened_run <= ?"
_ONE = _STATE + "i.subject = ? AND i.opened_run <= ? AND (i.closed_run = 0 OR i.closed_run > ?)"
_EVENT = """
SELECT e.subject, b.sha256, e.run, e.happened_at, b.segment, b.offset, b.length
FROM event e JOIN body b ON b.id = e.body WHERE e.population = ? AND """
_EVENTS = _EVENT + "e.happened_at >= ? AND e.happened_at < ? ORDER BY e.happened_at, e.id"
_ONE_EVENT = _EVENT + "e.subject = ? AND e.run <= ?"
_HISTORY = """
SELECT b.sha256, i.opened_run, i.closed_run, b.segment, b.offset, b.length
FROM interval i JOIN body b ON b.id = i.body
WHERE i.population = ? AND i.subject = ? ORDER BY i.opened_run"""

_BODIES = """
SELECT i.subject, b.segment, b.offset, b.length
FROM interval i JOIN body b ON b.id = i.body WHERE i.population = ? AND """
_BODIES_OPEN_THEN = _BODIES + "i.closed_run = 0 AND i.opened_run <= ?"
_BODIES_CLOSED_SINCE = _BODIES + "i.closed_run > ? AND i.opened_run <= ?"
_EVENT_BODIES = """
SELECT e.subject, b.segment, b.offset, b.length
FROM event e JOIN body b ON b.id = e.body
WHERE e.population = ? AND e.run <= ? AND e.happened_at < ?"""

Bodies = tuple[str, list[tuple[str, bytes]]]
"""A source, and some of its records: subject and body."""
_Row = tuple[str, bytes, int, int | None, int, int, int]
_BEGINNING = -(1 << 62)
_END = 1 << 62


class Snapshot:
    """All state records as of one instant. Later runs do not change it."""

    def __init__(self, database: Database, run: int, at: datetime) -> None:
        self._database = database
        self.run = run
        """The newest run that it holds; 0: none."""
        self.at = at

    def kinds(self) -> list[str]:
        """Kinds that some source was asked for until then, sorted."""
        with self._database.connection() as connection:
            return [
                kind
                for (kind,) in raw(connection).execute(
                    "SELECT DISTINCT p.kind FROM population p WHERE EXISTS (SELECT 1 FROM reading r"
                    " WHERE r.population = p.id AND r.run <= ?) ORDER BY p.kind",
                    (self.run,),
                )
            ]

    def records(self, kind: str) -> Iterator[StoredRecord]:
        """All records of a kind, in the order in which the ledger keeps them: source by source,
        those that are still so first, each segment read once or nearly so."""
        with self._database.read() as connection:
            reading = _Reading(connection)
            for population, source in reading.populations(kind):
                still = reading.rows(_OPEN_THEN, (population, self.run))
                yield from reading.records(source, kind, still)
                since = reading.rows(_CLOSED_SINCE, (population, self.run, self.run))
                yield from reading.records(source, kind, since)

    def bodies(self, kind: str) -> Iterator[Bodies]:
        """The same records, page by page and without what else is known of them; or the events of
        an event kind that happened before ``at``. Half the cost of `records`."""
        with self._database.read() as connection:
            reading = _Reading(connection)
            for population, source in reading.populations(kind):
                then = (population, self.run)
                yield from reading.bodies(source, _BODIES_OPEN_THEN, then)
                yield from reading.bodies(source, _BODIES_CLOSED_SINCE, (*then, self.run))
                until = (*then, to_micros(self.at))
                yield from reading.bodies(source, _EVENT_BODIES, until, is_event=True)

    def mark(self, run: int | None = None) -> str | None:
        """A text that changes when anything up to a run (its own when left out) was changed after
        the fact, or deleted under a policy; None: there is no such run."""
        with self._database.read() as connection:
            return mark(connection, self.run if run is None else run)

    def changed_kinds(self, since: int, then: datetime) -> set[str]:
        """Kinds that the snapshot at ``then``, when ``since`` was the newest run, holds otherwise.

        Raises:
            ValueError: That is a later snapshot than this one, or there is no such run.
        """
        with self._database.read() as connection:
            return self._delta(connection, since, then).kinds()

    def gone(self, kind: str, since: int, then: datetime) -> Iterator[tuple[str, list[str]]]:
        """Source and subjects that were there, or were otherwise, in that snapshot."""
        with self._database.read() as connection:
            delta = self._delta(connection, since, then)
            for population, source in _Reading(connection).populations(kind):
                for subjects in delta.gone(population):
                    yield source, subjects

    def new_bodies(self, kind: str, since: int, then: datetime) -> Iterator[Bodies]:
        """As `bodies`, but only what that snapshot does not hold."""
        with self._database.read() as connection:
            delta, reading = self._delta(connection, since, then), _Reading(connection)
            for population, source in reading.populations(kind):
                yield from reading.bodies(source, *delta.new(population))
                for events in delta.new_events(population):
                    yield from reading.bodies(source, *events, is_event=True)

    def _delta(self, connection: Connection, since: int, then: datetime) -> Delta:
        return Delta(raw(connection), since, then, self.run, self.at)


class Archive:
    """Everything in the ledger that is not a snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def events(
        self, kind: str, start: datetime | None, end: datetime | None
    ) -> Iterator[StoredRecord]:
        """Events with ``start <= happened_at < end``, source by source, the oldest first."""
        first = _BEGINNING if start is None else to_micros(start)
        last = _END if end is None else to_micros(end)
        with self._database.read() as connection:
            reading = _Reading(connection)
            for population, source in reading.populations(kind):
                rows = reading.rows(_EVENTS, (population, first, last))
                yield from reading.records(source, kind, rows)

    def record(self, source: str, kind: str, subject: str, run: int) -> StoredRecord | None:
        """One subject as of ``run``, or one event."""
        with self._database.read() as connection:
            reading = _Reading(connection)
            for population, name in reading.populations(kind):
                if name != source:
                    continue
                for query, values in (
                    (_ONE, (population, subject, run, run)),
                    (_ONE_EVENT, (population, subject, run)),
                ):
                    rows = reading.rows(query, values)
                    yield_ = next(reading.records(source, kind, rows), None)
                    if yield_ is not None:
                        return yield_
        return None

    def history(self, source: str, kind: str, subject: str) -> list[Interval]:
        """Every version of a subject, the oldest first."""
        found: list[Interval] = []
        with self._database.read() as connection:
            reading = _Reading(connection)
            for population, name in reading.populations(kind):
                if name != source:
                    continue
                rows = raw(connection).execute(_HISTORY, (population, subject))
                for sha256, opened, closed, segment, offset, length in rows:
                    raw_segment = reading.segments.get(segment)
                    leaf = reading.deleted.get((segment, offset))
                    found.append(
                        Interval(
                            sha256=sha256,
                            opened_run=opened,
                            opened_at=reading.finished_at(opened),
                            closed_run=closed or None,
                            closed_at=reading.finished_at(closed) if closed else None,
                            deleted_in=leaf,
                            body=b"{}" if leaf else raw_segment[offset : offset + length],
                        )
                    )
        return found


class _Reading:
    """Turns rows into records inside one reading transaction."""

    def __init__(self, connection: Connection) -> None:
        self._sql: sqlite3.Connection = raw(connection)
        self.segments = SegmentCache(self._segment)
        self._finished: dict[int, datetime] = {}
        self.deleted = deleted_places(self._sql)

    def populations(self, kind: str) -> list[tuple[int, str]]:
        query = "SELECT id, source FROM population WHERE kind = ? ORDER BY source"
        return list(self._sql.execute(query, (kind,)))

    def rows(self, query: str, values: Sequence[object]) -> Iterator[list[_Row]]:
        cursor = self._sql.execute(query, values)
        cursor.arraysize = _PAGE
        while page := cursor.fetchmany():
            yield page

    def records(
        self, source: str, kind: str, pages: Iterator[list[_Row]]
    ) -> Iterator[StoredRecord]:
        """One list comprehension for each page."""
        for page in pages:
            if len({row[4] for row in page}) > _SEGMENTS_AT_ONCE:
                for start in range(0, len(page), _SEGMENTS_AT_ONCE):
                    yield from self._page(source, kind, page[start : start + _SEGMENTS_AT_ONCE])
            else:
                yield from self._page(source, kind, page)

    def _page(self, source: str, kind: str, page: list[_Row]) -> list[StoredRecord]:
        self.refuse_deleted(source, kind, ((row[0], row[4], row[5]) for row in page))
        data = {segment: self.segments.get(segment) for segment in {row[4] for row in page}}
        finished = {run: self.finished_at(run) for run in {row[2] for row in page}}
        make = StoredRecord
        return [
            make(
                source,
                kind,
                subject,
                sha256,
                run,
                finished[run],
                None if happened is None else from_micros(happened),
                data[segment][offset : offset + length],
            )
            for subject, sha256, run, happened, segment, offset, length in page
        ]

    def bodies(
        self, source: str, query: str, values: Sequence[object], *, is_event: bool = False
    ) -> Iterator[Bodies]:
        """The hot path of every evaluation: one list comprehension for each page. Events that a
        policy deleted are left out: the policy says from when on they count."""
        cursor = self._sql.execute(query, values)
        cursor.arraysize = _PAGE
        while page := cursor.fetchmany():
            if self.deleted:
                if not is_event:
                    self.refuse_deleted(source, "record", (row[:3] for row in page))
                page = [row for row in page if row[1:3] not in self.deleted]
            used = list(dict.fromkeys(row[1] for row in page))
            for start in range(0, len(used), _SEGMENTS_AT_ONCE):
                data = {id_: self.segments.get(id_) for id_ in used[start:][:_SEGMENTS_AT_ONCE]}
                yield (
                    source,
                    [
                        (subject, data[segment][offset : offset + length])
                        for subject, segment, offset, length in page
                        if segment in data
                    ],
                )

    def refuse_deleted(
        self, source: str, kind: str, places: Iterable[tuple[str, int, int]]
    ) -> None:
        """Raises:
        BodyDeleted: One of the records (subject, segment, offset) was deleted under a policy.
        """
        if not self.deleted:
            return
        for subject, segment, offset in places:
            if (leaf := self.deleted.get((segment, offset))) is not None:
                raise BodyDeleted(
                    f"{source}: {kind} {subject}",
                    f"its content was deleted under the policy in leaf {leaf}",
                    remedy="ask for a later time; bundles written before still hold it",
                )

    def finished_at(self, run: int) -> datetime:
        found = self._finished.get(run)
        if found is None:
            query = "SELECT finished_at FROM run WHERE number = ?"
            row = self._sql.execute(query, (run,)).fetchone()
            if row is None:
                raise LedgerTampered(
                    f"run {run}", "is missing", remedy="run `annexa ledger verify`"
                )
            found = self._finished[run] = from_micros(row[0])
        return found

    def _segment(self, id_: int) -> tuple[bytes, int]:
        row = self._sql.execute("SELECT data, length FROM segment WHERE id = ?", (id_,)).fetchone()
        if row is None:
            raise LedgerTampered(
                f"segment {id_}", "is missing", remedy="run `annexa ledger verify`"
            )
        return row[0], row[1]
