"""Where accepted pushes wait: a folder of small files, each whole or not there.

A file is written, synced and only then given its name, ``<time in ns>-<number>.ndjson``. Names
rise with every file, so a cursor is a name; numbers rise by one, so a file that somebody removed
shows. A reader's cursor is committed together with the records; files up to it are removed by the
reading after that, and the newest of them stays as a mark from which names go on.
"""

import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from .contract import Call, Check, Kind, Page, Record, Skip
from .errors import AccessDenied, SourceUnavailable

_NAME = re.compile(r"(?P<time>\d{20})-(?P<number>\d{10})\.ndjson")
MAX_BYTES = 1 << 30
"""Of one inbox: more is refused, not kept at the cost of the ledger's own disk."""


PAGE = 1000
"""Records at least, but for the last page; a push is never divided."""


class InboxFull(Exception):
    """Nobody reads this inbox, or pushes come faster than they are read."""


class Inbox:
    """The writing side; one process, any number of threads."""

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int = MAX_BYTES,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Makes the folder, and clears away what a killed process had begun.

        Raises:
            OSError: The folder cannot be made or read.
        """
        self._folder = folder
        self._max_bytes = max_bytes
        self._now_ns = now_ns
        self._lock = threading.Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for begun in folder.glob(".*.part"):
            begun.unlink(missing_ok=True)
        names = _names(folder)
        self._last = names[-1] if names else f"{0:020d}-{0:010d}.ndjson"
        self._room = 0

    @property
    def is_empty(self) -> bool:
        """Nothing was ever put in; what is in may have been read already."""
        return not _names(self._folder)

    def put(self, documents: Sequence[bytes]) -> None:
        """Keep ``documents``. When this returns they outlive a crash of the machine.

        Raises:
            InboxFull: The inbox holds as much as it may.
            OSError: The disk did not take it; the sender has to send it again.
        """
        body = b"".join(document + b"\n" for document in documents)
        begun = self._folder / f".{secrets.token_hex(12)}.part"
        try:
            _write_synced(begun, body)
            with self._lock:
                self._take_room(len(body))
                name = self._next_name()
                begun.rename(self._folder / name)
                self._last = name
                _sync_folder(self._folder)
        except BaseException:
            with suppress(OSError):
                begun.unlink(missing_ok=True)
            raise

    def _next_name(self) -> str:
        at, number = _parts(self._last)
        return f"{max(self._now_ns(), at + 1):020d}-{number + 1:010d}.ndjson"

    def _take_room(self, size: int) -> None:
        """The folder is measured only when what was free at the last look is used up."""
        if size > self._room:
            with os.scandir(self._folder) as entries:
                held = sum(_size(entry) for entry in entries if _NAME.fullmatch(entry.name))
            self._room = self._max_bytes - held
            if size > self._room:
                raise InboxFull(f"{held} bytes wait to be read")
        self._room -= size


class InboxReader:
    """Implements `contract.Reader` over what was pushed since the cursor."""

    def __init__(self, kind: Kind, inbox: Path) -> None:
        self.kind = kind
        self._inbox = inbox
        self._decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(kind.record)

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del call
        return read_inbox(self._inbox, since, self._decoder.decode)


def read_inbox(
    folder: Path, since: str | None, read: Callable[[bytes], Record]
) -> Iterator[Page | Skip | Check]:
    """Pages of the pushes after the cursor ``since``, and a look at their numbers.

    ``read`` turns one document into a record; what it cannot read becomes a `Skip`.

    Raises:
        AccessDenied: The folder or a file may not be read.
        SourceUnavailable: There is no such folder: the intake never ran.
    """
    try:
        names = _settled_names(folder)
    except FileNotFoundError as error:
        raise SourceUnavailable(
            str(folder),
            "no push was ever accepted here",
            remedy="start `annexa run` with an intake",
        ) from error
    except OSError as error:
        raise _unreadable(folder, error) from error
    for name in names:
        if since is not None and name < since:
            (folder / name).unlink(missing_ok=True)
    waiting = [name for name in names if since is None or name > since]
    records: list[Record] = []
    for name in waiting:
        for number, line in enumerate(_lines(folder / name), 1):
            try:
                records.append(read(line))
            except ValueError:
                yield Skip(
                    what=f"{name}, line {number}",
                    problem="an accepted push is damaged",
                    remedy="check the disk; ask the sender to send it again",
                )
        if len(records) >= PAGE:
            yield Page(records=records, cursor=name)
            records = []
    yield Page(records=records, cursor=waiting[-1] if waiting else None)
    yield _numbers_follow(waiting, since)


def _numbers_follow(waiting: Sequence[str], since: str | None) -> Check:
    numbers = [_parts(name)[1] for name in waiting]
    first = _parts(since)[1] + 1 if since is not None else (numbers[0] if numbers else 1)
    expected = list(range(first, first + len(numbers)))
    return Check(
        method="numbers of the pushes rise by one",
        expected=_span(expected),
        found=_span(numbers),
        ok=numbers == expected,
        note="" if numbers == expected else "files of the inbox are missing",
    )


def _span(numbers: Sequence[int]) -> str:
    return f"{numbers[0]}…{numbers[-1]} ({len(numbers)})" if numbers else "none"


def _settled_names(folder: Path) -> list[str]:
    """Names up to the newest of a first look. A folder that is listed while files come may show a
    later one without an earlier one; a second look shows all that were there at the first."""
    first = _names(folder)
    return [name for name in _names(folder) if name <= first[-1]] if first else []


def _names(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if _NAME.fullmatch(name))  # noqa: PTH208 - a Path for each name is too slow


def _parts(name: str) -> tuple[int, int]:
    match = _NAME.fullmatch(name)
    return (int(match["time"]), int(match["number"])) if match else (0, 0)


def _lines(path: Path) -> list[bytes]:
    try:
        return [line for line in path.read_bytes().split(b"\n") if line]
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> AccessDenied:
    return AccessDenied(
        str(path), f"cannot be read ({error.strerror})", remedy="check the rights of the inbox"
    )


def _write_synced(path: Path, body: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except FileNotFoundError:  # the reader took it meanwhile
        return 0
