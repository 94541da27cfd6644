"""What is not supported now: rules that do not hold, controls that wait, sources not read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..ledger.gap import MAX_SUBJECTS, GapNow
from .assessment import Assessment
from .outcome import UNASSIGNED, Cell, SourceState, State
from .pack import Pack
from .sealed import Sealed

SOURCE_RULE = "source"
"""The rule of a gap that is a source's own: it could not be read in full."""

_WAITING: Mapping[State, str] = {
    "waiting": "manual-pending",
    "stale": "stale",
    "unread": "inconclusive",
}


@dataclass(frozen=True, kw_only=True)
class Owners:
    """Who is asked: the system's owner, else the control's in the Statement of Applicability,
    else the organisation's."""

    of_system: Mapping[str, str]
    of_control: Mapping[str, str]
    organisation: str

    def find(self, system: str | None, controls: Sequence[str]) -> str:
        if system is not None and system in self.of_system:
            return self.of_system[system]
        named = (self.of_control[c] for c in controls if c in self.of_control)
        return next(named, self.organisation)


def read_owners(db: Sealed, organisation: str) -> Owners:
    systems = db.trusted(
        "select system_id, min(owner) from main.system where owner is not null group by all"
    )
    controls = db.trusted(
        "select control, min(owner) from soa where owner is not null group by all"
    )
    return Owners(of_system=dict(systems), of_control=dict(controls), organisation=organisation)


def gaps(
    db: Sealed, pack: Pack, assessment: Assessment, states: Sequence[SourceState], owners: Owners
) -> list[GapNow]:
    """All gaps, sources first, ordered by rule and system."""
    found = [*_of_sources(states, owners), *_of_cells(db, pack, assessment.cells, owners)]
    found += _of_controls(pack, assessment, owners)
    return found


def _of_sources(states: Iterable[SourceState], owners: Owners) -> Iterator[GapNow]:
    unread: dict[str, list[SourceState]] = {}
    for state in states:
        if not state.is_read:
            unread.setdefault(state.source, []).append(state)
    for source, kinds in sorted(unread.items()):
        first = kinds[0]
        systems = first.systems or ()
        told = f"{first.kind}: {first.verdict}"
        if first.problem:
            told += f" ({first.problem})"
        if first.remedy:
            told += f"; {first.remedy}"
        yield GapNow(
            rule=SOURCE_RULE,
            source=source,
            owner=owners.find(systems[0] if len(systems) == 1 else None, ()),
            outcome="inconclusive",
            cause=told,
            subjects=tuple(state.kind for state in kinds),
            count=len(kinds),
        )


def _of_cells(db: Sealed, pack: Pack, cells: Iterable[Cell], owners: Owners) -> Iterator[GapNow]:
    subjects = _subjects(db)
    for cell in cells:
        if cell.outcome in ("pass", "not-applicable", "accepted-exception"):
            continue
        if cell.outcome == "manual-pending" and _is_told(pack, cell):
            continue
        key = (cell.rule_id, cell.system_id or "", cell.outcome)
        named = subjects.get(key, [])
        count = {
            "fail": cell.n_fail,
            "inconclusive": cell.n_inconclusive,
            "attention": cell.n_attention,
        }.get(cell.outcome, 0)
        yield GapNow(
            rule=cell.rule_id,
            system=cell.system_id,
            source=cell.blame,
            owner=owners.find(cell.system_id, pack.rule(cell.rule_id).controls),
            outcome=cell.outcome,
            cause=cell.reason or "",
            subjects=tuple(named),
            count=count,
        )


def _is_told(pack: Pack, cell: Cell) -> bool:
    """Whether a control of the rule waits for the same document and has a line of its own."""
    waiting = {control.id for control in pack.catalogue.controls if control.kind != "automated"}
    return bool(waiting & set(pack.rule(cell.rule_id).controls))


def _subjects(db: Sealed) -> dict[tuple[str, str, str], list[str]]:
    """The first subjects per rule, system (empty: all of them) and outcome."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for system in ("''", f"coalesce(system_id, '{UNASSIGNED}')"):
        rows = db.trusted(
            f"select rule_id, {system}, outcome, min(subject, {MAX_SUBJECTS}) "
            "from result where outcome <> 'pass' group by all"
        )
        found |= {(rule, of, outcome): first for rule, of, outcome, first in rows}
    return found


def _of_controls(pack: Pack, assessment: Assessment, owners: Owners) -> Iterator[GapNow]:
    """Controls whose state is decided by a document or a judgement that a person owes."""
    for control in pack.catalogue.controls:
        state = assessment.coverage.of(control.id)
        if not state.by_person or state.state not in _WAITING:
            continue
        yield GapNow(
            rule=control.id,
            owner=owners.find(None, (control.id,)),
            outcome=_WAITING[state.state],
            cause=state.reason,
        )
