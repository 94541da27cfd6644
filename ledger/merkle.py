"""The ledger's log: an append-only Merkle tree after RFC 9162, section 2.1.

Leaves are hashed with 0x00 before them and inner nodes with 0x01, so that no inner node can be
passed off as a leaf. Every complete subtree is stored once, so appending and each proof read
and write O(log n) nodes.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from . import schema
from .database import Database
from .instant import from_micros
from .leaf import LeafInfo

Hashes = Callable[[int, int], bytes]
"""(level, position) -> hash of that complete subtree; level 0 is leaves."""

_BLOCK = 256

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(body: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """Roots of a growing list, in O(log n) memory."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []
        """Of the complete subtrees from left to right, the biggest first."""

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash."""
        self._carry(leaf, self.size)
        self.size += 1

    def completed(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf hash; (level, position, hash) of the subtrees that it completed."""
        found: list[tuple[int, int, bytes]] = []
        level, position, subtree = 0, self.size, leaf
        while position & 1:
            subtree = node_hash(self._peaks[-1 - level], subtree)
            level, position = level + 1, position >> 1
            found.append((level, position, subtree))
        self.append(leaf)
        return found

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaf hashes; twice as fast as one by one."""
        start = 0
        while start < len(leaves):
            if self.size % _BLOCK or len(leaves) - start < _BLOCK:
                self.append(leaves[start])
                start += 1
                continue
            level = leaves[start : start + _BLOCK]
            while len(level) > 1:
                pairs = zip(level[::2], level[1::2], strict=True)
                level = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
            self._carry(level[0], self.size // _BLOCK)
            self.size += _BLOCK
            start += _BLOCK

    def _carry(self, subtree: bytes, position: int) -> None:
        while position & 1:
            subtree = node_hash(self._peaks.pop(), subtree)
            position >>= 1
        self._peaks.append(subtree)

    def root(self) -> bytes:
        """Of everything so far; SHA-256 of nothing when there is nothing."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def range_root(hashes: Hashes, start: int, end: int) -> bytes:
    """Root of the leaves ``start <= i < end``, where ``start`` begins a subtree of that size."""
    size = end - start
    if size <= 0:
        return EMPTY_ROOT
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return hashes(level, start >> level)
    middle = start + _split(size)
    return node_hash(range_root(hashes, start, middle), range_root(hashes, middle, end))


def inclusion_path(hashes: Hashes, index: int, size: int) -> list[bytes]:
    """RFC 9162, 2.1.3.1: what to hash with leaf ``index`` to get the root of ``size`` leaves.

    Raises:
        ValueError: There is no such leaf in a log of that size.
    """
    if not 0 <= index < size:
        raise ValueError(f"a log of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(hashes, middle, end))
            end = middle
        else:
            path.append(range_root(hashes, start, middle))
            start = middle
    return path[::-1]


def consistency_path(hashes: Hashes, old: int, new: int) -> list[bytes]:
    """RFC 9162, 2.1.4.1: proof that the first ``old`` of ``new`` leaves are what they were.

    Raises:
        ValueError: Not 0 <= old <= new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a log of {new} leaves was never one of {old}")
    if old in {0, new}:
        return []
    path: list[bytes] = []
    start, end, is_whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(hashes, middle, end))
            end = middle
        else:
            path.append(range_root(hashes, start, middle))
            start, is_whole = middle, False
    if not is_whole:
        path.append(range_root(hashes, start, end))
    return path[::-1]


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


class MerkleLog:
    """The log of one ledger, for reading; `seal` appends to it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def size(self) -> int:
        with self._database.read() as connection:
            return log_size(connection)

    def root(self, size: int | None = None) -> bytes:
        """Of the first ``size`` leaves; of all when left out.

        Raises:
            ValueError: The log is not that long.
        """
        with self._database.read() as connection:
            size = self._checked(connection, size)
            return range_root(stored_hashes(connection), 0, size)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """See `inclusion_path`."""
        with self._database.read() as connection:
            return inclusion_path(stored_hashes(connection), index, self._checked(connection, size))

    def consistency(self, old: int, new: int) -> list[bytes]:
        """See `consistency_path`."""
        with self._database.read() as connection:
            return consistency_path(stored_hashes(connection), old, self._checked(connection, new))

    def leaf(self, index: int) -> LeafInfo:
        """One leaf.

        Raises:
            ValueError: The log is not that long.
        """
        for found in self.leaves(index, index + 1):
            return found
        raise ValueError(f"the log has no leaf {index}")

    def leaves(self, start: int = 0, end: int | None = None) -> Iterator[LeafInfo]:
        """Leaves ``start <= i < end``, in order."""
        query = select(schema.leaf).where(schema.leaf.c.position >= start)
        if end is not None:
            query = query.where(schema.leaf.c.position < end)
        with self._database.read() as connection:
            for row in connection.execute(query.order_by(schema.leaf.c.position)):
                yield _leaf(row)

    def leaf_hashes(self, size: int) -> Iterator[bytes]:
        """The hashes of the first ``size`` leaves, in order."""
        leaf = schema.leaf.c
        query = select(leaf.hash).where(leaf.position < size).order_by(leaf.position)
        with self._database.read() as connection:
            for hashed in connection.execute(query).scalars():
                yield bytes(hashed)

    def of_type(self, *types: str) -> list[LeafInfo]:
        """All leaves of these types, in order."""
        with self._database.read() as connection:
            return leaves_of_type(connection, *types)

    @staticmethod
    def _checked(connection: Connection, size: int | None) -> int:
        there = log_size(connection)
        if size is not None and not 0 <= size <= there:
            raise ValueError(f"the log has {there} leaves, not {size}")
        return there if size is None else size


def leaves_of_type(connection: Connection, *types: str) -> list[LeafInfo]:
    """All leaves of these types, in order."""
    query = select(schema.leaf).where(schema.leaf.c.type.in_(types))
    return [_leaf(row) for row in connection.execute(query.order_by(schema.leaf.c.position))]


def _leaf(row: Row[Any]) -> LeafInfo:
    return LeafInfo(
        index=row.position,
        type=row.type,
        body=row.body,
        hash=row.hash,
        at=from_micros(row.at),
    )


def log_size(connection: Connection) -> int:
    last = connection.execute(select(func.max(schema.leaf.c.position))).scalar()
    return 0 if last is None else int(last) + 1


def stored_hashes(connection: Connection) -> Hashes:
    """What is in the tables ``leaf`` and ``node``."""
    leaf, node = schema.leaf.c, schema.node.c

    def hashes(level: int, position: int) -> bytes:
        query = (
            select(leaf.hash).where(leaf.position == position)
            if level == 0
            else select(node.hash).where(node.level == level, node.position == position)
        )
        found = connection.execute(query).scalar()
        if found is None:
            raise ValueError(f"the log has no node {level}/{position}")
        return bytes(found)

    return hashes


def append_nodes(connection: Connection, position: int, leaf: bytes) -> None:
    """Store the subtrees that leaf ``position`` completes; the leaf itself is not stored here."""
    hashes = stored_hashes(connection)
    level = 0
    rows: list[dict[str, object]] = []
    while position & 1:
        leaf = node_hash(hashes(level, position - 1), leaf)
        position >>= 1
        level += 1
        rows.append({"level": level, "position": position, "hash": leaf})
    if rows:
        connection.execute(insert(schema.node), rows)
