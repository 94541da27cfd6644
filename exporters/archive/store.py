"""The seam between the archive and where it lies: a folder, or a bucket."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An object that is there."""

    name: str
    overwrites: int = 0
    """Versions that were written over it later; the first one is read."""
    is_deleted: bool = False
    """Somebody deleted it, and the store has it still."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    chunks: Iterator[bytes]
    locked_until: datetime | None = None
    """None: nothing stops its deletion."""


class Store(Protocol):
    """Every method raises `ArchiveError` when the place does not answer or refuses."""

    where: str
    """For people: ``s3://bucket/prefix``, or the folder's path."""
    locks: bool
    """Whether what is put there can be locked against deletion."""

    def names(self, prefix: str = "") -> Iterator[Stored]:
        """What is there, sorted by name."""

    def open(self, name: str) -> AbstractContextManager[Opened]:
        """One object, as it was first written.

        Raises:
            ArchiveDamaged: It is not there.
        """

    def put(self, name: str, content: BinaryIO, *, sha256: bytes, size: int) -> bool:
        """Write a new object, whole or not at all; False: it is there already, the same.

        Raises:
            ArchiveDamaged: There is one of that name with other content; it stays as it is.
        """
