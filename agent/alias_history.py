"""Which version each alias pointed to, from when to when, and how exactly that is known.

MLflow keeps no history of aliases. What there is comes from readings: an alias that stands
otherwise than at the reading before was moved between the two. Where a webhook of the server told
of it, its moment is known too.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from .subject import Subject

if TYPE_CHECKING:
    from ..ledger import Interval, Ledger, Reading

KINDS = {"mlflow.registered_model": "model_version_alias", "mlflow.prompt": "prompt_alias"}
"""Whose records have aliases, and what MLflow's webhooks call these."""
_EVENT = "mlflow.registry_event"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A change lies in ``(after, until]``."""

    after: datetime | None
    """The last complete reading before began then, and saw it otherwise; None: there was none."""
    until: datetime
    """The reading that saw the change ended then."""
    told: datetime | None = None
    """By a webhook, in MLflow's own time."""


@dataclass(frozen=True, kw_only=True)
class Pointing:
    alias: str
    version: str
    since: Moment
    until: Moment | None
    """None: it points there now."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a webhook said."""

    alias: str
    version: str | None
    """None: the alias was deleted."""
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """How far complete readings are apart."""

    readings: int
    first: datetime | None
    last: datetime | None
    typical_s: float | None
    """The median; None with fewer than two readings."""
    longest_s: float | None


@dataclass(frozen=True, kw_only=True)
class AliasHistory:
    pointings: Sequence[Pointing]
    """By alias, the oldest first."""
    unseen: Sequence[Told]
    """What webhooks told and no reading saw, because it was moved again before the next."""
    resolution: Resolution


def alias_history(ledger: "Ledger", subject: Subject) -> AliasHistory | None:
    """None: records of this kind have no aliases."""
    if subject.kind not in KINDS:
        return None
    readings = ledger.readings(subject.source, subject.kind)
    moments = _Moments(readings, _told(ledger, subject))
    intervals = [
        one
        for one in ledger.history(subject.source, subject.kind, subject.name)
        if one.deleted_in is None
    ]
    spans = sorted(_spans(intervals), key=lambda span: (span.alias, span.opened))
    pointings = [
        Pointing(
            alias=span.alias,
            version=span.version,
            since=moments.of(span.alias, span.version, span.opened),
            until=moments.of(span.alias, span.next, span.closed) if span.closed else None,
        )
        for span in spans
    ]
    return AliasHistory(
        pointings=pointings, unseen=moments.unseen(), resolution=_resolution(readings)
    )


@dataclass(kw_only=True)
class _Span:
    alias: str
    version: str
    opened: int
    """The run that saw it first."""
    closed: int | None = None
    next: str | None = None
    """What it points to afterwards; None: the alias, or the model, is gone."""


def _spans(intervals: Sequence["Interval"]) -> Iterator[_Span]:
    """A record changes for many reasons; only where an alias moves does a span end."""
    running: dict[str, _Span] = {}
    gone: int | None = None
    for interval in intervals:
        if gone is not None and gone != interval.opened_run:  # it was not there meanwhile
            yield from _ended(running, {}, gone)
        here = _aliases(interval.body)
        yield from _ended(running, here, interval.opened_run)
        for alias, version in here.items():
            if alias not in running:
                running[alias] = _Span(alias=alias, version=version, opened=interval.opened_run)
        gone = interval.closed_run
    if gone is not None:
        yield from _ended(running, {}, gone)
    yield from running.values()


def _ended(running: dict[str, _Span], here: Mapping[str, str], run: int) -> Iterator[_Span]:
    for alias, span in list(running.items()):
        if here.get(alias) != span.version:
            span.closed, span.next = run, here.get(alias)
            yield running.pop(alias)


def _aliases(body: bytes) -> dict[str, str]:
    aliases: dict[str, str] = msgspec.json.decode(body).get("aliases", {})
    return aliases


class _Moments:
    """Boundaries between readings, and what webhooks told of them."""

    def __init__(self, readings: Sequence["Reading"], told: Sequence[Told]) -> None:
        self._readings = readings
        self._runs = [reading.run for reading in readings]
        self._told = told
        self._matched: set[int] = set()

    def of(self, alias: str, version: str | None, run: int) -> Moment:
        """When ``alias`` came to point to ``version`` (None: to nothing), which ``run`` saw."""
        at = bisect_left(self._runs, run)
        until = self._readings[at].finished_at
        before = next((r for r in reversed(self._readings[:at]) if r.verdict == "complete"), None)
        after = before.started_at if before else None
        moment = None
        for number, told in enumerate(self._told):
            fits = (told.alias, told.version) == (alias, version)
            if fits and told.at <= until and (after is None or told.at > after):
                moment = told.at
                self._matched.add(number)
        return Moment(after=after, until=until, told=moment)

    def unseen(self) -> list[Told]:
        """What no reading saw: it was moved again before the next one."""
        return [told for number, told in enumerate(self._told) if number not in self._matched]


def _told(ledger: "Ledger", subject: Subject) -> list[Told]:
    found = []
    for record in ledger.events(_EVENT):
        if record.source != subject.source or record.happened_at is None:
            continue
        event = msgspec.json.decode(record.body)
        if event["entity"] == KINDS[subject.kind] and event.get("name") == subject.name:
            version = None if event["action"] == "deleted" else event.get("version")
            alias = event.get("alias", "")
            found.append(Told(alias=alias, version=version, at=record.happened_at))
    return found


def _resolution(readings: Sequence["Reading"]) -> Resolution:
    complete = [reading for reading in readings if reading.verdict == "complete"]
    apart = [
        (after.finished_at - before.finished_at).total_seconds()
        for before, after in pairwise(complete)
    ]
    return Resolution(
        readings=len(complete),
        first=complete[0].finished_at if complete else None,
        last=complete[-1].finished_at if complete else None,
        typical_s=median(apart) if apart else None,
        longest_s=max(apart) if apart else None,
    )
