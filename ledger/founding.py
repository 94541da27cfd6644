"""Makes a new ledger: whole at its final name, or not there at all."""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert
from sqlalchemy.schema import CreateIndex, CreateTable

from . import schema
from .complaint import explain
from .database import Database
from .errors import LedgerError
from .keys import raw_public
from .sealing import Sealer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def found(path: Path, key: "Ed25519PrivateKey", clock: Callable[[], datetime]) -> None:
    """Make the ledger at ``path``; one that somebody else made meanwhile is left alone.

    Raises:
        LedgerError: It cannot be made; there is no file then.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _fill(draft, key, clock)
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            _sync_folder(path.parent)
        finally:
            for leftover in (draft, draft.with_name(draft.name + "-wal")):
                leftover.unlink(missing_ok=True)
            draft.with_name(draft.name + "-shm").unlink(missing_ok=True)
    except OSError as error:
        raise LedgerError(
            str(path), f"cannot be made ({error.strerror})", remedy="check the rights of its folder"
        ) from error


def blank(draft: Path) -> None:
    """Make a ledger's file without a row in it.

    Raises:
        LedgerError: It cannot be made.
    """
    try:
        with contextlib.closing(sqlite3.connect(draft)) as empty:
            draft.chmod(0o600)
            empty.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            empty.execute(f"PRAGMA user_version = {schema.VERSION}")
            empty.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        raise explain(draft, error) from error
    database = Database(draft)
    try:
        with database.write() as connection:
            for table in schema.metadata.sorted_tables:
                connection.execute(CreateTable(table))
                for index in table.indexes:
                    connection.execute(CreateIndex(index))
            for trigger in schema.triggers():
                connection.exec_driver_sql(trigger)
    finally:
        database.close()


def _fill(draft: Path, key: "Ed25519PrivateKey", clock: Callable[[], datetime]) -> None:
    blank(draft)
    database = Database(draft)
    try:
        with database.write() as connection:
            id_, public = secrets.token_hex(8), raw_public(key.public_key()).hex()
            rows = [{"key": "id", "value": id_}, {"key": "public_key", "value": public}]
            connection.execute(insert(schema.meta), rows)
            sealer = Sealer(database, f"annexa/{id_}", key, clock)
            body: dict[str, object] = {"id": id_, "public_key": public, "schema": schema.VERSION}
            sealer.seal(connection, "ledger", body, sealer.now(connection))
    finally:
        database.close()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
