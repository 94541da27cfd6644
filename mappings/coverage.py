"""Where each control stands, for the organisation and for each system: six states, kept apart.

Rules speak for what system records can show; a *partial* or *manual* control also needs a
document (or an attestation) by a person that names the control, is approved and is current. The
worst of both counts: failing, unread, stale, waiting, supported. Excluded with a reason goes
before all of them.

Clauses stand in the same states and are taken like partial or manual controls: whatever rules say,
none is supported before a document or a named person speaks for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .catalogue import Class, Clause, Control
from .outcome import Cell, ControlState, Coverage, Outcome, State
from .pack import Pack
from .rule import Rule

_WORST: tuple[State, ...] = ("failing", "unread", "stale", "waiting", "supported")
_STATE: Mapping[Outcome, State] = {
    "fail": "failing",
    "inconclusive": "unread",
    "stale": "stale",
    "attention": "waiting",
    "accepted-exception": "waiting",
    "pass": "supported",
}


@dataclass(frozen=True, kw_only=True)
class NamedDocument:
    """A document or an attestation that names a control."""

    control: str
    subject: str
    systems: tuple[str, ...]
    """Empty: all of them."""
    approved: bool
    is_current: bool

    def covers(self, system_id: str | None) -> bool:
        return not self.systems or (system_id is not None and system_id in self.systems)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What coverage is computed from."""

    pack: Pack
    cells: Sequence[Cell]
    systems: Sequence[str]
    documents: Sequence[NamedDocument]
    unread_documents: str | None
    """Why the documents were not read in full; None: they were."""
    excluded: Mapping[str, str]
    """Control -> justification in the Statement of Applicability."""


def coverage(evidence: Evidence) -> Coverage:
    """Every control of the catalogue: first the organisation, then the systems in order."""
    by_rule: dict[str, list[Cell]] = {}
    for cell in evidence.cells:
        by_rule.setdefault(cell.rule_id, []).append(cell)
    catalogue, rules_for = evidence.pack.catalogue, evidence.pack.rules_for
    return Coverage(
        states=tuple(
            _state(evidence, control, system, by_rule, rules_for(control.id))
            for control in catalogue.controls
            for system in (None, *evidence.systems)
        ),
        clauses=tuple(
            _state(evidence, _as_control(clause, rules), None, by_rule, rules)
            for clause in catalogue.clauses
            for rules in (rules_for(clause.id),)
        ),
    )


def _as_control(clause: Clause, rules: Sequence[Rule]) -> Control:
    by_system = any(not rule.asks_a_person for rule in rules)
    kind: Class = "partial" if by_system else "manual"
    document = "documented information" if clause.documented else "what a person can show or say"
    return Control(id=clause.id, title=clause.title, kind=kind, looked_for="", document=document)


def _state(
    evidence: Evidence,
    control: Control,
    system: str | None,
    cells: Mapping[str, Sequence[Cell]],
    rules: Sequence[Rule],
) -> ControlState:
    named = [d for d in evidence.documents if d.control == control.id]
    good = tuple(d.subject for d in named if d.covers(system) and d.approved and d.is_current)

    def state(found: State, reason: str, by_person: bool = False) -> ControlState:
        return ControlState(
            control=control.id,
            system_id=system,
            state=found,
            reason=reason,
            rules=tuple(rule.id for rule in rules),
            documents=good,
            by_person=by_person,
        )

    if control.id in evidence.excluded:
        return state("excluded", evidence.excluded[control.id])
    on_record = [rule for rule in rules if not rule.asks_a_person]
    on_paper = [rule for rule in rules if rule.asks_a_person]
    votes = [(*vote, False) for vote in _told(system, cells, on_record)]
    if on_record and not votes and control.kind != "manual":
        votes.append(("unread", "nothing was found that the rules apply to", False))
    if not on_record and control.kind != "manual":
        reason = "no rule of this pack tests the system records; a person has to"
        votes.append(("waiting", reason, True))
    votes += [(*vote, False) for vote in _told(system, cells, on_paper)]
    if control.kind != "automated":
        votes.append((*_person(evidence, control, system, named), True))
    return state(*min(votes, key=lambda vote: _WORST.index(vote[0])))


def _told(
    system: str | None, cells: Mapping[str, Sequence[Cell]], rules: Sequence[Rule]
) -> Iterator[tuple[State, str]]:
    found = [cell for rule in rules for cell in cells.get(rule.id, ())]
    mine = found if system is None else [cell for cell in found if cell.system_id == system]
    if not mine:  # what is only tested for the organisation as a whole holds for its systems
        mine = [cell for cell in found if cell.system_id is None]
    # That nobody gave a document yet is what `_person` says, with what is needed.
    counted = [c for c in mine if c.outcome in _STATE]
    told = [cell for cell in counted if cell.population or cell.blame]
    # A rule that found nothing to judge takes nothing away from those that did.
    for cell in told or counted:
        of = f" ({cell.system_id})" if system is None and cell.system_id else ""
        yield _STATE[cell.outcome], f"{cell.rule_id}{of}: {cell.reason or 'holds'}"


def _person(
    evidence: Evidence, control: Control, system: str | None, named: Iterable[NamedDocument]
) -> tuple[State, str]:
    wanted = control.document or "a document"
    mine = [d for d in named if d.covers(system)]
    if system is None and not mine and evidence.systems:
        own = [
            _person(evidence, control, each, [d for d in named if d.covers(each)])
            for each in evidence.systems
        ]
        return min(own, key=lambda vote: _WORST.index(vote[0]))
    if any(d.approved and d.is_current for d in mine):
        return "supported", f"an approved and current document names {control.id}"
    if evidence.unread_documents is not None:
        return "unread", evidence.unread_documents
    if any(d.approved for d in mine):
        return "stale", f"the document that names {control.id} is past its review"
    if mine:
        return "waiting", f"the document that names {control.id} is not approved"
    return "waiting", f"no document names {control.id}; needed: {wanted}"
