"""Where reports lie, a folder or an S3 prefix, behind one face; files are read block by block."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..contract import Call, Skip

MAX_FILES = 100_000
BLOCK = 1024 * 1024
ENDINGS = (".json", ".ndjson", ".jsonl", ".sarif")


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that may be a report; nothing of it is read yet."""

    path: str
    """Relative to the place, with ``/``."""
    size_bytes: int
    modified_at: datetime
    key: str
    """What tells this content from another: inode, size and time, or S3's ETag."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    files: Sequence[File]
    """Sorted by path."""
    skips: Sequence[Skip] = ()
    others: int = 0
    """Files that no setting asks for: they have another ending."""


class Place(Protocol):
    def identity(self, call: Call) -> tuple[str, str]:
        """Who we are there, and the place's address."""
        ...

    def files(self, call: Call) -> Listing:
        """All files that may be reports.

        Raises:
            CollectionError: The place cannot be read.
        """
        ...

    def blocks(self, call: Call, file: File) -> Iterator[bytes]:
        """The content in order, pieces of at most some MiB.

        Raises:
            OSError: It cannot be read, or is no longer the file that was listed.
            CollectionError: The place no longer answers.
        """
        ...
