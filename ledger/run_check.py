"""Checks bodies against their hashes, and runs against their leaves."""

import hashlib
import sqlite3
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from ..collectors import canonical
from . import schema
from .changes import changes_root, read_changes, run_extent
from .commit import cursors_sha256
from .database import raw
from .instant import text, to_micros
from .log_check import leaf_body
from .misfit import Misfit, expect
from .runs import decode, unpack
from .segment import SegmentCache

_PAGE = 2000


def check_bodies(connection: Connection) -> int:
    """Every body's hash; bodies fill their segments without a gap."""
    sql = raw(connection)
    segments = SegmentCache(lambda id_: _segment(sql, id_), keep=16)
    deleted = {id_ for (id_,) in sql.execute("SELECT body FROM deleted")}
    filled: dict[int, int] = {}
    count = 0
    cursor = sql.execute("SELECT id, sha256, segment, offset, length FROM body ORDER BY id")
    while page := cursor.fetchmany(_PAGE):
        for id_, sha256, segment, offset, length in page:
            if offset != filled.get(segment, 0) or length < 0:
                raise Misfit(f"body {id_}", "its place in the segment does not fit")
            body = segments.get(segment)[offset : offset + length]
            if id_ in deleted:
                expect(body, bytes(length), f"body {id_}", "that it was deleted")
            elif len(body) != length or hashlib.sha256(body).digest() != sha256:
                raise Misfit(f"body {id_}", "its bytes are not those of its SHA-256")
            filled[segment] = offset + length
        count += len(page)
    for id_, length in sql.execute("SELECT id, length FROM segment"):
        expect(filled.get(id_), length, f"segment {id_}", "its length")
    return count


@dataclass
class RunCheck:
    """Recomputes every run's leaf from the rows it stands for."""

    connection: Connection
    changes: int = 0
    runs: int = 0

    def all(self) -> None:
        next_interval = next_event = 1
        for row in self.connection.execute(select(schema.run).order_by(schema.run.c.number)):
            self.runs += 1
            where = f"run {row.number}"
            expect(row.number, self.runs, f"run {self.runs}", "the next number")
            expect(row.first_interval, next_interval, where, "where its records begin")
            expect(row.first_event, next_event, where, "where its events begin")
            next_interval, next_event = row.end_interval, row.end_event
            self._run(row, where)
        for table, end in ((schema.interval, next_interval), (schema.event, next_event)):
            count = self._count(select(func.count()).select_from(table))
            last = self._count(select(func.max(table.c.id))) or 0
            expect((count, last), (end - 1, end - 1), f"table {table.name}", "the number of rows")
        leaves = select(func.count()).select_from(schema.leaf).where(schema.leaf.c.type == "run")
        expect(self._count(leaves), self.runs, "table run", "the number of rows")

    def _run(self, row: Row[Any], where: str) -> None:
        query = select(schema.leaf).where(schema.leaf.c.position == row.leaf)
        leaf = self.connection.execute(query).one_or_none()
        if leaf is None or leaf.type != "run":
            raise Misfit(where, "it has no leaf")
        body = leaf_body(leaf.body, f"leaf {row.leaf}")
        expect(body.get("run"), row.number, where, "its number")
        expect(body.get("source"), row.source, where, "its source")
        expect(body.get("slot"), text(row.slot), where, "its slot")
        expect(leaf.at, row.sealed_at, where, "when it was sealed")
        expect(body.get("salt_sha256"), canonical.sha256(row.salt).hex(), where, "its salt")
        self._receipt(row, body, where)
        self._rows(row, where)
        sql = raw(self.connection)
        root, count = changes_root(read_changes(sql, run_extent(sql, row.number)))
        if (body.get("changes"), body.get("changes_root")) != (count, root.hex()):
            raise Misfit(where, "its changes are not those that its leaf commits to")
        self.changes += count

    def _receipt(self, row: Row[Any], body: dict[str, object], where: str) -> None:
        public = unpack(row.receipt, row.number)
        expect(body.get("receipt_sha256"), canonical.sha256(public).hex(), where, "its receipt")
        receipt = decode(public, row.number)
        said = (receipt.source, *map(to_micros, (receipt.slot, receipt.started_at)))
        expect((row.source, row.slot, row.started_at), said, where, "what its receipt says")
        expect(row.finished_at, to_micros(receipt.finished_at), where, "when it finished")
        readings = self.connection.execute(
            select(schema.population.c.source, schema.population.c.kind, schema.reading)
            .join(schema.reading, schema.reading.c.population == schema.population.c.id)
            .where(schema.reading.c.run == row.number)
        ).all()
        found = {(one.source, one.kind): one.verdict for one in readings}
        said_kinds = {(receipt.source, kind.kind): kind.verdict for kind in receipt.kinds}
        expect(found, said_kinds, where, "which kinds were read, and how well,")
        cursors = {one.kind: one.cursor for one in readings if one.cursor is not None}
        expect(body.get("cursors_sha256"), cursors_sha256(cursors), where, "where the next goes on")

    def _rows(self, row: Row[Any], where: str) -> None:
        """Rows in the run's ranges say so themselves, and are of its source."""
        sql = raw(self.connection)
        values = (row.number, row.source)
        (strays,) = sql.execute(
            "SELECT count(*) FROM interval i JOIN population p ON p.id = i.population"
            " WHERE i.id >= ? AND i.id < ? AND (i.opened_run <> ? OR p.source <> ?)",
            (row.first_interval, row.end_interval, *values),
        ).fetchone()
        expect(strays, 0, where, "which records are its own")
        (strays,) = sql.execute(
            "SELECT count(*) FROM event e JOIN population p ON p.id = e.population"
            " WHERE e.id >= ? AND e.id < ? AND (e.run <> ? OR p.source <> ?)",
            (row.first_event, row.end_event, *values),
        ).fetchone()
        expect(strays, 0, where, "which events are its own")
        closed = select(func.count()).select_from(schema.interval)
        of_source = select(schema.population.c.id).where(schema.population.c.source == row.source)
        counted = self._count(
            closed.where(
                schema.interval.c.population.in_(of_source),
                schema.interval.c.closed_run == row.number,
            )
        )
        expect(row.closed, counted, where, "how many records it closed")

    def _count(self, query: Any) -> int:
        return self.connection.execute(query).scalar() or 0


def check_closings(connection: Connection) -> None:
    """No record is closed by a run that does not exist, or that is of another source."""
    (strays,) = (
        raw(connection)
        .execute(
            "SELECT count(*) FROM interval i JOIN population p ON p.id = i.population"
            " LEFT JOIN run r ON r.number = i.closed_run AND r.source = p.source"
            " WHERE i.closed_run <> 0 AND (r.number IS NULL OR i.closed_run <= i.opened_run)"
        )
        .fetchone()
    )
    expect(strays, 0, "table interval", "which run closed a record")


def _segment(sql: sqlite3.Connection, id_: int) -> tuple[bytes, int]:
    row = sql.execute("SELECT data, length FROM segment WHERE id = ?", (id_,)).fetchone()
    if row is None:
        raise Misfit(f"segment {id_}", "it is missing")
    return row[0], row[1]
