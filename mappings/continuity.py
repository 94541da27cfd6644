"""A rule, a control or a clause over a period: when it held, when it did not, when nobody looked.

An evaluation speaks until the next one, but not for longer than ``speaks_for``: after that there is
no evidence, which is neither held nor failed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from ..ledger import EvaluationInfo, Gap, Ledger, Span
from .period import Period

NO_EVIDENCE = "no evidence"
BEFORE_THE_FIRST = "not yet judged"
"""Before the first evaluation of the ledger, or before the rule was first judged."""

HELD = frozenset({"pass", "supported"})
OUTSIDE = frozenset({"not-applicable", "excluded", "accepted-exception"})
"""Neither held nor interrupted: left out of the percentage."""

_GAPS_OF: Mapping[str, frozenset[str]] = {
    "failing": frozenset({"fail"}),
    "unread": frozenset({"inconclusive"}),
    "waiting": frozenset({"attention", "manual-pending"}),
}
"""State of a control -> outcomes of the gaps that bring it there; others bear the same name."""

SPEAKS_FOR = timedelta(hours=26)
"""A day, and time for a daily round that is late."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    outcome: str
    """An outcome, a state, `NO_EVIDENCE` or `BEFORE_THE_FIRST`."""
    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Interruption:
    """A stretch in which it did not hold, or in which nobody looked."""

    outcome: str
    start: datetime
    end: datetime
    goes_on: bool
    """It still lasted at the end of what the period has seen."""
    causes: tuple[str, ...]
    subjects: tuple[str, ...]
    """At most 50 for each gap."""


@dataclass(frozen=True, kw_only=True)
class Continuity:
    """One rule, control or clause for one system, or as a whole (``system`` None)."""

    about: str
    system: str | None
    stretches: tuple[Stretch, ...]
    """Without a hole from the period's start to its end, or to now."""
    interruptions: tuple[Interruption, ...]
    unseen_days: tuple[date, ...]
    """UTC days of the period, from the first evaluation on, on which nothing was judged."""

    def total(self, outcomes: Iterable[str]) -> timedelta:
        wanted = frozenset(outcomes)
        return sum((s.length for s in self.stretches if s.outcome in wanted), timedelta())

    @property
    def operating_since(self) -> datetime | None:
        """When it was first judged in this period; None: never."""
        judged = (
            s.start for s in self.stretches if s.outcome not in (BEFORE_THE_FIRST, NO_EVIDENCE)
        )
        return next(judged, None)

    @property
    def held_share(self) -> float | None:
        """Held time over all time from the first judgement on, 0 to 1; time without evidence counts
        as not held, time out of scope does not count. None: there is no such time."""
        left_out = self.total(OUTSIDE) + self.total({BEFORE_THE_FIRST})
        whole = sum((s.length for s in self.stretches), timedelta()) - left_out
        return self.total(HELD) / whole if whole else None


def continuity(
    ledger: Ledger,
    about: str,
    period: Period,
    *,
    now: datetime,
    rules: Iterable[str] = (),
    system: str | None = None,
    speaks_for: timedelta = SPEAKS_FOR,
) -> list[Continuity]:
    """The whole first, then each system that was ever judged in the period, by name.

    Args:
        rules: Those of a control or a clause: their gaps are why it did not hold.
        system: Only this one.
    """
    end = min(period.end, now)
    if end <= period.start:
        return []
    evaluations = ledger.evaluations(period.start, end)
    spans = ledger.spans(period.start, end, about=about, system=system)
    told = frozenset((about, *rules))
    gaps = [gap for gap in ledger.gaps(since=period.start) if gap.rule in told]
    days = _unseen_days(evaluations, period.start, end)
    found = []
    for of in sorted({span.system for span in spans}, key=lambda name: name or ""):
        own = [span for span in spans if span.system == of]
        found_stretches = tuple(stretches(own, evaluations, period.start, end, speaks_for))
        found.append(
            Continuity(
                about=about,
                system=of,
                stretches=found_stretches,
                interruptions=tuple(
                    _interruption(stretch, _told(gaps, about, of), about, end)
                    for stretch in found_stretches
                    if stretch.outcome not in HELD | OUTSIDE | {BEFORE_THE_FIRST}
                ),
                unseen_days=days,
            )
        )
    return found


