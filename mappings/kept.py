"""Tables that outlive an evaluation, so that the next one makes only what changed since.

A table bears a fingerprint of what it was made from: its SQL, the rows of the tables that this
reads, and the instant where it asks for that. Same fingerprint, same rows. The file holds what
the ledger says, without the ledger's proof: exports never read it, and it is made anew every day.
"""

import contextlib
import fcntl
import hashlib
import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from ..ledger import Snapshot
from .sealed import Sealed

_OLDEST = timedelta(days=1)
_STAMPS = "_kept"
# what gives other rows at another time, from the same tables
_INSTANT = re.compile(
    r"\b((as_of|now|today|random|setseed|\w*uuid\w*|nextval|currval|getvariable|get_current\w*"
    r"|transaction_timestamp|age)\s*\(|(current|local)_?(date|time|timestamp)\b)",
    re.IGNORECASE,
)


class Stamp(msgspec.Struct, frozen=True):
    """What is known of a table that was made."""

    made_from: str
    """A fingerprint of all that its rows follow from."""
    rows: str
    """Of the rows: what follows from them need not be made anew when they came out the same."""
    value: Any = None
    """What its maker wants to know again; plain values."""


class _Saved(msgspec.Struct, kw_only=True):
    """The file's own account of itself."""

    base: str
    """Of what all tables depend on: the program, the pack's views, the conventions."""
    run: int
    at: datetime
    """The snapshot that the tables hold."""
    mark: str | None
    made_at: datetime
    stamps: dict[str, Stamp]
    reads: dict[str, frozenset[str]]
    """As `Sealed.reads`: half of the time of a round without news would go into asking again."""


@dataclass
class Stamps:
    """What is still there, and what was made now."""

    is_kept: bool = False
    """False: nothing outlives this evaluation, so nobody needs to know."""
    since: tuple[int, datetime] | None = None
    """The run and the instant of the snapshot that is there; None: nothing is."""
    made_at: datetime | None = None
    found: dict[str, Stamp] = field(default_factory=dict)
    reads: dict[str, frozenset[str]] = field(default_factory=dict)
    made: dict[str, Stamp] = field(default_factory=dict)

    def fingerprint(self, texts: Iterable[str], reads: Collection[str], at: datetime) -> str | None:
        """Of a table that these texts make from those tables; None: it cannot be told."""
        if not self.is_kept or not self.made.keys() >= set(reads):
            return None
        parts = [*texts, *(f"{name} {self.made[name].rows}" for name in sorted(reads))]
        if any(_INSTANT.search(text) for text in texts):
            parts.append(at.isoformat())
        return sha256_of(parts)

    def hold(self, name: str, made_from: str | None) -> Stamp | None:
        """The stamp of a table that is there already and was made from the same."""
        found = self.found.get(name)
        if made_from is None or found is None or found.made_from != made_from:
            return None
        self.made[name] = found
        return found

    def put(
        self, name: str, made_from: str | None, value: Any = None, *, rows: str | None = None
    ) -> None:
        """A table was made."""
        if made_from is not None:
            self.made[name] = Stamp(made_from, rows or made_from, value)


def sha256_of(parts: Iterable[str]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(f"{len(part)} {part}\n".encode(errors="backslashreplace"))
    return total.hexdigest()


class KeptFile:
    """A DuckDB file in a folder of its own, which one evaluation at a time has."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def take(cls, folder: Path) -> "KeptFile | None":
        """None: another evaluation has it, or the folder cannot be written."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return None
        return cls(folder / "tables.duckdb", lock)

    def stamps(self, base: str, snapshot: Snapshot, now: datetime) -> Stamps:
        """What the file holds and an evaluation of ``snapshot`` may use; an empty file otherwise.

        The account is taken out of the file: an evaluation that does not come to its end leaves
        tables that nobody vouches for, and the next one begins with none.
        """
        saved = self._take_account()
        if (
            saved is None
            or saved.base != base
            or not timedelta(0) <= now - saved.made_at < _OLDEST
            or saved.run > snapshot.run
            or saved.at > snapshot.at
            or saved.mark is None
            or snapshot.mark(saved.run) != saved.mark
        ):
            self._discard()
            return Stamps(is_kept=True, made_at=now)
        return Stamps(
            is_kept=True,
            since=(saved.run, saved.at),
            made_at=saved.made_at,
            found=saved.stamps,
            reads=saved.reads,
        )

    def _take_account(self) -> _Saved | None:
        if not self.path.exists():
            return None
        with contextlib.suppress(duckdb.Error, msgspec.DecodeError, OSError):
            with duckdb.connect(str(self.path)) as db:
                ((said,),) = db.execute(f"from {_STAMPS}").fetchall()
                db.execute(f"drop table {_STAMPS}")
            return msgspec.json.decode(said, type=_Saved)
        return None

    def _discard(self) -> None:
        for path in (self.path, self.path.with_name(f"{self.path.name}.wal")):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let the next evaluation have it."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def save(db: Sealed, stamps: Stamps, base: str, snapshot: Snapshot) -> None:
    """Put the account beside the tables that it is about."""
    if not stamps.is_kept or stamps.made_at is None:
        return
    account = _Saved(
        base=base,
        run=snapshot.run,
        at=snapshot.at,
        mark=snapshot.mark(),
        made_at=stamps.made_at,
        stamps=stamps.made,
        reads=db.reads,
    )
    db.trusted(f"create or replace table {_STAMPS} (said varchar)")
    db.trusted(f"insert into {_STAMPS} values (?)", [msgspec.json.encode(account).decode()])
