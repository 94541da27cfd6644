"""Before an audit: what is missing, one line each, with who has to act and what to do.

Stage 1 looks at documents, the Statement of Applicability and whether everything can be read;
stage 2 at what the controls did as well; surveillance also at audits, reviews and old gaps.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ..ledger import Gap
from .coverage import NamedDocument
from .evaluation import Evaluation
from .outcome import ControlState, SourceState

Stage = Literal["1", "2", "surveillance"]
Topic = Literal["document", "control", "source", "finding", "history"]

SHORT_HISTORY = timedelta(days=90)
OLD_GAP = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Missing:
    topic: Topic
    about: str
    """A control, a clause, a source, or the id of a common finding."""
    owner: str
    what: str
    todo: str
    controls: tuple[str, ...]
    """Controls and clauses that it is about; none for the history as a whole."""


@dataclass(frozen=True, kw_only=True)
class History:
    """How long there has been something to look at."""

    judged_since: datetime | None
    gaps: Sequence[Gap]
    """Those that are open."""


def readiness(evaluation: Evaluation, history: History, stage: Stage) -> list[Missing]:
    """Everything that is missing, by topic."""
    found = [*_clauses(evaluation), *_controls(evaluation, by_person=True), *_sources(evaluation)]
    if stage == "1":
        return [*found, *_findings(evaluation, only={"6.1.3", "A.4.2"})]
    found += [*_controls(evaluation, by_person=False), *_findings(evaluation)]
    found += _history(evaluation, history)
    if stage == "surveillance":
        found += _old_gaps(evaluation, history)
    return found


def _clauses(evaluation: Evaluation) -> Iterator[Missing]:
    for clause in evaluation.pack.catalogue.clauses:
        if not clause.documented:
            continue
        problem = _objection([d for d in evaluation.documents if d.control == clause.id])
        if problem is not None:
            yield Missing(
                topic="document",
                about=clause.id,
                owner=evaluation.owners.find(None, (clause.id,)),
                what=f"{clause.title}: {problem}",
                todo=f"write, approve or review it, and name {clause.id} under `controls:`",
                controls=(clause.id,),
            )


def _objection(named: Iterable[NamedDocument]) -> str | None:
    documents = list(named)
    if any(document.approved and document.is_current for document in documents):
        return None
    if any(document.approved for document in documents):
        return "its document is past its review"
    return "its document is not approved" if documents else "no document names this clause"


def _controls(evaluation: Evaluation, *, by_person: bool) -> Iterator[Missing]:
    """Of the organisation as a whole: what a system lacks shows there too."""
    for state in evaluation.coverage.states:
        if state.system_id is not None or state.by_person != by_person:
            continue
        if state.state in ("supported", "excluded"):
            continue
        yield Missing(
            topic="document" if by_person else "control",
            about=state.control,
            owner=evaluation.owners.find(None, (state.control,)),
            what=f"{evaluation.pack.catalogue.title(state.control)}: {state.reason}",
            todo=_todo(evaluation, state),
            controls=(state.control,),
        )


def _todo(evaluation: Evaluation, state: ControlState) -> str:
    if state.by_person:
        document = evaluation.pack.catalogue.control(state.control).document
        return f"have it written, approved and kept current: {document or 'a document'}"
    if state.state == "unread":
        return "make the source readable, then collect again"
    return f"see `annexa explain {state.control}`"


def _sources(evaluation: Evaluation) -> Iterator[Missing]:
    """One line for each source and remedy, however many kinds wait for it."""
    unread: dict[tuple[str, str], list[SourceState]] = {}
    for state in evaluation.sources:
        if not state.is_read:
            unread.setdefault((state.source, state.remedy or "see `annexa doctor`"), []).append(
                state
            )
    for (source, remedy), states in unread.items():
        first, systems = states[0], states[0].systems or ()
        more = f", and {len(states) - 1} more" if len(states) > 1 else ""
        yield Missing(
            topic="source",
            about=source,
            owner=evaluation.owners.find(systems[0] if len(systems) == 1 else None, ()),
            what=f"{first.kind}: {first.problem or first.verdict}{more}",
            todo=remedy,
            controls=_resting(evaluation, {state.kind for state in states}),
        )


def _resting(evaluation: Evaluation, kinds: Set[str]) -> tuple[str, ...]:
    """Controls of the rules that rest on one of these kinds, in the pack's order."""
    resting = (
        control
        for rule in evaluation.pack.rules
        if kinds & (evaluation.needs[rule.id].rows | evaluation.needs[rule.id].facts)
        for control in rule.controls
    )
    found = set(resting)
    catalogue = evaluation.pack.catalogue
    ids = [*(one.id for one in catalogue.controls), *(one.id for one in catalogue.clauses)]
    return tuple(id_ for id_ in ids if id_ in found)


def _of_rule(evaluation: Evaluation, about: str) -> tuple[str, ...]:
    """Those that a gap's rule supports; a gap may be a control's own, or a source's."""
    if about in evaluation.pack.catalogue.ids:
        return (about,)
    return next((rule.controls for rule in evaluation.pack.rules if rule.id == about), ())


def _findings(evaluation: Evaluation, only: set[str] | None = None) -> Iterator[Missing]:
    for finding in evaluation.pack.common_findings:
        if only is not None and not only & set(finding.controls):
            continue
        cells = [
            cell
            for cell in evaluation.cells
            if cell.rule_id in finding.rules
            and cell.outcome not in ("pass", "not-applicable", "accepted-exception")
        ]
        if finding.rules and not cells:
            continue
        told = sorted({cell.rule_id for cell in cells})
        reason = next(
            (cell.reason for cell in cells if cell.outcome == "fail" and cell.reason), None
        )
        shown = f"{', '.join(told)}: {reason or 'cannot be told yet'}" if told else "ask for it"
        yield Missing(
            topic="finding",
            about=finding.id,
            owner=evaluation.owners.find(None, finding.controls),
            what=f"{finding.title} ({shown})",
            todo=finding.todo,
            controls=tuple(finding.controls),
        )


def _history(evaluation: Evaluation, history: History) -> Iterator[Missing]:
    since = history.judged_since
    if since is not None and evaluation.at - since >= SHORT_HISTORY:
        return
    shown = "nothing was judged before" if since is None else f"judged since {since:%Y-%m-%d} only"
    yield Missing(
        topic="history",
        about="ledger",
        owner=evaluation.owners.organisation,
        what=f"an auditor looks at operation over time, and there is little of it: {shown}",
        todo="keep `annexa run` going, and say in the audit plan since when it operates",
        controls=(),
    )


def _old_gaps(evaluation: Evaluation, history: History) -> Iterator[Missing]:
    for gap in history.gaps:
        if evaluation.at - gap.opened_at >= OLD_GAP:
            yield Missing(
                topic="history",
                about=gap.rule,
                owner=gap.owner,
                what=f"{gap.system or gap.source or 'the organisation'}: open since "
                f"{gap.opened_at:%Y-%m-%d}: {gap.cause}",
                todo="close it, or have it accepted with a reason and a day",
                controls=_of_rule(evaluation, gap.rule),
            )
