"""What holds now and will not for much longer if nobody does anything: each with day and owner.

Five things run out by themselves: a reading of a source, an approved document, an attestation, a
decision of a person (an exception, a rule that is switched off), and what a rule's ``until`` says
of a row that passes. What has run out already is a gap, and not in here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from typing import Any, Literal

from ..collectors.attestations import SOURCE
from .doubt import Needs
from .evaluation import Evaluation
from .judgement import population_sql
from .kind_table import literal
from .rule import Rule

Topic = Literal["source", "document", "attestation", "exception", "switched-off", "rule"]

UPCOMING_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class Upcoming:
    topic: Topic
    about: str
    """A source, a subject, or the rule that was excepted or switched off."""
    due: datetime
    """The first instant at which it no longer holds."""
    what: str
    todo: str
    owner: str
    system: str | None = None
    controls: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


def upcoming(
    evaluation: Evaluation,
    *,
    days: int = UPCOMING_DAYS,
    readings: Mapping[str, datetime],
) -> list[Upcoming]:
    """What runs out after the evaluation's instant and within ``days``, the soonest first.

    Args:
        readings: When the schedule reads each source next; not in it: never.

    Cost: a query for each rule that has ``until``.

    Raises:
        PackError: An ``until`` cannot be run.
        EvaluationError: It ran into the limits of the evaluation.
    """
    end = evaluation.at + timedelta(days=days)
    found = [
        *_sources(evaluation, readings),
        *_documents(evaluation, end),
        *_attestations(evaluation, end),
        *_decisions(evaluation),
        *(one for rule in evaluation.pack.rules for one in _of_rule(evaluation, rule, end)),
    ]
    return _merged(one for one in found if evaluation.at < one.due <= end)


def _merged(found: Iterator[Upcoming]) -> list[Upcoming]:
    """By day; what several say of one subject and instant is said once."""
    ordered = sorted(found, key=lambda one: (one.due, one.about, one.topic == "rule"))
    merged = []
    for _, same in groupby(ordered, key=lambda one: (one.due, one.about)):
        first, *others = same
        controls = dict.fromkeys(c for one in (first, *others) for c in one.controls)
        rules = dict.fromkeys(r for one in (first, *others) for r in one.rules)
        merged.append(replace(first, controls=tuple(controls), rules=tuple(rules)))
    return merged


def _sources(evaluation: Evaluation, readings: Mapping[str, datetime]) -> Iterator[Upcoming]:
    """One line for each source: the day on which the first of its rules has no fresh evidence."""
    ends: dict[str, dict[str, datetime]] = {}
    for state in evaluation.sources:
        if state.finished_at is None or not state.is_read or state.source == SOURCE:
            continue
        of_source = ends.setdefault(state.source, {})
        for rule in _reading(evaluation, state.kind):
            end = state.finished_at + rule.max_age
            if end > evaluation.at:  # else it is stale already
                of_source[rule.id] = min(end, of_source.get(rule.id, end))
    for source, of_rules in ends.items():
        if not of_rules:
            continue
        due = min(of_rules.values())
        rules = sorted(rule for rule, end in of_rules.items() if end == due)
        later = len(of_rules) - len(rules)
        again = readings.get(source)
        yield Upcoming(
            topic="source",
            about=source,
            due=due,
            what=f"its newest reading stops counting for {len(rules)} rule{'s' * (len(rules) > 1)}"
            + (f", later for {later} more" if later else ""),
            todo=f"the schedule reads it again {again:%Y-%m-%d %H:%M} UTC: keep `annexa run` going"
            if again is not None and again <= due
            else f"read it before then: `annexa collect --source {source}`",
            owner=evaluation.owners.organisation,
            controls=tuple(
                dict.fromkeys(c for rule in rules for c in evaluation.pack.rule(rule).controls)
            ),
            rules=tuple(rules),
        )


def _reading(evaluation: Evaluation, kind: str) -> list[Rule]:
    """The rules that are asked and rest on a kind."""

    def rests(needs: Needs) -> bool:
        return kind in needs.rows or kind in needs.facts

    return [
        rule
        for rule in evaluation.pack.rules
        if rests(evaluation.needs[rule.id])
        and not (rule.disabled and rule.disabled.holds(evaluation.at))
    ]


_DOCUMENTS = """
select subject, coalesce(title, id, path), controls, system_id, owner, epoch_us(due) from (
  select *, case when review_by is not null then review_by + interval 1 day
                 else last_reviewed_at + interval 365 days end as due
  from document
  where is_current
) where due <= {end} order by subject
"""
_ATTESTATIONS = """
select subject, "statement", controls, system_id, who, epoch_us(expires_at), id
from attestation where valid and expires_at <= {end} order by subject
"""


def _documents(evaluation: Evaluation, end: datetime) -> Iterator[Upcoming]:
    if not _has_view(evaluation, "document"):
        return
    for subject, title, controls, system, owner, due in evaluation.fetch(
        _DOCUMENTS.format(end=_instant_sql(end))
    ):
        yield Upcoming(
            topic="document",
            about=subject,
            due=_instant(due),
            what=f"{title} is due for review",
            todo='review it and record that; "reviewed, no change" is a review',
            owner=owner or evaluation.owners.find(system, controls),
            system=system,
            controls=tuple(controls),
        )


def _attestations(evaluation: Evaluation, end: datetime) -> Iterator[Upcoming]:
    if not _has_view(evaluation, "attestation"):
        return
    for subject, statement, controls, system, who, due, id_ in evaluation.fetch(
        _ATTESTATIONS.format(end=_instant_sql(end))
    ):
        yield Upcoming(
            topic="attestation",
            about=subject,
            due=_instant(due),
            what=f"the attestation expires: {statement}",
            todo=f"have it attested anew: `annexa attest --supersedes {id_}`",
            owner=who,
            system=system,
            controls=tuple(controls),
        )


def _decisions(evaluation: Evaluation) -> Iterator[Upcoming]:
    """Exceptions, and rules that an overlay has switched off, with a last day."""
    for rule in evaluation.pack.rules:
        for one in evaluation.accepted.get(rule.id, ()):
            yield Upcoming(
                topic="exception",
                about=one.subject or rule.id,
                due=one.until,
                what=f"the exception to {rule.id} ends (leaf {one.leaf}): {one.reason}",
                todo="repair what it covers, or have it accepted anew: `annexa exception accept`",
                owner=evaluation.owners.find(one.system_id, rule.controls),
                system=one.system_id,
                controls=rule.controls,
                rules=(rule.id,),
            )
        off = rule.disabled
        if off is not None and off.until is not None:
            yield Upcoming(
                topic="switched-off",
                about=rule.id,
                due=datetime.combine(off.until, time.min, tzinfo=UTC),
                what=f"{rule.title}: the rule counts again, {off.overlay} had switched it off",
                todo=f"see that it holds: `annexa mapping test`, then ask {off.approved_by}",
                owner=evaluation.owners.find(None, rule.controls),
                controls=rule.controls,
                rules=(rule.id,),
            )


def _of_rule(evaluation: Evaluation, rule: Rule, end: datetime) -> Iterator[Upcoming]:
    texts = rule.texts
    if "until" not in texts or (rule.disabled and rule.disabled.holds(evaluation.at)):
        return
    rows = evaluation.ask(
        f"""select subject, system_id, epoch_us(until) from (
  select subject, system_id, try(({texts["until"]})::timestamptz) as until
  from (
{population_sql(rule)}
  )
  where try(({texts["where"]})::boolean) and try(({texts["pass"]})::boolean)
) where until <= {_instant_sql(end)} order by all""",
        where=f"rule {rule.id}: until",
    )
    for subject, system, due in rows:
        yield Upcoming(
            topic="rule",
            about=subject,
            due=_instant(due),
            what=f"no longer holds: {rule.title}",
            todo=rule.renew or "",
            owner=evaluation.owners.find(system, rule.controls),
            system=system,
            controls=rule.controls,
            rules=(rule.id,),
        )


def counted(found: Sequence[Upcoming]) -> dict[Topic, int]:
    """How many of each topic, in the order of the first of each."""
    numbers: dict[Topic, int] = {}
    for one in found:
        numbers[one.topic] = numbers.get(one.topic, 0) + 1
    return numbers


def _has_view(evaluation: Evaluation, name: str) -> bool:
    return any(view.name == name for view in evaluation.pack.views)


def _instant_sql(instant: datetime) -> str:
    return f"timestamptz {literal(instant.isoformat())}"


def _instant(microseconds: Any) -> datetime:
    seconds, rest = divmod(int(microseconds), 1_000_000)
    return datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest)
