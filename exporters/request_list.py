"""The request list: what each control and each clause with documented information asks for.

An auditor's own requests come from the auditor. These are prepared from the pack before anybody
asks: numbered in the order of the catalogue, so that a number means the same in every bundle of a
pack.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ..mappings.pack import Pack
from ..mappings.period import Period
from .evidence_id import evidence_id
from .facts import Facts
from .rows import Value

REQUEST_COLUMNS = (
    "request", "about", "title", "wording", "raised_by", "owner", "due", "status", "stands_at",
    "why", "evidence_ids", "file",
)  # fmt: skip
RAISED_BY = "prepared from the pack; no auditor raised it"


@dataclass(frozen=True, kw_only=True)
class Request:
    number: str
    """``PBC-012``."""
    about: str
    """A control or a clause."""
    title: str
    wording: str
    is_control: bool

    @property
    def folder(self) -> str:
        return f"{'03_controls' if self.is_control else '04_clauses'}/{self.about}"

    def file_name(self, period: Period, version: int) -> str:
        """``PBC-012_A.6.2.5_evidence_2026Q4_v1.csv``: it says what it is wherever it lies."""
        when = period.label.replace("-", "").replace("..", "-")
        return f"{self.number}_{self.about}_evidence_{when}_v{version}.csv"


def requests(pack: Pack) -> list[Request]:
    """Controls first, then the clauses that want documented information or that a rule is about."""
    catalogue = pack.catalogue
    wanted = [
        (control.id, control.title, _both(control.looked_for, control.document), True)
        for control in catalogue.controls
    ]
    wanted += [
        (clause.id, clause.title, f"Records and documented information: {clause.title}.", False)
        for clause in catalogue.clauses
        if clause.documented or pack.rules_for(clause.id)
    ]
    return [
        Request(
            number=f"PBC-{number:03d}",
            about=about,
            title=title,
            wording=wording,
            is_control=is_control,
        )
        for number, (about, title, wording, is_control) in enumerate(wanted, 1)
    ]


def _both(looked_for: str, document: str | None) -> str:
    return f"{looked_for} By a person: {document}." if document else looked_for


def evidence_list(facts: Facts, about: str) -> str:
    """Where the evidence of a control, or of a clause with rules, is listed, under ``data/``."""
    (mine,) = (one for one in requests(facts.evaluation.pack) if one.about == about)
    return f"{mine.folder}/evidence/{mine.file_name(facts.period, facts.version)}"


def request_rows(facts: Facts, is_there: frozenset[str]) -> Iterator[tuple[Value, ...]]:
    """In the order of `REQUEST_COLUMNS`.

    Args:
        is_there: Names under ``data/`` of what was written so far.
    """
    yield from _of_the_auditor(facts)
    evaluation = facts.evaluation
    for request in requests(evaluation.pack):
        file = evidence_list(facts, request.about)
        names = (f"{request.folder}/results.csv", f"{request.folder}/population.csv", file)
        found = [name for name in names if name in is_there]
        state, why = _stands(facts, request)
        yield (
            request.number,
            request.about,
            request.title,
            request.wording,
            RAISED_BY,
            evaluation.owners.find(None, (request.about,)),
            None,
            _STATUS.get(state, "in progress" if found else "open"),
            state,
            why,
            "; ".join(evidence_id(name) for name in found),
            file if file in is_there else None,
        )


def _of_the_auditor(facts: Facts) -> Iterator[tuple[Value, ...]]:
    """Those that the engagement names."""
    if facts.engagement is None:
        return
    by = facts.engagement.parties.get("auditor", "the auditor")
    for one in facts.engagement.requests:
        due = one.due.isoformat() if one.due else None
        yield (
            one.id, "; ".join(one.controls), None, one.wording, by, one.owner, due,
            one.status or "open", None, None, one.evidence, None,
        )  # fmt: skip


_STATUS = {"supported": "submitted", "excluded": "closed: excluded with a reason"}


def _stands(facts: Facts, request: Request) -> tuple[str, str]:
    if request.is_control:
        state = facts.evaluation.coverage.of(request.about, None)
        return state.state, state.reason
    named = [d for d in facts.evaluation.documents if d.control == request.about]
    if any(document.approved and document.is_current for document in named):
        return "supported", f"an approved and current document names {request.about}"
    return "waiting", f"no approved and current document names {request.about}"
