"""A run while it is being read: pages go to temporary tables, the ledger itself is only read.

Unchanged subjects cost a look-up and one bit. New bodies are packed into segments as they come,
so memory is bounded by pages. Nothing is locked until the commit.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..collectors.contract import Kind, Row
from . import segment
from .change import ENCODE, Change
from .id_set import IdSet
from .instant import to_micros
from .merkle import Frontier

_CHUNK = 500
_MARKS = ",".join(f"(?{n})" for n in range(1, _CHUNK + 1))

_TABLES = """
CREATE TEMP TABLE staged_segment (
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, length INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TEMP TABLE staged (
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, subject TEXT NOT NULL, previous INTEGER NOT NULL,
  happened_at INTEGER, body INTEGER, sha256 BLOB, segment INTEGER, offset INTEGER, length INTEGER);
CREATE TEMP TABLE gone (id INTEGER PRIMARY KEY);
"""
"""``staged.kind``: 0 once the subject came again. ``previous``: the interval that this version
ends, or 0. ``body``: of a body that is known, its id, or minus the ``staged.id`` that has it."""

_OPEN_NOW = f"""
WITH wanted (name) AS (VALUES {_MARKS})
SELECT i.subject, i.id, b.sha256 FROM wanted CROSS JOIN interval i
ON i.population = ?{_CHUNK + 1} AND i.subject = wanted.name AND i.closed_run = 0
JOIN body b ON b.id = i.body"""  # noqa: S608 - names of our own
"""Twice as fast as ``IN (...)``: the names are not sorted first."""
_EVENTS_KNOWN = f"""
WITH wanted (name) AS (VALUES {_MARKS})
SELECT e.subject, 0, NULL FROM wanted CROSS JOIN event e
ON e.population = ?{_CHUNK + 1} AND e.subject = wanted.name"""  # noqa: S608 - names of our own
_BODIES_KNOWN = f"""
WITH wanted (prefix) AS (VALUES {_MARKS})
SELECT b.sha256, b.id FROM wanted CROSS JOIN body b
ON substr(b.sha256, 1, 5) = wanted.prefix
WHERE NOT EXISTS (SELECT 1 FROM deleted d WHERE d.body = b.id)"""  # noqa: S608 - names of our own
_STAGE = "INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SUPERSEDE = "UPDATE staged SET kind = 0 WHERE kind = ? AND previous = ?"
_SUPERSEDE_ALL = """
UPDATE staged SET kind = 0 WHERE kind = ?1
AND id NOT IN (SELECT max(id) FROM staged WHERE kind = ?1 GROUP BY subject)"""

_Staged = tuple[
    int, int, str, int, int | None, int | None, bytes | None, int | None, int | None, int | None
]


@dataclass
class StagedKind:
    """What this run has seen of one kind."""

    number: int
    """In ``staged``; 1, 2 …"""
    name: str
    is_event: bool
    population: int | None
    """None: no run has read this kind before."""
    has_rows: bool
    """Whether the ledger holds anything of this kind."""
    seen: IdSet = field(default_factory=IdSet)
    """Open intervals whose subject came, changed or not."""
    changed: IdSet = field(default_factory=IdSet)
    """Those of them that came with another body."""
    known_events: int = 0
    has_staged: bool = False
    cursor: str | None = None
    buffer: list[bytes] = field(default_factory=list)
    buffered: int = 0
    """Bytes in ``buffer``."""
    segment: int = 0
    """The segment that ``buffer`` will become."""
    fresh: dict[bytes, int] = field(default_factory=dict)
    """SHA-256 -> ``staged.id``, of bodies in ``buffer``."""


class Staging:
    """The temporary tables of one run, on a connection of its own."""

    def __init__(self, connection: sqlite3.Connection, source: str) -> None:
        self._connection = connection
        self._source = source
        self._rows = 0
        self._segments = 0
        self.kinds: dict[str, StagedKind] = {}
        self.opened: Frontier | None = Frontier()
        """Over what is staged, while all of it is new subjects of kinds one after another. It is
        made while the source is waited for, so that the commit need not read all of it back."""
        self._newest = 0
        connection.executescript(_TABLES)
        self._ledger_has_bodies = connection.execute("SELECT 1 FROM body LIMIT 1").fetchone()

    def kind(self, kind: Kind) -> StagedKind:
        found = self.kinds.get(kind.name)
        if found is None:
            row = self._connection.execute(
                "SELECT id FROM population WHERE source = ? AND kind = ?", (self._source, kind.name)
            ).fetchone()
            table = "interval" if kind.mode == "state" else "event"
            has_rows = row is not None and bool(
                self._connection.execute(
                    f"SELECT 1 FROM {table} WHERE population = ? LIMIT 1",  # noqa: S608 - names of our own
                    row,
                ).fetchone()
            )
            found = StagedKind(
                len(self.kinds) + 1,
                kind.name,
                kind.mode == "event",
                row[0] if row else None,
                has_rows,
            )
            self.kinds[kind.name] = found
        return found

    def add(self, kind: Kind, rows: Sequence[Row]) -> None:
        """See `annexa.collectors.contract.Sink.add`."""
        staged = self.kind(kind)
        if len({row.subject for row in rows}) < len(rows):
            rows = list({row.subject: row for row in rows}.values())
        new: list[tuple[Row, int]] = []
        for start in range(0, len(rows), _CHUNK):
            new += self._unlike_before(staged, rows[start : start + _CHUNK])
        if new:
            self._stage(staged, new)

    def restart(self, kind: Kind) -> None:
        """See `annexa.collectors.contract.Sink.restart`."""
        staged = self.kind(kind)
        self.opened = None
        for table in ("staged", "staged_segment"):
            self._connection.execute(f"DELETE FROM {table} WHERE kind = ?", (staged.number,))  # noqa: S608 - names of our own
        self.kinds[kind.name] = StagedKind(
            staged.number, staged.name, staged.is_event, staged.population, staged.has_rows
        )

    def finish(self) -> None:
        """Pack what is still in the buffers."""
        for staged in self.kinds.values():
            self._pack(staged)

    def keep_last(self, staged: StagedKind) -> None:
        """Of each subject keep what came last. Rare, so nothing is sorted before it is needed."""
        self.opened = None
        self._connection.execute(_SUPERSEDE_ALL, (staged.number,))

    def _unlike_before(self, staged: StagedKind, rows: Sequence[Row]) -> list[tuple[Row, int]]:
        """Rows that are not in the ledger as they are, with the interval that each one ends."""
        if not staged.has_rows:
            return [(row, 0) for row in rows]
        names: list[str | None] = [row.subject for row in rows]
        names += [None] * (_CHUNK - len(names))
        is_event = staged.is_event
        found = self._connection.execute(
            _EVENTS_KNOWN if is_event else _OPEN_NOW, (*names, staged.population)
        ).fetchall()
        known: dict[str, tuple[str, int, bytes]] = {hit[0]: hit for hit in found}
        if is_event:
            staged.known_events += len(known)
            return [(row, 0) for row in rows if row.subject not in known]
        staged.seen.update([hit[1] for hit in found])
        new: list[tuple[Row, int]] = []
        find, changed = known.get, staged.changed
        for row in rows:
            hit = find(row.subject)
            if hit is None:
                new.append((row, 0))
                continue
            if changed and hit[1] in changed:
                self._connection.execute(_SUPERSEDE, (staged.number, hit[1]))
            if hit[2] != row.sha256:
                new.append((row, hit[1]))
                changed.add(hit[1])
        return new

    def _stage(self, staged: StagedKind, new: list[tuple[Row, int]]) -> None:
        staged.has_staged = True
        self._follow(staged, new)
        known: dict[bytes, int] = {}
        if self._ledger_has_bodies:
            for start in range(0, len(new), _CHUNK):
                known |= self._known_bodies(new[start : start + _CHUNK])
        self._connection.execute("BEGIN")
        self._connection.executemany(_STAGE, self._staged_rows(staged, new, known))
        self._connection.execute("COMMIT")

    def _follow(self, staged: StagedKind, new: list[tuple[Row, int]]) -> None:
        """Add the entries of ``new`` to ``opened``, or give that up."""
        in_order = staged.number >= self._newest and not staged.is_event
        self._newest = staged.number
        if self.opened is None or not in_order or any(previous for _, previous in new):
            self.opened = None
            return
        kind, sha256 = staged.name, hashlib.sha256
        self.opened.extend(
            [
                sha256(b"\0" + ENCODE(Change("open", kind, row.subject, row.sha256.hex()))).digest()
                for row, _ in new
            ]
        )

    def _staged_rows(
        self, staged: StagedKind, new: list[tuple[Row, int]], known: dict[bytes, int]
    ) -> Iterator[_Staged]:
        """What goes into ``staged``; new bodies go into the buffer on the way."""
        number, name, sha256_of = staged.number, staged.name, hashlib.sha256
        id_ = self._rows
        for row, previous in new:
            id_ += 1
            sha256, body, when = row.sha256, row.body, row.happened_at
            micros = None if when is None else to_micros(when)
            there = known.get(sha256)
            if there is None and sha256 in staged.fresh:
                there = -staged.fresh[sha256]
            if there is not None:
                yield id_, number, row.subject, previous, micros, there, None, None, None, None
                continue
            if sha256_of(body).digest() != sha256:
                raise ValueError(f"{name} {row.subject}: sha256 is not that of the body")
            if not staged.buffer:
                self._segments += 1
                staged.segment = self._segments
            at, size, in_segment = staged.buffered, len(body), staged.segment
            staged.buffer.append(body)
            staged.fresh[sha256] = id_
            staged.buffered = at + size
            yield id_, number, row.subject, previous, micros, None, sha256, in_segment, at, size
            if staged.buffered >= segment.TARGET_BYTES:
                self._pack(staged)
        self._rows = id_

    def _known_bodies(self, chunk: list[tuple[Row, int]]) -> dict[bytes, int]:
        prefixes: list[bytes | None] = [row.sha256[:5] for row, _ in chunk]
        prefixes += [None] * (_CHUNK - len(prefixes))
        return dict(self._connection.execute(_BODIES_KNOWN, prefixes))

    def _pack(self, staged: StagedKind) -> None:
        if not staged.buffer:
            return
        data = segment.compress(b"".join(staged.buffer))
        self._connection.execute(
            "INSERT INTO staged_segment VALUES (?, ?, ?, ?)",
            (staged.segment, staged.number, staged.buffered, data),
        )
        staged.buffer, staged.buffered, staged.fresh = [], 0, {}
