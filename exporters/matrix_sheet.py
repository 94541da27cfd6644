"""The control matrix: one row for each control, with its evidence and who looked at it."""

from collections.abc import Iterator, Mapping

from .contents import Contents
from .evidence_id import evidence_id
from .facts import Facts
from .request_list import evidence_list
from .workbook import Cell, Link

NOT_REVIEWED = "see the sign-offs beside the bundle, if there are any"
_COLUMNS = (
    "id", "title", "soa", "class", "owner", "result", "why", "evidence_ids", "evidence", "reviewer"
)  # fmt: skip


def matrix_columns(facts: Facts) -> tuple[str, ...]:
    """``result`` is of the organisation as a whole; each system follows."""
    return (*_COLUMNS, *(str(system) for system in facts.evaluation.systems))


def matrix_rows(contents: Contents, facts: Facts) -> Iterator[tuple[Cell, ...]]:
    evaluation, applicability = facts.evaluation, _applicability(contents)
    names = contents.names
    for control in evaluation.pack.catalogue.controls:
        folder, whole = f"03_controls/{control.id}", evaluation.coverage.of(control.id)
        listed = evidence_list(facts, control.id)
        files = (f"{folder}/results.csv", f"{folder}/population.csv", listed)
        yield (
            Link(control.id, f"{folder}/summary.md"),
            control.title,
            applicability.get(control.id, "not stated"),
            control.kind,
            evaluation.owners.find(None, (control.id,)),
            whole.state,
            whole.reason,
            "; ".join(evidence_id(name) for name in files if name in names),
            Link("list of the evidence", listed) if listed in names else None,
            NOT_REVIEWED,
            *(evaluation.coverage.of(control.id, s).state for s in evaluation.systems),
        )


def _applicability(contents: Contents) -> Mapping[str, str]:
    """By the Statement of Applicability; what it does not name is missing."""
    rows = contents.rows.run("select control, bool_and(excluded) from soa group by control")
    return {control: "excluded" if out else "applicable" for control, out in rows}
