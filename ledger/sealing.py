"""Appends a leaf and signs the new root, inside the transaction that it seals."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, insert, select

from . import checkpoint as notes
from . import outside, schema
from .checkpoint import Checkpoint
from .errors import LedgerError
from .instant import text, to_micros
from .merkle import append_nodes, leaf_hash, log_size, range_root, stored_hashes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from .database import Database

_ENCODE = msgspec.json.Encoder(order="sorted").encode


class Sealer:
    """Holds the ledger's key and clock; one for each open ledger."""

    def __init__(
        self,
        database: "Database",
        origin: str,
        key: "Ed25519PrivateKey | None",
        clock: Callable[[], datetime],
    ) -> None:
        """``key`` None: opened for reading only."""
        self._database = database
        self._origin = origin
        self._key = key
        self._clock = clock

    def time(self) -> datetime:
        """What the clock says."""
        return self._clock()

    def now(self, connection: Connection) -> int:
        """The time of what is sealed next: the clock's, but never before the newest leaf's."""
        query = select(schema.leaf.c.at).order_by(schema.leaf.c.position.desc()).limit(1)
        return max(to_micros(self._clock()), connection.execute(query).scalar() or 0)

    def seal(self, connection: Connection, type_: str, body: Mapping[str, object], at: int) -> int:
        """Append one leaf; its index. The body gets ``type`` and ``at``.

        Raises:
            ValueError: ``body`` has one of these keys already.
            LedgerError: The ledger was opened for reading only.
        """
        key = self._private
        if taken := {"type", "at"} & body.keys():
            raise ValueError(f"a leaf's body gets {', '.join(sorted(taken))} by itself")
        encoded = _ENCODE({**body, "type": type_, "at": text(at)})
        position, hashed = log_size(connection), leaf_hash(encoded)
        connection.execute(
            insert(schema.leaf).values(
                position=position, type=type_, at=at, body=encoded, hash=hashed
            )
        )
        append_nodes(connection, position, hashed)
        root = range_root(stored_hashes(connection), 0, position + 1)
        note = notes.sign(Checkpoint(origin=self._origin, size=position + 1, root=root), key)
        connection.execute(insert(schema.checkpoint).values(size=position + 1, note=note))
        return position

    def sign(self, text: str) -> str:
        """A signed note about ``text``, which does not begin as a checkpoint does.

        Raises:
            LedgerError: The ledger was opened for reading only.
        """
        return notes.sign_text(text, self._origin, self._private)

    @property
    def _private(self) -> "Ed25519PrivateKey":
        if self._key is None:
            raise LedgerError(
                str(self._database.path),
                "was opened for reading only",
                remedy="open it for writing",
            )
        return self._key

    def publish(self) -> None:
        """After the commit: write the new checkpoints to the file beside the database."""
        outside.append(self.beside, self._newer_than)

    def founding_is_unpublished(self) -> bool:
        """Whether the founder was killed before it wrote the file beside the database. Later a
        missing file is somebody's deed, and is left for ``verify`` to name."""
        if self.beside.exists():
            return False
        with self._database.read() as connection:
            return log_size(connection) == 1

    @property
    def beside(self) -> Path:
        return outside.path_beside(self._database.path)

    def _newer_than(self, size: int) -> Iterable[str]:
        column = schema.checkpoint.c
        query = select(column.note).where(column.size > size).order_by(column.size)
        with self._database.read() as connection:
            return [str(note) for note in connection.execute(query).scalars()]
