"""Makes a ledger again from the parts that `Parts` cut it into."""

import contextlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import msgspec
from sqlalchemy import Connection, LargeBinary, insert

from . import outside, schema
from .database import Database, raw
from .errors import LedgerError, LedgerTampered
from .founding import blank
from .instant import to_micros
from .log_check import leaf_body
from .merkle import append_nodes, leaf_hash
from .misfit import Misfit
from .report import VerifyReport
from .retention import blank_bodies

_TABLES = (
    "checkpoint", "population", "run", "reading", "segment", "body", "interval", "event", "gap",
    "sighting", "span",
)  # fmt: skip
_ENDS = {
    "end interval": "UPDATE interval SET closed_run = ? WHERE id = ?",
    "end gap": "UPDATE gap SET closed_at = ?, closed_leaf = ? WHERE id = ?",
    "end span": "UPDATE span SET closed_at = ?, closed_leaf = ? WHERE id = ?",
}
_REMEDY = "check the copy with `annexa archive verify`"


class Rebuilding:
    """A ledger in the making, beside its final path; use it in a ``with``, end with `finish`.

    Nothing is left at either path unless it was finished.
    """

    def __init__(self, path: Path) -> None:
        """Raises:
        LedgerError: There is something at ``path``, or nothing can be written there.
        """
        if path.exists() or outside.path_beside(path).exists():
            raise LedgerError(str(path), "is there already", remedy="name a file that is not")
        self._path = path
        self._folder = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            self._folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise _unwritable(path, error) from error
        self._draft = self._folder / path.name
        blank(self._draft)
        self._database = Database(self._draft)
        self._leaves = 0
        self._deletions: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, leaves: Iterable[bytes], rows: Iterable[bytes], segments: BinaryIO) -> None:
        """Put in the next part; see `Parts`.

        Args:
            segments: The frames one after another, in the order of their rows.

        Raises:
            LedgerError: The disk is full, or the rows do not fit what is there.
        """
        try:
            with self._database.write() as connection:
                for body in leaves:
                    self._leaf(connection, body)
                for line in rows:
                    self._rows(connection, line, segments)
                while self._deletions:  # older parts may hold what was deleted later
                    blank_bodies(raw(connection), self._deletions.pop())
        except (Misfit, msgspec.DecodeError, ValueError, KeyError, TypeError) as error:
            where = f"part that begins at leaf {self._leaves}"
            raise LedgerTampered(where, f"is none ({error})", remedy=_REMEDY) from error

    def finish(self) -> VerifyReport:
        """Verify all of it; give it its final path if everything fits.

        Raises:
            LedgerTampered: It does not; nothing is left.
        """
        with self._database.read() as connection:
            query = "SELECT note FROM checkpoint WHERE size > ? ORDER BY size"

            def newer(size: int) -> Iterator[str]:
                yield from (note for (note,) in raw(connection).execute(query, (size,)))

            outside.append(outside.path_beside(self._draft), newer)
        report = self._verified()
        if not report.ok:
            raise LedgerTampered(
                "the restored ledger", f"does not verify: {report.problem}", remedy=_REMEDY
            )
        try:
            os.link(outside.path_beside(self._draft), outside.path_beside(self._path))
            os.link(self._draft, self._path)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        return report

    def _verified(self) -> VerifyReport:
        from .store import Ledger

        self._database.close()  # the last connection empties the write-ahead log
        with Ledger.open(self._draft, keys=self._folder / "none", read_only=True) as ledger:
            return ledger.verify()

    def _leaf(self, connection: Connection, body: bytes) -> None:
        position, hashed = self._leaves, leaf_hash(body)
        said = leaf_body(body, f"leaf {position}")
        at = to_micros(datetime.fromisoformat(str(said["at"])))
        if position == 0:
            values = [{"key": key, "value": str(said[key])} for key in ("id", "public_key")]
            connection.execute(insert(schema.meta), values)
        row = {"position": position, "type": said["type"], "at": at, "body": body, "hash": hashed}
        connection.execute(insert(schema.leaf), row)
        append_nodes(connection, position, hashed)
        self._leaves += 1

    def _rows(self, connection: Connection, line: bytes, segments: BinaryIO) -> None:
        name, rows = msgspec.json.decode(line, type=tuple[str, list[list[Any]]])
        sql = raw(connection)
        if name in _ENDS:
            sql.executemany(_ENDS[name], rows)
        elif name == "slot":
            for row in rows:
                _slot(sql, row)
        elif name == "deleted":
            sql.executemany("INSERT INTO deleted VALUES (?, ?)", rows)
            self._deletions |= {row[1] for row in rows}
        elif name == "segment":
            sql.executemany("INSERT INTO segment VALUES (?, ?, ?)", _filled(rows, segments))
        elif name in _TABLES:
            blobs = [
                i
                for i, column in enumerate(schema.metadata.tables[name].columns)
                if isinstance(column.type, LargeBinary)
            ]
            for row in rows:
                for i in blobs:
                    row[i] = msgspec.convert(row[i], bytes)
            marks = ", ".join("?" * len(schema.metadata.tables[name].columns))
            sql.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608 - names of our own
        else:
            raise ValueError(f"no table {name[:40]!r}")


def _slot(sql: sqlite3.Connection, row: list[Any]) -> None:
    """One that was missed may have been answered later."""
    step = "UPDATE slot SET state = ?, at = ?, run = ? WHERE source = ? AND due = ?"
    if not sql.execute(step, (*row[2:], *row[:2])).rowcount:
        sql.execute("INSERT INTO slot VALUES (?, ?, ?, ?, ?)", row)


def _filled(rows: list[list[Any]], segments: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    for id_, length, packed in rows:
        data = segments.read(packed)
        if len(data) != packed:
            raise ValueError(f"the bytes of segment {id_} end early")
        yield id_, length, data


def _unwritable(path: Path, error: OSError) -> LedgerError:
    with contextlib.suppress(OSError):
        outside.path_beside(path).unlink(missing_ok=True)
    problem = f"cannot be made ({error.strerror})"
    return LedgerError(str(path), problem, remedy="check the folder and the disk")
