"""Small readings for ledger tests."""

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from annexa.collectors.contract import Kind, Record, Row
from annexa.collectors.errors import Verdict
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.ledger import Ledger, RunSummary

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Thing(Record):
    name: str
    value: str = ""
    at: datetime | None = None


def _name(record: Thing) -> str:
    return record.name


MODEL = Kind(
    name="mlflow.model_version",
    record=Thing,
    subject=_name,
    permission="READ",
    cross_check="none: x",
)
ENDPOINT = Kind(
    name="kubernetes.deployment",
    record=Thing,
    subject=_name,
    permission="list",
    cross_check="none: x",
)
EVENT = Kind(
    name="aws.event",
    record=Thing,
    subject=_name,
    mode="event",
    permission="x",
    cross_check="none: x",
)


class Clock:
    """Goes on by a minute whenever it is asked."""

    def __init__(self, start: datetime = NOON) -> None:
        self._ticks = itertools.count()
        self._start = start

    def __call__(self) -> datetime:
        return self._start + timedelta(minutes=next(self._ticks))


def open_ledger(folder: Path, clock: Callable[[], datetime] | None = None) -> Ledger:
    return Ledger.open(folder / "annexa.db", clock=clock or Clock())


def row(subject: str, value: str, happened_at: datetime | None = None) -> Row:
    body = json.dumps({"name": subject, "value": value}, separators=(",", ":")).encode()
    return Row(subject, hashlib.sha256(body).digest(), body, happened_at)


def rows(state: Mapping[str, str]) -> list[Row]:
    return [row(subject, value) for subject, value in state.items()]


def receipt(
    source: str,
    slot: datetime,
    verdicts: Mapping[str, Verdict],
    *,
    finished_at: datetime | None = None,
    salt: bytes = b"s" * 32,
) -> Receipt:
    return Receipt(
        source=source,
        slot=slot,
        started_at=slot,
        finished_at=finished_at or slot + timedelta(seconds=30),
        collector="test",
        collector_version="1",
        agent_version="1",
        config_sha256="00",
        kinds=[
            KindReceipt(
                kind=name,
                verdict=verdict,
                started_at=slot,
                finished_at=slot,
                pages=1,
                items=0,
                permission="READ",
                cross_check="none: x",
                schema_sha256="00",
            )
            for name, verdict in verdicts.items()
        ],
        salt=salt,
    )


def record(
    ledger: Ledger,
    slot: datetime,
    state: Mapping[str, str] | Sequence[Row],
    *,
    source: str = "mlflow/prod",
    kind: Kind = MODEL,
    verdict: Verdict = "complete",
    page: int = 100,
    cursor: str | None = None,
) -> RunSummary:
    """One run of one kind."""
    items = rows(state) if isinstance(state, Mapping) else list(state)
    with ledger.begin(source, slot) as run:
        run.add(kind, items[:0])
        for start in range(0, len(items), page):
            run.add(kind, items[start : start + page])
        if cursor is not None:
            run.move_cursor(kind, cursor)
        return run.commit(receipt(source, slot, {kind.name: verdict}))


def held(ledger: Ledger, kind: Kind = MODEL, at: datetime | None = None) -> dict[str, str]:
    """The snapshot as a plain mapping."""
    return {
        one.subject: json.loads(one.body)["value"] for one in ledger.snapshot(at).records(kind.name)
    }
