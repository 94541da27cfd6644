"""From counted rows to one outcome per rule and system.

A cell is the worst of its rows and of what stands in doubt; no rows are never a pass.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .doubt import Doubt
from .outcome import UNASSIGNED, Cell, Outcome
from .rule import Rule
from .tally import First, Tallies, Tally


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of a rule before its rows are looked at."""

    doubts: Sequence[Doubt]
    excluded: str | None
    """Why it is not asked: the Statement of Applicability excludes all of its controls, or an
    overlay has switched it off."""


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
