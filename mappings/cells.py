"""From rows to one outcome per rule and system.

A cell is the worst of its rows and of what stands in doubt; no rows are never a pass.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .doubt import Doubt
from .judgement import RuleGroup
from .outcome import UNASSIGNED, Cell, Outcome
from .rule import Rule
from .sealed import Sealed

_COUNTS = f"""
select rule_id, coalesce(system_id, '{UNASSIGNED}'),
  count(*) filter (where outcome = 'pass'),
  count(*) filter (where outcome = 'fail'),
  count(*) filter (where outcome = 'inconclusive'),
  count(*) filter (where outcome = 'attention'),
  count(*) filter (where not evaluated),
  count(*) filter (where outcome = 'accepted-exception'),
  min(row(subject, reason)) filter (where outcome = 'fail'),
  min(row(subject, reason)) filter (where outcome = 'inconclusive'),
  min(row(subject, reason)) filter (where outcome = 'attention'),
  min(row(subject, reason)) filter (where outcome = 'accepted-exception')
from ({{rows}})
group by all
"""


First = tuple[str, str | None] | None
"""The subject that comes first, and the reason given for it."""


@dataclass(frozen=True)
class Tally:
    """What the rows of one rule and system said."""

    passed: int = 0
    failed: int = 0
    inconclusive: int = 0
    attention: int = 0
    broken: int = 0
    accepted: int = 0
    first_fail: First = None
    first_inconclusive: First = None
    first_attention: First = None
    first_accepted: First = None

    @property
    def rows(self) -> int:
        return self.passed + self.failed + self.inconclusive + self.attention + self.accepted

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.passed + other.passed,
            self.failed + other.failed,
            self.inconclusive + other.inconclusive,
            self.attention + other.attention,
            self.broken + other.broken,
            self.accepted + other.accepted,
            _first(self.first_fail, other.first_fail),
            _first(self.first_inconclusive, other.first_inconclusive),
            _first(self.first_attention, other.first_attention),
            _first(self.first_accepted, other.first_accepted),
        )


def _first(one: First, other: First) -> First:
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda found: (found[0], found[1] or ""))


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of a rule before its rows are looked at."""

    doubts: Sequence[Doubt]
    excluded: str | None
    """Why it is not asked: the Statement of Applicability excludes all of its controls, or an
    overlay has switched it off."""


Tallies = dict[tuple[str, str], Tally]
"""(rule, system or `UNASSIGNED`) -> what its rows said."""


def tallies(db: Sealed, group: RuleGroup) -> Tallies:
    """The rows of these rules, counted."""
    rows = db.trusted(_COUNTS.format(rows=" union all ".join(group.rows_sql())))
    return {
        (rule, system): Tally(*counted[:6], *map(_pair, counted[6:]))
        for rule, system, *counted in rows
    }


def _pair(found: dict[str, Any] | tuple[Any, ...] | None) -> First:
    """A struct as DuckDB's Python gives it."""
    if found is None:
        return None
    subject, reason = found.values() if isinstance(found, dict) else found
    return str(subject), reason


def rule_cells(
    rule: Rule,
    standing: Standing,
    systems: Sequence[str],
    by_system: Tallies,
) -> Iterator[Cell]:
    """The cells of one rule, systems in order, the organisation or unassigned rows last."""
    total = sum((by_system[key] for key in by_system if key[0] == rule.id), Tally())
    if rule.scope == "organisation":
        yield _cell(rule, None, total, standing)
        return
    made = 0
    for system in systems:
        tally = by_system.get((rule.id, system), Tally())
        if tally.rows or _tells_something(rule, system, standing):
            made += 1
            yield _cell(rule, system, tally, standing)
    if (rule.id, UNASSIGNED) in by_system:
        yield _cell(rule, UNASSIGNED, by_system[rule.id, UNASSIGNED], standing)
    elif not made:
        yield _cell(rule, None, total, standing)


def _tells_something(rule: Rule, system: str, standing: Standing) -> bool:
    """Whether a system without rows gets a cell."""
    if standing.excluded is not None or rule.without_rows != "skip":
        return True
    return any(doubt.covers(system) and doubt.forbids_pass for doubt in standing.doubts)


def _cell(rule: Rule, system: str | None, tally: Tally, standing: Standing) -> Cell:
    """Decide one outcome: not-applicable, fail, inconclusive, manual-pending, stale, attention,
    accepted-exception, pass."""
    asked = None if system in (None, UNASSIGNED) else system
    mine = [doubt for doubt in standing.doubts if doubt.covers(asked)]
    unread = next((doubt for doubt in mine if doubt.forbids_pass), None)
    old = next((doubt for doubt in mine if doubt.is_stale), None)

    def cell(outcome: Outcome, reason: str | None, blame: Doubt | None = None) -> Cell:
        return Cell(
            rule_id=rule.id,
            system_id=system,
            outcome=outcome,
            n_pass=tally.passed,
            n_fail=tally.failed,
            n_inconclusive=tally.inconclusive,
            n_attention=tally.attention,
            n_not_evaluated=tally.broken,
            n_accepted=tally.accepted,
            reason=reason,
            blame=blame.source if blame else None,
            blame_run=blame.run if blame else None,
        )

    if standing.excluded is not None:
        return cell("not-applicable", standing.excluded)
    if tally.failed:
        return cell("fail", _of(tally.failed, tally.rows, tally.first_fail))
    if unread is not None:
        return cell("inconclusive", unread.text, unread)
    if not tally.rows:
        return cell(*_empty(rule, system))
    if tally.inconclusive:
        text = _of(tally.inconclusive, tally.rows, tally.first_inconclusive)
        return cell("inconclusive", text)
    if old is not None:
        return cell("stale", old.text, old)
    if tally.attention:
        return cell("attention", _of(tally.attention, tally.rows, tally.first_attention))
    if tally.accepted:
        text = _of(tally.accepted, tally.rows, tally.first_accepted)
        return cell("accepted-exception", text)
    return cell("pass", None)


def _empty(rule: Rule, system: str | None) -> tuple[Outcome, str]:
    if rule.asks_a_person:
        names = " or ".join(rule.controls)
        return "manual-pending", f"no approved document and no attestation names {names}"
    if system is None:
        return rule.on_empty, f"there is no {rule.population} to which this rule applies"
    outcome: Outcome = "fail" if rule.without_rows == "fail" else "inconclusive"
    return outcome, f"the system has no {rule.population} to which this rule applies"


def _of(part: int, whole: int, first: First) -> str:
    return f"{part} of {whole}: {first[1] if first else None}"
