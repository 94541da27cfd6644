"""The ledger: everything that was read, when, and proof that it is unchanged."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from . import schema
from .archive import Archive, Snapshot
from .change import Change
from .changes import read_changes, run_extent
from .checkpoint import verifier_key
from .database import Database, check_file, raw
from .episodes import Episodes
from .errors import KeyRefused, LedgerError
from .founding import found
from .gap import EvaluationRecord, EvaluationSaved, Gap, Notification
from .keys import LEDGER_KEY, load, load_or_create, raw_public
from .merkle import MerkleLog
from .migration import migrate
from .outbox import Outbox
from .parts import Parts
from .record import Interval, StoredRecord
from .report import VerifyReport
from .retention import Retention
from .run import Reading, RunInfo
from .runs import Runs
from .sealing import Sealer
from .slot import Slot
from .slots import Slots
from .span import EvaluationInfo, Span
from .spans import Spans
from .totals import ChangeTotal, change_totals
from .writer import RunWriter

OWN_TYPES = frozenset(
    {"ledger", "run", "evaluation", "missed", "pack", "configuration", "deletion"}
)
"""Leaves that nobody else may append."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """An open ledger; make it with `open`, close it, or use it in a ``with``.

    Threads may share it. Processes may share the file, on a local disk.
    """

    def __init__(
        self, database: Database, id_: str, public_key: Ed25519PublicKey, sealer: Sealer
    ) -> None:
        self.path = database.path
        self.id = id_
        self.origin = f"annexa/{id_}"
        """The name in checkpoints."""
        self.public_key = public_key
        self.log = MerkleLog(database)
        self.parts = Parts(database)
        self._database = database
        self._sealer = sealer
        self._runs = Runs(database)
        self._archive = Archive(database)
        self._episodes = Episodes(database, sealer)
        self._spans = Spans(database)
        self._slots = Slots(database, sealer)
        self._outbox = Outbox(database, sealer)
        self.retention = Retention(database, sealer)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        keys: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
        create: bool = True,
        read_only: bool = False,
        patience_s: float = 60.0,
    ) -> Self:
        """Open the ledger at ``path``; with ``create`` a missing one and its key are made.

        Args:
            keys: Folder of the private key; ``keys`` beside the ledger when left out.
            read_only: Nothing is written, and no key is needed.
            patience_s: How long to wait for another process's write to end.

        Raises:
            LedgerError: There is none, it is damaged, or was made by a newer version.
            KeyRefused: The key is missing, open to others, or of another ledger.
        """
        key_file = (keys or path.parent / "keys") / LEDGER_KEY
        is_new = not path.exists()
        if is_new:
            if read_only or not create:
                raise LedgerError(str(path), "is not there", remedy="run `annexa collect` first")
            found(path, load_or_create(key_file, "ed25519"), clock)
        check_file(path)
        database = Database(path, read_only=read_only, patience_s=patience_s)
        try:
            migrate(database)
            id_, public = _meta(database)
            key = None
            if not read_only or key_file.exists():
                key = load(key_file, "ed25519")
                if raw_public(key.public_key()) != raw_public(public):
                    raise KeyRefused(
                        str(key_file), f"is not the key of {path}", remedy="restore the right file"
                    )
            sealer = Sealer(database, f"annexa/{id_}", None if read_only else key, clock)
            if is_new or (not read_only and sealer.founding_is_unpublished()):
                sealer.publish()
            return cls(database, id_, public, sealer)
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        """Close every connection; what was read lazily must have been read."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def begin(self, source: str, slot: datetime) -> RunWriter:
        """Begin to write one run; use it in a ``with``, end it with ``commit``.

        Raises:
            SlotTaken: That slot is committed already.
        """
        return RunWriter(self._database, self._sealer, source, slot)

    def append(self, type: str, body: Mapping[str, object]) -> int:  # noqa: A002 - a leaf's own word
        """Seal something else that happened: an attestation, an export, a silence.

        Args:
            type: What it is, ``lower-case``; `OWN_TYPES` are made by the ledger itself.
            body: Small, JSON; ``type`` and ``at`` are added.

        Returns:
            The index of its leaf.
        """
        if type in OWN_TYPES:
            raise ValueError(f"leaves of type {type} are made by the ledger itself")
        with self._database.write() as connection:
            index = self._sealer.seal(connection, type, body, self._sealer.now(connection))
        self._sealer.publish()
        return index

    def runs(
        self,
        *,
        source: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[RunInfo]:
        """Runs sealed in ``[since, until)``, in order."""
        return self._runs.all(source, since, until)

    def run(self, number: int) -> RunInfo | None:
        """One run by its number."""
        return self._runs.one(number)

    def latest_runs(self, at: datetime | None = None) -> dict[str, RunInfo]:
        """Source -> its newest run sealed at ``at`` or before."""
        return self._runs.latest(at)

    def last_complete(self, at: datetime | None = None) -> dict[tuple[str, str], RunInfo]:
        """(source, kind) -> the newest run in which that kind was read completely."""
        return self._runs.last_complete(at)

    def readings(self, source: str, kind: str) -> list[Reading]:
        """Every run that read ``kind``, in order, however it went; no receipt is unpacked."""
        return self._runs.readings(source, kind)

    def snapshot(self, at: datetime | None = None) -> Snapshot:
        """All state records as of ``at``, or now. Runs sealed later do not change it."""
        run = self._runs.number_at(at)
        return Snapshot(self._database, run, at if at is not None else self._sealer.time())

    def events(
        self, kind: str, start: datetime | None = None, end: datetime | None = None
    ) -> Iterator[StoredRecord]:
        """Events that happened in ``[start, end)``, source by source, the oldest first."""
        return self._archive.events(kind, start, end)

    def record(
        self, source: str, kind: str, subject: str, at: datetime | None = None
    ) -> StoredRecord | None:
        """One subject (or event) as of ``at``; None if it was not there."""
        return self._archive.record(source, kind, subject, self._runs.number_at(at))

    def history(self, source: str, kind: str, subject: str) -> list[Interval]:
        """Every version of a subject, the oldest first."""
        return self._archive.history(source, kind, subject)

    def changes(self, run: int) -> list[Change]:
        """What a run added, changed and closed, in the order of its ``changes_root``.

        Raises:
            ValueError: There is no such run.
        """
        with self._database.read() as connection:
            sql = raw(connection)
            return list(read_changes(sql, run_extent(sql, run)))

    def change_entries(self, run: int) -> Iterator[bytes]:
        """The same as canonical JSON, streamed: the Merkle leaves under ``changes_root``.

        Raises:
            ValueError: There is no such run.
        """
        with self._database.read() as connection:
            sql = raw(connection)
            for change in read_changes(sql, run_extent(sql, run)):
                yield change.entry()

    def change_totals(self, since: datetime, until: datetime) -> list[ChangeTotal]:
        """How much of which kind came, changed and went in runs sealed in ``(since, until]``."""
        first, last = self._runs.number_at(since) + 1, self._runs.number_at(until)
        with self._database.read() as connection:
            return change_totals(raw(connection), first, last)

    def save_evaluation(self, evaluation: EvaluationRecord) -> EvaluationSaved:
        """Seal an evaluation and open, change and close gap episodes, in one transaction."""
        return self._episodes.save(evaluation)

    def open_gaps(self) -> list[Gap]:
        """Episodes that are open now, the oldest first."""
        return self._episodes.open()

    def gaps(self, *, since: datetime | None = None) -> list[Gap]:
        """Episodes that were open at ``since`` or later, closed ones included."""
        return self._episodes.all(since)

    def spans(
        self,
        start: datetime,
        end: datetime,
        *,
        about: str | None = None,
        system: str | None = None,
    ) -> list[Span]:
        """How long each rule and control stood at which outcome, for spans in ``[start, end)``.

        Args:
            system: Only this AI system, or with the empty text the whole; all when left out.
        """
        return self._spans.between(start, end, about, system)

    def evaluations(self, start: datetime, end: datetime) -> list[EvaluationInfo]:
        """Evaluations sealed in ``[start, end)`` and the last one before, the oldest first."""
        return self._spans.evaluations(start, end)

    def claim_slot(self, source: str, due: datetime) -> bool:
        """Claim a due time; False if somebody has it, or if it was missed."""
        return self._slots.claim(source, due)

    def miss_slot(self, source: str, due: datetime) -> bool:
        """Write down that nobody answered a due time; False if that is known, or not true."""
        return self._slots.miss(source, due)

    def slots(self, source: str | None = None) -> list[Slot]:
        """Slots by source and due time."""
        return self._slots.list(source)

    def pending_notifications(self, target: str) -> list[Notification]:
        """What ``target`` was not told yet, in the order in which it happened."""
        return self._outbox.pending(target)

    def mark_sent(self, notification: int) -> None:
        """Remember that the target took it."""
        self._outbox.mark_sent(notification)

    def checkpoint(self, size: int | None = None) -> str:
        """The signed root of the first ``size`` leaves, or of all: a C2SP signed note.

        Raises:
            ValueError: The log is not that long.
        """
        column = schema.checkpoint.c
        query = select(column.note).order_by(column.size.desc()).limit(1)
        if size is not None:
            query = query.where(column.size == size)
        with self._database.read() as connection:
            note = connection.execute(query).scalar()
        if note is None:
            raise ValueError(f"there is no checkpoint of {size} leaves")
        return str(note)

    def verifier_key(self) -> str:
        """The public key in the form that C2SP tools take."""
        return verifier_key(self.origin, self.public_key)

    def sign(self, text: str) -> str:
        """``text`` as a C2SP signed note by this ledger's key; it ends with a line feed.

        Raises:
            LedgerError: The ledger was opened for reading only.
        """
        return self._sealer.sign(text)

    def verify(self) -> VerifyReport:
        """Recompute everything from the bytes; name the first thing that does not fit."""
        from .verification import Verification

        return Verification(self._database, self.id, self.public_key).report()


def _meta(database: Database) -> tuple[str, Ed25519PublicKey]:
    with database.read() as connection:
        rows = connection.execute(select(schema.meta.c.key, schema.meta.c.value)).all()
    values = {row.key: row.value for row in rows}
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(values["public_key"]))
        return values["id"], key
    except (KeyError, ValueError) as error:
        raise LedgerError(
            str(database.path), "has lost its name or key", remedy="restore it from a copy"
        ) from error
