"""How many traces there are: per experiment, over whole days; never a trace itself."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from ..contract import Call, Check, Kind, Page, Record, Skip
from . import kinds
from .experiments import Experiments
from .run_search import batches
from .trace_metrics import EXPERIMENTS_PER_QUERY, TraceMetrics

DAYS = 7


class TraceCount(Record):
    """Only of experiments that have any: each day changes these records, and no others."""

    experiment_id: str
    window_from: str
    window_until: str
    """Exclusive; the last midnight, UTC, before the reading."""
    traces: int
    by_status: dict[str, int] = {}
    """``OK``, ``ERROR``, ``IN_PROGRESS``."""


TRACE_COUNT = Kind(
    name="mlflow.trace_count",
    record=TraceCount,
    subject=lambda r: r.experiment_id,
    permission=kinds.EXPERIMENTS,
    cross_check="the counts of all experiments add up to the count over all of them",
    freshness="48h",
)


class TraceCountReader:
    """Halves the experiments until those without traces are out, so few need no long time."""

    kind = TRACE_COUNT

    def __init__(
        self,
        metrics: TraceMetrics,
        experiments: Experiments,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._metrics = metrics
        self._experiments = experiments
        self._clock = clock

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        until = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        window = until - timedelta(days=DAYS), until
        ids = self._experiments.active(call)
        total = counted = 0
        for some in batches(ids, EXPERIMENTS_PER_QUERY):
            total += sum(self._count(call, some, window).values())
            found = list(self._some(call, some, window))
            counted += sum(one.traces for one in found)
            yield Page(records=found)
        yield Page(records=[])
        yield Check(
            method=f"the counts of {len(ids)} experiments add up",
            expected=f"{total} traces in {DAYS} days",
            found=f"{counted} traces",
            ok=counted == total,
            note="" if counted == total else "traces were deleted or written late meanwhile",
        )

    def _some(
        self, call: Call, ids: Sequence[str], window: tuple[datetime, datetime]
    ) -> Iterator[TraceCount]:
        by_status = self._count(call, ids, window)
        if not by_status:
            return
        if len(ids) > 1:
            middle = len(ids) // 2
            yield from self._some(call, ids[:middle], window)
            yield from self._some(call, ids[middle:], window)
            return
        yield TraceCount(
            experiment_id=ids[0],
            window_from=_day(window[0]),
            window_until=_day(window[1]),
            traces=sum(by_status.values()),
            by_status=dict(sorted(by_status.items())),
        )

    def _count(
        self, call: Call, ids: Sequence[str], window: tuple[datetime, datetime]
    ) -> dict[str, int]:
        start, end = (int(at.timestamp() * 1000) for at in window)
        counts = self._metrics.counts(
            call, "TRACES", ids, by="trace_status", window_ms=(start, end)
        )
        return {status: number for status, number in counts.items() if number}


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
