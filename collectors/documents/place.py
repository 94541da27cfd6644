"""Where documents lie, a folder, a commit of a git repository or an S3 prefix, behind one face."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ..contract import Call, Check, Skip
from ..errors import AccessDenied, CollectionError
from .records import Commit, Version
from .records import Place as PlaceRecord

MAX_FILES = 100_000


@dataclass(frozen=True, kw_only=True)
class File:
    """A regular file; nothing of it is read yet."""

    path: str
    """Relative to the folder, with ``/``."""
    size_bytes: int | None
    """None where only reading tells."""
    key: str
    """What tells this content from another: the blob's id in git, inode and times in a folder."""


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A version of a file that can still be read; nothing of it is read yet."""

    version: Version
    """What the place knows of it; the fields of its content are empty."""
    key: str
    """See `File.key`; empty for a deletion."""


@dataclass(frozen=True, kw_only=True)
class History:
    """What the place knows of one file over time; a folder knows nothing."""

    last: Commit | None = None
    """The last commit that changed it."""
    first_at: datetime | None = None
    """When it, or what it was renamed from, was first committed."""
    modified_at: datetime | None = None
    """When the place took in what is there now."""
    is_cut: bool = False
    """The history ends before one of these: a shallow clone."""
    revisions: tuple[Revision, ...] = ()
    """The newest first."""


class Place(Protocol):
    """Opened once a run. Reading raises `CollectionError` only where nothing can go on."""

    server: str
    """``folder``, or ``git commit …``."""
    client: str | None

    def identity(self, call: Call) -> tuple[str | None, str]:
        """Our name there, None for that of the operating system, and the place's address."""
        ...

    threads: int
    """How many files may be read at a time."""

    def files(self, call: Call) -> tuple[Sequence[File], Sequence[Skip]]:
        """All regular files, sorted by path, and what stands there that is none."""
        ...

    def read(self, call: Call, file: File) -> bytes:
        """The bytes of ``file``.

        Raises:
            OSError: It cannot be read, or is no longer the file that was listed.
        """
        ...

    def histories(self, paths: Iterable[str]) -> Mapping[str, History]:
        """What the place knows of ``paths`` over time; nothing, in a plain folder."""
        ...

    def whole(self, call: Call, revision: Revision) -> tuple[Version, bytes]:
        """A version with all that the place knows of it, and its bytes.

        Raises:
            OSError: They cannot be read.
        """
        ...

    def keeping(self, call: Call) -> tuple[PlaceRecord, Sequence[Skip]]:
        """What the place does with older versions."""
        ...

    def check(self, call: Call, files: Sequence[File]) -> Check:
        """The second look at those of ``files`` that can say something about documents."""
        ...


def asked(call: Call, operation: str, read: Callable[[], bytes]) -> bytes:
    """``read`` through the runner's hand. An OSError is about one file, so it is passed on as it
    is: the others are still read."""

    def fetch() -> bytes | OSError:
        try:
            found = read()
        except OSError as error:
            return error
        call.received(len(found), found)
        return found

    found = call.once(operation, fetch)
    if isinstance(found, OSError):
        raise found
    return found


def is_candidate(path: str) -> bool:
    """May this file be a document, or say something about one?"""
    return path.lower().endswith((".md", ".markdown", ".yaml", ".yml"))


def printable(name: str) -> str:
    """``name`` without halves of surrogate pairs, which stand for bytes that are not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def named(paths: Sequence[str], *, most: int = 5) -> str:
    """A few of ``paths`` and how many there are besides, for notes."""
    shown = ", ".join(paths[:most])
    return shown if len(paths) <= most else f"{shown} and {len(paths) - most} more"


def linked(path: str) -> Skip:
    """A symbolic link where a document may be."""
    return Skip(
        what=path,
        problem="it is a symbolic link, and links are not followed",
        remedy="put the file itself there, or remove the link",
    )


def unreadable(path: str, error: OSError) -> Skip:
    """A part that the operating system keeps from us."""
    return Skip(
        what=path,
        problem=f"it cannot be read ({error.strerror or error})",
        remedy="let this user read it",
        denied=isinstance(error, PermissionError),
    )


def refused(where: str, root: Path, error: OSError) -> CollectionError:
    """Why the folder itself cannot be read."""
    if isinstance(error, PermissionError):
        return AccessDenied(where, f"{root} may not be read", remedy="let this user read it")
    return CollectionError(
        where,
        f"{root} cannot be read ({error.strerror or type(error).__name__})",
        remedy="set path to the folder or git repository with the documents",
    )


def too_many(where: str) -> CollectionError:
    """More files than any collection of documents has."""
    return CollectionError(
        where,
        f"the folder holds more than {MAX_FILES:,} files",
        remedy="set path to the folder that holds the documents",
    )