def stretches(
    spans: Sequence[Span],
    evaluations: Sequence[EvaluationInfo],
    start: datetime,
    end: datetime,
    speaks_for: timedelta = SPEAKS_FOR,
) -> Iterable[Stretch]:
    """What was known of one rule or control, without a hole from ``start`` to ``end``.

    Args:
        spans: Its own, for one system or for the whole.
        evaluations: Those sealed in between and the last one before, the oldest first.
    """
    return _merged(_pieces(spans, evaluations, start, end, speaks_for))


def _pieces(
    spans: Sequence[Span],
    evaluations: Sequence[EvaluationInfo],
    start: datetime,
    end: datetime,
    speaks_for: timedelta,
) -> Iterable[Stretch]:
    first = next((one.at for one in evaluations), end)
    if first > start:
        yield Stretch(outcome=BEFORE_THE_FIRST, start=start, end=first)
    begun = min((span.opened_at for span in spans), default=end)
    instants = [*(one.at for one in evaluations), end]
    for at, after in pairwise(instants):
        silent = min(after, at + speaks_for)
        outcome = _at(spans, at)
        if outcome is None:
            outcome = BEFORE_THE_FIRST if at < begun else NO_EVIDENCE
        for what, since, until in ((outcome, at, silent), (NO_EVIDENCE, silent, after)):
            if max(since, start) < min(until, end):
                yield Stretch(outcome=what, start=max(since, start), end=min(until, end))


def _at(spans: Sequence[Span], at: datetime) -> str | None:
    for span in spans:
        if span.opened_at <= at and (span.closed_at is None or span.closed_at > at):
            return span.outcome
    return None


def _merged(pieces: Iterable[Stretch]) -> Iterable[Stretch]:
    """Neighbours with the same outcome are one."""
    last: Stretch | None = None
    for stretch in pieces:
        if last is not None and last.outcome == stretch.outcome and last.end == stretch.start:
            last = Stretch(outcome=last.outcome, start=last.start, end=stretch.end)
            continue
        if last is not None:
            yield last
        last = stretch
    if last is not None:
        yield last


def _told(gaps: Sequence[Gap], about: str, system: str | None) -> list[Gap]:
    """The system's own gaps; what is only told of the whole holds for it too. A control or a
    clause as a whole is kept from holding by those of every system."""
    if system is None and any(gap.rule != about for gap in gaps):
        return list(gaps)
    own = [gap for gap in gaps if gap.system == system]
    return own or [gap for gap in gaps if gap.system is None]


def _interruption(stretch: Stretch, gaps: Sequence[Gap], about: str, end: datetime) -> Interruption:
    then = (
        []
        if stretch.outcome == NO_EVIDENCE
        else [
            gap
            for gap in gaps
            if gap.opened_at < stretch.end
            and (gap.closed_at is None or gap.closed_at > stretch.start)
        ]
    )
    decisive = _GAPS_OF.get(stretch.outcome, frozenset((stretch.outcome,)))
    mine = [gap for gap in then if gap.outcome in decisive] or then
    return Interruption(
        outcome=stretch.outcome,
        start=stretch.start,
        end=stretch.end,
        goes_on=stretch.end == end,
        causes=tuple(dict.fromkeys(_cause(gap, about) for gap in mine)),
        subjects=tuple(dict.fromkeys(subject for gap in mine for subject in gap.subjects)),
    )


def _cause(gap: Gap, about: str) -> str:
    """With its rule, where that is not what was asked about."""
    return gap.cause if gap.rule == about else f"{gap.rule}: {gap.cause}"


def _unseen_days(
    evaluations: Sequence[EvaluationInfo], start: datetime, end: datetime
) -> tuple[date, ...]:
    if not evaluations:
        return ()
    seen = {one.at.date() for one in evaluations}
    day = max(start, evaluations[0].at).date()
    last = (end - timedelta(microseconds=1)).date()
    found = []
    while day <= last:
        if day not in seen:
            found.append(day)
        day += timedelta(days=1)
    return tuple(found)
