"""One SQLite file: opened carefully, one connection per thread, errors as one clear line."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from . import schema
from .complaint import damaged, explain
from .errors import LedgerError

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cache_size = -10000",
    "PRAGMA temp_store = FILE",
    "PRAGMA journal_size_limit = 16777216",  # a big run does not leave a big log behind
)


class Database:
    """Transactions over the file at ``path``, which exists."""

    def __init__(self, path: Path, *, read_only: bool = False, patience_s: float = 60.0) -> None:
        """``patience_s``: how long to wait for another process's write to end."""
        self.path = path
        self.read_only = read_only
        self._patience_s = patience_s
        self._uri = _uri(path, "ro" if read_only else "rw")
        self._engine = create_engine(
            "sqlite+pysqlite://",
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=4,
            max_overflow=-1,
            isolation_level="AUTOCOMMIT",
        )

    def close(self) -> None:
        """Close every idle connection; the last one empties the write-ahead log."""
        self._engine.dispose()

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection outside of any transaction."""
        with self.errors(), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Everything read inside is of one instant."""
        with self.connection() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                _roll_back(connection)

    @contextlib.contextmanager
    def write(self, connection: Connection | None = None) -> Iterator[Connection]:
        """All or nothing; one writer at a time over all processes.

        Args:
            connection: One that is open already; a new one when left out.

        Raises:
            LedgerError: Nothing was written.
        """
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.errors())
            inside = connection or stack.enter_context(self._engine.connect())
            inside.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield inside
                inside.exec_driver_sql("COMMIT")
            except BaseException:
                _roll_back(inside)
                raise

    def private(self) -> Connection:
        """A connection that nobody else gets, for its temporary tables; close it."""
        with self.errors():
            connection = self._engine.connect()
            connection.detach()
            return connection

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn the driver's errors into the ledger's."""
        try:
            yield
        except DBAPIError as error:
            if isinstance(error.orig, sqlite3.Error):
                raise explain(self.path, error.orig) from error
            raise
        except sqlite3.Error as error:
            raise explain(self.path, error) from error
        except UnicodeDecodeError as error:  # SQLite quotes a damaged schema in its message
            raise damaged(self.path) from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._uri,
            uri=True,
            timeout=self._patience_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            if self.read_only:
                connection.execute("PRAGMA query_only = ON")
        except BaseException:
            connection.close()
            raise
        return connection


def raw(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection, for the paths that every record goes through."""
    driver = connection.connection.dbapi_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("not a SQLite connection")
    return driver


def check_file(path: Path) -> None:
    """Refuse what is not a whole ledger before SQLite touches it.

    Raises:
        LedgerError: Not a file, empty, cut off, of another program or of a newer version.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
            size = file.seek(0, 2)
    except OSError as error:
        raise LedgerError(
            str(path), f"cannot be read ({error.strerror})", remedy="check the path and its rights"
        ) from error
    if not head:
        raise _broken(path, "is empty")
    if len(head) < 100 or not head.startswith(b"SQLite format 3\0"):
        raise _broken(path, "is not a ledger")
    pages, page_size = int.from_bytes(head[28:32], "big"), int.from_bytes(head[16:18], "big")
    wal = path.with_name(path.name + "-wal")
    if size < pages * (65536 if page_size == 1 else page_size) and not wal.exists():
        raise _broken(path, "is cut off")
    if int.from_bytes(head[68:72], "big") != schema.APPLICATION_ID:
        raise _broken(path, "is a database of another program")
    version = int.from_bytes(head[60:64], "big")
    if version > schema.VERSION:
        raise LedgerError(
            str(path),
            f"was written by a newer annexa (schema {version}, this one knows {schema.VERSION})",
            remedy="update annexa",
        )


def _broken(path: Path, problem: str) -> LedgerError:
    return LedgerError(
        str(path), problem, remedy="restore it from a copy, or name another file to start anew"
    )


def _roll_back(connection: Connection) -> None:
    """Best effort: after a full disk SQLite has rolled back by itself."""
    driver = raw(connection)
    if driver.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            driver.execute("ROLLBACK")


def _uri(path: Path, mode: str) -> str:
    """``immutable`` where SQLite could not even make its shared-memory file: a read-only medium."""
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    if (
        mode == "ro"
        and not _may_write(path.parent)
        and not path.with_name(path.name + "-wal").exists()
    ):
        uri += "&immutable=1"
    return uri


def _may_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK)
