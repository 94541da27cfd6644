"""Moves a staged run into the ledger: records, cursors, receipt, slot and leaf, all or nothing."""

import sqlite3
from dataclasses import dataclass

import zstandard
from sqlalchemy import Connection

from ..collectors import canonical
from ..collectors.receipt import KindReceipt, Receipt
from . import slots
from .changes import Extent, changes_root, read_changes
from .database import raw
from .errors import LedgerError, Overtaken
from .instant import text, to_micros
from .run import RunSummary
from .sealing import Sealer
from .staging import StagedKind, Staging

_MOVE_SEGMENTS = """
INSERT INTO segment (id, length, data)
SELECT ? + id, length, data FROM staged_segment ORDER BY id"""
_MOVE_BODIES = """
INSERT INTO body (id, sha256, segment, offset, length)
SELECT ? + id, sha256, ? + segment, offset, length FROM staged WHERE body IS NULL ORDER BY id"""
_BODY = "CASE WHEN body IS NULL THEN :bodies + id WHEN body < 0 THEN :bodies - body ELSE body END"
_CLOSE_CHANGED = """
UPDATE interval SET closed_run = ?
WHERE id IN (SELECT previous FROM staged WHERE kind = ? AND previous > 0)"""
_OPEN = f"""
INSERT INTO interval (population, subject, body, opened_run, closed_run)
SELECT :population, subject, {_BODY}, :run, 0 FROM staged WHERE kind = :kind ORDER BY id"""  # noqa: S608 - names of our own
_EVENTS = f"""
INSERT INTO event (population, subject, body, happened_at, run)
SELECT :population, subject, {_BODY}, coalesce(happened_at, :finished), :run
FROM staged WHERE kind = :kind ORDER BY id"""  # noqa: S608 - names of our own
_INSERT_RUN = """
INSERT INTO run (number, source, slot, started_at, finished_at, sealed_at, leaf, receipt, salt,
  first_interval, end_interval, first_event, end_event, closed)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


@dataclass
class _Counts:
    opened: dict[str, int]
    changed: dict[str, int]
    closed: dict[str, int]
    events: dict[str, int]
    unchanged: dict[str, int]


class Commit:
    """One commit; made inside the writing transaction and thrown away after it."""

    def __init__(
        self, connection: Connection, sealer: Sealer, staging: Staging, receipt: Receipt, where: str
    ) -> None:
        self._connection = connection
        self._sql = raw(connection)
        self._sealer = sealer
        self._staging = staging
        self._receipt = receipt
        self._where = where
        self._run = self._next("run", "number")
        self._bodies = self._next("body") - 1
        self._closed = 0
        names = [kind.kind for kind in receipt.kinds]
        self._counts = _Counts(*(dict.fromkeys(names, 0) for _ in range(5)))

    def make(self, seen_run: int) -> RunSummary:
        """Write everything.

        Args:
            seen_run: The source's newest run when this one began to read.

        Raises:
            Overtaken: There is a newer one.
            SlotTaken: The slot has its run.
        """
        receipt = self._receipt
        slots.check_free(self._connection, receipt.source, receipt.slot, self._where)
        newest = newest_run(self._sql, receipt.source)
        if newest != seen_run:
            raise Overtaken(
                self._where,
                f"{receipt.source} was read by run {newest} meanwhile, this reading is dropped",
                remedy="nothing needs to be done",
            )
        self._check_deleted()
        first_interval, first_event = self._next("interval"), self._next("event")
        self._sql.execute("PRAGMA defer_foreign_keys = ON")
        self._move_rows()
        extent = Extent(
            run=self._run,
            first_interval=first_interval,
            end_interval=self._next("interval"),
            first_event=first_event,
            end_event=self._next("event"),
            closed=self._closed,
        )
        leaf = self._seal(extent)
        return RunSummary(run=self._run, leaf=leaf, **vars(self._counts))

    def _check_deleted(self) -> None:
        """Raises:
        Overtaken: A policy deleted meanwhile what this reading found in the ledger.
        """
        query = "SELECT 1 FROM staged s JOIN deleted d ON d.body = s.body LIMIT 1"
        if self._sql.execute(query).fetchone():
            raise Overtaken(
                self._where,
                "content that it needs was deleted under a policy meanwhile, it is dropped",
                remedy="nothing needs to be done, the next run reads it again",
            )

    def _move_rows(self) -> None:
        segments = self._next("segment") - 1
        # Before the populations: they point to a run that is not there yet, and while a deferred
        # key is open SQLite looks through all intervals for each body that is inserted.
        self._sql.execute(_MOVE_SEGMENTS, (segments,))
        self._sql.execute(_MOVE_BODIES, (self._bodies, segments))
        populations: dict[str, int] = {}
        for kind in self._receipt.kinds:
            populations[kind.kind] = self._population(kind)
        for name, staged in self._staging.kinds.items():
            if name not in populations and (staged.has_staged or staged.seen):
                raise LedgerError(
                    self._where,
                    f"the receipt of {self._receipt.source} does not mention {name}",
                    remedy="report this as a bug",
                )
        for kind in self._receipt.kinds:
            found = self._staging.kinds.get(kind.kind)
            if found is None and kind.verdict == "complete":
                found = StagedKind(0, kind.kind, False, populations[kind.kind], has_rows=True)
            if found is not None:
                self._kind(kind, found, populations[kind.kind])

    def _kind(self, kind: KindReceipt, staged: StagedKind, population: int) -> None:
        name, counts = kind.kind, self._counts
        if staged.is_event:
            counts.events[name] = self._insert(_EVENTS, staged, population)
            counts.unchanged[name] = staged.known_events
            return
        changed = self._sql.execute(_CLOSE_CHANGED, (self._run, staged.number)).rowcount
        closed = 0
        if kind.verdict == "complete":
            closed = self._close_unseen(population, staged, changed)
        moved = self._insert(_OPEN, staged, population)
        counts.changed[name], counts.closed[name] = changed, closed
        counts.opened[name] = moved - changed
        counts.unchanged[name] = len(staged.seen) - changed
        self._closed += changed + closed

    def _insert(self, query: str, staged: StagedKind, population: int) -> int:
        """Move rows; if a subject came twice in this run, only the last of it."""
        values = {
            "population": population,
            "bodies": self._bodies,
            "run": self._run,
            "kind": staged.number,
            "finished": to_micros(self._receipt.finished_at),
        }
        self._sql.execute("SAVEPOINT moving")
        try:
            moved = self._sql.execute(query, values).rowcount
        except sqlite3.IntegrityError:
            self._sql.execute("ROLLBACK TO moving")
            self._staging.keep_last(staged)
            moved = self._sql.execute(query, values).rowcount
        self._sql.execute("RELEASE moving")
        return moved

    def _close_unseen(self, population: int, staged: StagedKind, changed: int) -> int:
        """What a complete reading did not bring is gone. Changed ones are closed before."""
        (still_open,) = self._sql.execute(
            "SELECT count(*) FROM interval WHERE population = ? AND closed_run = 0", (population,)
        ).fetchone()
        if still_open + changed == len(staged.seen):
            return 0
        open_now = self._sql.execute(
            "SELECT id FROM interval WHERE population = ? AND closed_run = 0", (population,)
        )
        self._sql.execute("DELETE FROM gone")
        self._sql.executemany(
            "INSERT INTO gone VALUES (?)", (row for row in open_now if row[0] not in staged.seen)
        )
        return self._sql.execute(
            "UPDATE interval SET closed_run = ? WHERE id IN (SELECT id FROM gone)", (self._run,)
        ).rowcount

    def _seal(self, extent: Extent) -> int:
        receipt = self._receipt
        public = canonical.encode(receipt.public())
        root, size = self._changes_root(extent)
        cursors = {
            name: staged.cursor
            for name, staged in self._staging.kinds.items()
            if staged.cursor is not None
        }
        body: dict[str, object] = {
            "run": self._run,
            "source": receipt.source,
            "slot": text(to_micros(receipt.slot)),
            "receipt_sha256": canonical.sha256(public).hex(),
            "salt_sha256": canonical.sha256(receipt.salt).hex(),
            "cursors_sha256": cursors_sha256(cursors),
            "changes": size,
            "changes_root": root.hex(),
        }
        at = self._sealer.now(self._connection)
        leaf = self._sealer.seal(self._connection, "run", body, at)
        times = [to_micros(t) for t in (receipt.slot, receipt.started_at, receipt.finished_at)]
        ranges = (extent.first_interval, extent.end_interval, extent.first_event, extent.end_event)
        packed = zstandard.ZstdCompressor(level=3).compress(public)
        self._sql.execute(
            _INSERT_RUN,
            (
                self._run,
                receipt.source,
                *times,
                at,
                leaf,
                packed,
                receipt.salt,
                *ranges,
                extent.closed,
            ),
        )
        slots.commit_slot(self._connection, receipt.source, receipt.slot, self._run, at)
        return leaf

    def _changes_root(self, extent: Extent) -> tuple[bytes, int]:
        """Over what is in the tables now. What staging has made on the way is taken where it is of
        the same rows in the same order."""
        opened, staged = self._staging.opened, self._staging.kinds
        moved = [staged[kind.kind].number for kind in self._receipt.kinds if kind.kind in staged]
        if (
            opened is not None
            and extent.closed == 0
            and opened.size == extent.end_interval - extent.first_interval
            and moved == sorted(moved)
        ):
            return opened.root(), opened.size
        return changes_root(read_changes(self._sql, extent))

    def _population(self, kind: KindReceipt) -> int:
        """The id of (source, kind), made if need be; and the kind's reading in this run."""
        source, staged = self._receipt.source, self._staging.kinds.get(kind.kind)
        row = self._sql.execute(
            "SELECT id FROM population WHERE source = ? AND kind = ?", (source, kind.kind)
        ).fetchone()
        if row is None:
            row = (self._next("population"),)
            self._sql.execute(
                "INSERT INTO population (id, source, kind) VALUES (?, ?, ?)",
                (*row, source, kind.kind),
            )
        self._sql.execute(
            "INSERT INTO reading (population, run, verdict, cursor) VALUES (?, ?, ?, ?)",
            (*row, self._run, kind.verdict, staged.cursor if staged else None),
        )
        return int(row[0])

    def _next(self, table: str, column: str = "id") -> int:
        (last,) = self._sql.execute(f"SELECT max({column}) FROM {table}").fetchone()  # noqa: S608 - names of our own
        return (last or 0) + 1


def newest_run(connection: sqlite3.Connection, source: str) -> int:
    """The number of the source's newest run; 0: none."""
    (number,) = connection.execute(
        "SELECT max(number) FROM run WHERE source = ?", (source,)
    ).fetchone()
    return number or 0


def cursors_sha256(cursors: dict[str, str]) -> str:
    """Hex; the leaf commits to where the next run goes on, without showing it."""
    return canonical.sha256(canonical.encode(cursors)).hex()
