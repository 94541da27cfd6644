"""How many controls stood in which state at the end of each day, week or month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ..ledger import Ledger
from .catalogue import Catalogue
from .outcome import STATES, State
from .period import Period

Step = Literal["day", "week", "month"]


@dataclass(frozen=True, kw_only=True)
class Point:
    at: datetime
    """The last instant that counts: the end of the step, or now."""
    states: dict[State, int] | None
    """All six, never added up; None: nothing was judged yet."""


def trend(
    ledger: Ledger,
    catalogue: Catalogue,
    period: Period,
    *,
    now: datetime,
    step: Step,
    system: str | None = None,
) -> list[Point]:
    """Oldest first, as the evaluations of then said, whatever the pack says today.

    Args:
        system: Of this AI system; of the organisation when left out.
    """
    controls = {control.id for control in catalogue.controls}
    spans = [
        span
        for span in ledger.spans(period.start, min(period.end, now), system=system or "")
        if span.about in controls
    ]
    points = []
    for at in _ends(period, now, step):
        states: dict[State, int] = dict.fromkeys(STATES, 0)
        for span in spans:
            if span.opened_at < at and (span.closed_at is None or span.closed_at >= at):
                states[_state(span.outcome)] += 1
        points.append(Point(at=at, states=states if any(states.values()) else None))
    return points


def _state(outcome: str) -> State:
    return next(state for state in STATES if state == outcome)


def _ends(period: Period, now: datetime, step: Step) -> Iterator[datetime]:
    end = period.start
    while end < min(period.end, now):
        end = min(_next(end, step), period.end, now)
        yield end


def _next(start: datetime, step: Step) -> datetime:
    if step == "month":
        return (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    return start + timedelta(days=1 if step == "day" else 7)
