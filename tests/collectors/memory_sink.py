"""A sink that keeps everything in memory, with the ledger's rules: the last of a subject wins."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from annexa.collectors.call import Retry
from annexa.collectors.contract import Kind, Row

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class MemorySink:
    def __init__(self, cursors: dict[str, str] | None = None) -> None:
        self.cursors = dict(cursors or {})
        self.rows: dict[str, dict[str, Row]] = {}
        self.pages: dict[str, list[int]] = {}

    def cursor(self, kind: Kind) -> str | None:
        return self.cursors.get(kind.name)

    def add(self, kind: Kind, rows: Sequence[Row]) -> None:
        self.pages.setdefault(kind.name, []).append(len(rows))
        self.rows.setdefault(kind.name, {}).update((row.subject, row) for row in rows)

    def restart(self, kind: Kind) -> None:
        self.rows.pop(kind.name, None)
        self.pages.pop(kind.name, None)

    def move_cursor(self, kind: Kind, cursor: str) -> None:
        self.cursors[kind.name] = cursor

    def subjects(self, kind: Kind) -> list[str]:
        return list(self.rows.get(kind.name, {}))

    def body(self, kind: Kind, subject: str) -> Any:
        return msgspec.json.decode(self.rows[kind.name][subject].body)


class FakeTime:
    """A clock on which sleeping costs nothing."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def patient(time: FakeTime | None = None) -> Retry:
    """The runner's retries, without the waiting."""
    time = time or FakeTime()
    return Retry(monotonic=time, sleep=time.sleep, jitter=lambda low, high: high)
