"""The coverage calendar: where each control stood on each day of the period, and why not better."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from ..ledger import Gap, Ledger
from ..mappings.continuity import (
    BEFORE_THE_FIRST,
    HELD,
    NO_EVIDENCE,
    OUTSIDE,
    Stretch,
    stretches,
)
from ..mappings.evaluation import Evaluation
from ..mappings.period import Period
from .facts import OpenGap
from .rows import Value

_WORST_FIRST = (
    "failing", "unread", "stale", "waiting", NO_EVIDENCE, "supported", "excluded", BEFORE_THE_FIRST
)  # fmt: skip
_TOLD = 3
NOT_BETTER_COLUMNS = ("control", "state", "from", "to", "days", "why")


@dataclass(frozen=True, kw_only=True)
class ControlDays:
    """One control, for the organisation as a whole."""

    control: str
    by_day: Sequence[str]
    """The worst of each day, in the order of `CoverageCalendar.days`."""
    not_better: Sequence[tuple[Stretch, str]]
    """When it was not supported, and why."""


@dataclass(frozen=True, kw_only=True)
class CoverageCalendar:
    days: Sequence[date]
    """UTC days of the period, as far as it had gone."""
    controls: Sequence[ControlDays]

    @property
    def columns(self) -> tuple[str, ...]:
        days = (day.isoformat() for day in self.days)
        return ("control", "days_supported", "days_without_evidence", *days)

    def rows(self) -> Iterator[tuple[Value, ...]]:
        for one in self.controls:
            held = sum(state in HELD for state in one.by_day)
            unseen = sum(state in (NO_EVIDENCE, BEFORE_THE_FIRST) for state in one.by_day)
            yield one.control, held, unseen, *one.by_day

    def not_better(self) -> Iterator[tuple[Value, ...]]:
        """In the order of `NOT_BETTER_COLUMNS`."""
        for one in self.controls:
            for stretch, why in one.not_better:
                days = round(stretch.length / timedelta(days=1), 3)
                yield one.control, stretch.outcome, stretch.start, stretch.end, days, why


def coverage_calendar(
    ledger: Ledger, evaluation: Evaluation, period: Period, gaps: Sequence[OpenGap]
) -> CoverageCalendar:
    """From the evaluations that were saved in the period up to this one's instant.

    Args:
        gaps: Those that are open in this evaluation.
    """
    end = min(period.end, evaluation.at)
    evaluations = ledger.evaluations(period.start, end)
    spans = ledger.spans(period.start, end, system="")
    episodes = ledger.gaps(since=period.start)
    midnights = list(_midnights(period.start, end))
    controls = []
    for control in evaluation.pack.catalogue.controls:
        own = [span for span in spans if span.about == control.id]
        found = list(stretches(own, evaluations, period.start, end))
        about = {control.id, *(rule.id for rule in evaluation.pack.rules_for(control.id))}
        told = [*_closed(episodes, about, evaluation.at), *_open(gaps, about, evaluation.at)]
        controls.append(
            ControlDays(
                control=control.id,
                by_day=[_worst(found, *day) for day in pairwise(midnights)],
                not_better=[
                    (one, _why(one, told)) for one in found if one.outcome not in HELD | OUTSIDE
                ],
            )
        )
    return CoverageCalendar(days=[day.date() for day in midnights[:-1]], controls=controls)


def _midnights(start: datetime, end: datetime) -> Iterator[datetime]:
    """The beginnings of the days of ``[start, end)``, and one more."""
    day = start
    while day < end:
        yield day
        day += timedelta(days=1)
    yield day


def _worst(found: Iterable[Stretch], start: datetime, end: datetime) -> str:
    there = {one.outcome for one in found if one.start < end and one.end > start}
    return next(state for state in _WORST_FIRST if state in there)


@dataclass(frozen=True)
class _Told:
    start: datetime
    end: datetime
    cause: str


def _closed(episodes: Iterable[Gap], about: set[str], at: datetime) -> Iterator[_Told]:
    for gap in episodes:
        if gap.rule in about and gap.closed_at is not None and gap.closed_at <= at:
            yield _Told(gap.opened_at, gap.closed_at, f"{gap.rule}: {gap.cause}")


def _open(gaps: Iterable[OpenGap], about: set[str], at: datetime) -> Iterator[_Told]:
    for gap in gaps:
        if gap.now.rule in about:
            yield _Told(gap.since or at, at, f"{gap.now.rule}: {gap.now.cause}")


def _why(stretch: Stretch, told: Iterable[_Told]) -> str:
    if stretch.outcome == BEFORE_THE_FIRST:
        return "the ledger had judged nothing yet"
    if stretch.outcome == NO_EVIDENCE:
        return "no evaluation spoke for this time"
    causes = [one.cause for one in told if one.start < stretch.end and one.end > stretch.start]
    shown = list(dict.fromkeys(causes))
    more = f"; and {len(shown) - _TOLD} more" if len(shown) > _TOLD else ""
    return "; ".join(shown[:_TOLD]) + more
