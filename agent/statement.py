"""The Statement of Applicability: as it was in force at some instant, and a proposal for the next.

A proposal never excludes a control by itself: that is a decision, and a person has to say why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from ..collectors.documents.kinds import SOA_ENTRY, SoaEntry
from ..ledger import Ledger
from ..mappings.catalogue import Catalogue, Control

if TYPE_CHECKING:
    from ..mappings.evaluation import Evaluation


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One control as one source's statement has it; without a source nobody decided."""

    control: str
    title: str
    source: str | None
    applicable: bool | None
    justification: str | None
    owner: str | None
    version: str | None
    approved_by: str | None
    approved_at: str | None
    known_since: datetime | None
    """When this wording was first read."""
    problem: str | None
    """What an auditor would object to, in a few words."""


def in_force(ledger: Ledger, catalogue: Catalogue, at: datetime | None) -> list[Entry]:
    """Every control of the catalogue, once for each source that has a statement."""
    found: dict[str, list[Entry]] = {}
    decode = msgspec.json.Decoder(SoaEntry).decode
    for record in ledger.snapshot(at).records(SOA_ENTRY.name):
        entry = decode(record.body)
        control = entry.control.strip().upper()
        found.setdefault(control, []).append(
            Entry(
                control=control,
                title=_title(catalogue, control),
                source=record.source,
                applicable=entry.applicable,
                justification=(entry.justification or "").strip() or None,
                owner=entry.owner,
                version=entry.soa_version,
                approved_by=entry.approved_by,
                approved_at=entry.approved_at,
                known_since=record.observed_at,
                problem=_problem(entry, catalogue),
            )
        )
    ordered = [control.id for control in catalogue.controls]
    ordered += sorted(found.keys() - set(ordered))
    return [
        entry
        for control in ordered
        for entry in sorted(found.get(control, [_missing(catalogue, control)]), key=_source)
    ]


def _source(entry: Entry) -> str:
    return entry.source or ""


def _title(catalogue: Catalogue, control: str) -> str:
    return catalogue.title(control) if control in catalogue.ids else ""


def _problem(entry: SoaEntry, catalogue: Catalogue) -> str | None:
    if entry.control.strip().upper() not in catalogue.ids:
        return "the catalogue has no such control"
    if entry.applicable is None:
        return "says neither applicable nor excluded"
    if not (entry.justification or "").strip():
        return "included without a reason" if entry.applicable else "excluded without a reason"
    if not (entry.approved_by and entry.approved_at):
        return "the statement is not approved"
    return None


def _missing(catalogue: Catalogue, control: str) -> Entry:
    return Entry(
        control=control,
        title=_title(catalogue, control),
        source=None,
        applicable=None,
        justification=None,
        owner=None,
        version=None,
        approved_by=None,
        approved_at=None,
        known_since=None,
        problem="no statement names it",
    )


def draft(evaluation: "Evaluation", entries: Sequence[Entry]) -> str:
    """YAML that the documents collector reads: what stands already, and a proposal for the rest.

    A comment above each control says what was found that speaks for it.
    """
    decided = {one.control: one for one in entries if one.source is not None}
    found = _populations(evaluation)
    lines = [
        "# Statement of Applicability: a proposal. Read each line, correct it, have it approved;",
        "# then fill in the lines below. An exclusion needs `applicable: false` and a reason.",
        "version: draft",
        "# approved_by: somebody@example.org",
        f"# approved_at: {evaluation.at:%Y-%m-%d}",
        "controls:",
    ]
    for control in evaluation.pack.catalogue.controls:
        lines += _draft_entry(control, decided.get(control.id), found.get(control.id, {}))
    return "\n".join(lines) + "\n"


def _populations(evaluation: "Evaluation") -> dict[str, dict[str, int]]:
    """Control -> population of its rules -> rows, of the rule that has most of them."""
    rows: dict[str, int] = {}
    for cell in evaluation.cells:
        rows[cell.rule_id] = rows.get(cell.rule_id, 0) + cell.population
    found: dict[str, dict[str, int]] = {}
    for rule in evaluation.pack.rules:
        for control in rule.controls:
            seen = found.setdefault(control, {})
            seen[rule.population] = max(seen.get(rule.population, 0), rows.get(rule.id, 0))
    return found


def _draft_entry(control: Control, decided: Entry | None, found: Mapping[str, int]) -> list[str]:
    there = ", ".join(f"{number} {name}" for name, number in sorted(found.items()) if number)
    title = f"  # {control.id} {control.title}"
    if decided is not None:
        note = f" (in force; {decided.problem})" if decided.problem else " (in force)"
        entry: dict[str, object] = {
            "applicable": decided.applicable,
            "justification": decided.justification,
            "owner": decided.owner,
        }
    elif there:
        note = f" (proposed: found {there})"
        entry = {
            "applicable": True,
            "justification": f"Found in our platforms: {there}.",
            "owner": None,
        }
    else:
        note = " (nothing was found that decides it: a person has to)"
        entry = {"applicable": None, "justification": None, "owner": None}
    # JSON is YAML: quoting is right whatever the text holds
    pairs = ", ".join(f"{key}: {_json(value)}" for key, value in entry.items() if value is not None)
    return [title + note, f"  {control.id}: {{{pairs}}}"]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode("utf-8")
