"""Deletes bodies of records that nobody has to keep; their hashes, and that it was done, stay.

A body is deleted when everything that refers to it is over for longer than the policy asks:
versions of records that ended, and events of kinds that the policy names. Its bytes become zeros in
its segment; row, hash, place and every root over them stay, so the ledger verifies as before.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .database import raw
from .instant import to_micros
from .merkle import Frontier, leaf_hash
from .segment import compress, decompress

if TYPE_CHECKING:
    from .database import Database
    from .sealing import Sealer

TYPE = "deletion"

_KEEP = """
INSERT OR IGNORE INTO retained
SELECT i.body FROM interval i JOIN cutoff c ON c.population = i.population
LEFT JOIN run r ON r.number = i.closed_run
WHERE i.closed_run = 0 OR c.state IS NULL OR r.finished_at >= c.state
UNION
SELECT e.body FROM event e JOIN cutoff c ON c.population = e.population
WHERE c.event IS NULL OR e.happened_at >= c.event"""
_USED = "SELECT body, population FROM interval UNION SELECT body, population FROM event"
_EXPIRED = f"""
SELECT b.id, min(u.population), b.length FROM ({_USED}) u JOIN body b ON b.id = u.body
WHERE b.id NOT IN (SELECT body FROM retained) AND b.id NOT IN (SELECT body FROM deleted)
GROUP BY b.id ORDER BY b.id"""  # noqa: S608 - names of our own


@dataclass(frozen=True, kw_only=True)
class Cutoff:
    """What of one population may go; None: nothing."""

    state: datetime | None = None
    """Versions of records that ended before."""
    event: datetime | None = None
    """Events that happened before."""


@dataclass(frozen=True, kw_only=True)
class Expired:
    """How much of one population may go."""

    source: str
    kind: str
    bodies: int
    size_bytes: int


class Retention:
    def __init__(self, database: "Database", sealer: "Sealer") -> None:
        self._database = database
        self._sealer = sealer

    def expired(self, policy: Callable[[str, str], Cutoff]) -> list[Expired]:
        """What would go now. ``policy``: source and kind -> what of them may go."""
        connection = self._database.private()
        try:
            sql = raw(connection)
            # For temporary tables; a file that was opened for reading stays closed to writing.
            sql.execute("PRAGMA query_only = OFF")
            _prepare(sql, policy)
            return _counted(sql, list(sql.execute(_EXPIRED)))
        finally:
            connection.close()

    def delete(
        self, policy: Callable[[str, str], Cutoff], said: Mapping[str, object]
    ) -> tuple[int, list[Expired]] | None:
        """Delete it, in one transaction with the leaf that says so; None: there is nothing.

        Args:
            said: Who, why and by which policy; goes into the leaf.

        Returns:
            The leaf's index, and what was deleted.
        """
        connection = self._database.private()
        try:
            sql = raw(connection)
            sql.execute("PRAGMA secure_delete = ON")  # what is freed is overwritten in the file
            with self._database.write(connection):
                _prepare(sql, policy)
                bodies = list(sql.execute(_EXPIRED))
                if not bodies:
                    return None
                counted = _counted(sql, bodies)
                ids = [id_ for id_, _, _ in bodies]
                root, count = deletion_root(sql, ids)
                body: dict[str, object] = {
                    **said,
                    "bodies": count,
                    "bodies_root": root.hex(),
                    "of": [
                        {"source": one.source, "kind": one.kind, "bodies": one.bodies}
                        for one in counted
                    ],
                }
                leaf = self._sealer.seal(connection, TYPE, body, self._sealer.now(connection))
                sql.executemany("INSERT INTO deleted VALUES (?, ?)", ((id_, leaf) for id_ in ids))
                blank_bodies(sql, leaf)
            sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            connection.close()
        self._sealer.publish()
        return leaf, counted


def deletion_root(sql: sqlite3.Connection, bodies: list[int]) -> tuple[bytes, int]:
    """Over the SHA-256 of these bodies, in the order of their ids; and how many there are."""
    frontier = Frontier()
    for id_ in bodies:
        row = sql.execute("SELECT sha256 FROM body WHERE id = ?", (id_,)).fetchone()
        if row is not None:
            frontier.append(leaf_hash(row[0]))
    return frontier.root(), frontier.size


def blank_bodies(sql: sqlite3.Connection, leaf: int) -> None:
    """Make zeros of the bodies that ``leaf`` deletes; ``deleted`` names them already."""
    query = (
        "SELECT b.segment, b.offset, b.length FROM deleted d JOIN body b ON b.id = d.body"
        " WHERE d.leaf = ? ORDER BY b.segment, b.offset"
    )
    places: dict[int, list[tuple[int, int]]] = {}
    for segment, offset, length in sql.execute(query, (leaf,)):
        places.setdefault(segment, []).append((offset, length))
    for segment, parts in places.items():
        row = sql.execute("SELECT data, length FROM segment WHERE id = ?", (segment,)).fetchone()
        content = bytearray(decompress(row[0], row[1], f"segment {segment}"))
        for offset, length in parts:
            content[offset : offset + length] = bytes(length)
        packed = compress(bytes(content))
        sql.execute("UPDATE segment SET data = ? WHERE id = ?", (packed, segment))


def _prepare(sql: sqlite3.Connection, policy: Callable[[str, str], Cutoff]) -> None:
    """Temporary tables: what may go of each population, and the bodies that have to stay."""
    sql.execute("CREATE TEMP TABLE cutoff (population INTEGER PRIMARY KEY, state, event)")
    sql.execute("CREATE TEMP TABLE retained (body INTEGER PRIMARY KEY)")
    found = list(sql.execute("SELECT id, source, kind FROM population"))
    sql.executemany(
        "INSERT INTO cutoff VALUES (?, ?, ?)",
        (
            (id_, *map(_micros, (cutoff.state, cutoff.event)))
            for id_, source, kind in found
            for cutoff in (policy(source, kind),)
        ),
    )
    sql.execute(_KEEP)


def _micros(instant: datetime | None) -> int | None:
    return None if instant is None else to_micros(instant)


def _counted(sql: sqlite3.Connection, bodies: list[tuple[int, int, int]]) -> list[Expired]:
    sizes: dict[int, list[int]] = {}
    for _, population, length in bodies:
        sizes.setdefault(population, []).append(length)
    names = {id_: (source, kind) for id_, source, kind in sql.execute("SELECT * FROM population")}
    return sorted(
        (
            Expired(
                source=names[population][0],
                kind=names[population][1],
                bodies=len(lengths),
                size_bytes=sum(lengths),
            )
            for population, lengths in sizes.items()
        ),
        key=lambda one: (one.source, one.kind),
    )


def deleted_places(sql: sqlite3.Connection) -> dict[tuple[int, int], int]:
    """(segment, offset) of each deleted body -> the leaf that deleted it."""
    query = "SELECT b.segment, b.offset, d.leaf FROM deleted d JOIN body b ON b.id = d.body"
    return {(segment, offset): leaf for segment, offset, leaf in sql.execute(query)}


def leaves_of(sql: sqlite3.Connection) -> Iterator[tuple[int, list[int]]]:
    """Each leaf that deleted, with the ids of its bodies in order."""
    for (leaf,) in list(sql.execute("SELECT DISTINCT leaf FROM deleted ORDER BY leaf")):
        ids = sql.execute("SELECT body FROM deleted WHERE leaf = ? ORDER BY body", (leaf,))
        yield leaf, [id_ for (id_,) in ids]
