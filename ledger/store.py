"""The ledger: everything that was read, when, and proof that it is unchanged."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from .change import Change
from .gap import EvaluationRecord, EvaluationSaved, Gap, Notification
from .record import Interval, StoredRecord
from .report import VerifyReport
from .run import RunInfo
from .slot import Slot


def utc_now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """Skeleton of the interface; the parts follow."""

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        keys: Path | None = None,
        clock: Callable[[], datetime] = utc_now,
        create: bool = True,
        read_only: bool = False,
    ) -> Self:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        raise NotImplementedError

    def runs(
        self,
        *,
        source: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[RunInfo]:
        raise NotImplementedError

    def events(
        self, kind: str, start: datetime | None, end: datetime | None
    ) -> Iterator[StoredRecord]:
        raise NotImplementedError

    def history(self, source: str, kind: str, subject: str) -> list[Interval]:
        raise NotImplementedError

    def changes(self, run: int) -> list[Change]:
        raise NotImplementedError

    def save_evaluation(self, evaluation: EvaluationRecord) -> EvaluationSaved:
        raise NotImplementedError

    def open_gaps(self) -> list[Gap]:
        raise NotImplementedError

    def claim_slot(self, source: str, due: datetime) -> bool:
        raise NotImplementedError

    def miss_slot(self, source: str, due: datetime) -> None:
        raise NotImplementedError

    def slots(self, source: str | None = None) -> list[Slot]:
        raise NotImplementedError

    def pending_notifications(self, target: str) -> list[Notification]:
        raise NotImplementedError

    def mark_sent(self, notification: int) -> None:
        raise NotImplementedError

    def verify(self) -> VerifyReport:
        raise NotImplementedError
