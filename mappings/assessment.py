"""Rules over views that are tables already: what an evaluation and a replay have in common.

The connection holds every view of the pack by name and ``source_state``. Nothing is read from
anywhere else, so the same tables and the same instant give the same outcomes, whoever asks.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..collectors.contract import Kind
from .cells import Standing, rule_cells
from .conventions import Conventions
from .coverage import Evidence, NamedDocument, coverage
from .doubt import Doubt, Needs, doubts, rule_needs, view_needs
from .exceptions import ExceptionsOf, read_exceptions
from .judgement import rule_groups
from .judging import Judge
from .kept import Stamps
from .macros import rule_macros, view_macros
from .outcome import UNASSIGNED, Cell, Coverage, SourceState
from .pack import Pack
from .rule import Rule
from .sealed import Sealed

SOURCE_STATE_COLUMNS = {
    "source": "VARCHAR",
    "kind": "VARCHAR",
    "verdict": "VARCHAR",
    "finished_at": "TIMESTAMPTZ",
    "last_complete_at": "TIMESTAMPTZ",
    "systems": "VARCHAR[]",
    "problem": "VARCHAR",
    "remedy": "VARCHAR",
    "run": "BIGINT",
}
CATALOGUE_COLUMNS = {"control": "VARCHAR", "title": "VARCHAR", "class": "VARCHAR"}
"""Annex A only; rules read it to ask whether something exists for each control."""


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What the rules said."""

    cells: tuple[Cell, ...]
    coverage: Coverage
    systems: tuple[str, ...]
    doubts: Mapping[str, tuple[Doubt, ...]]
    """Rule -> what stood in the way."""
    needs: Mapping[str, Needs]
    """Rule -> the kinds that it rests on."""
    rows_sha256: Mapping[str, str]
    """Digests over all rows that were judged."""
    accepted: ExceptionsOf
    documents: tuple[NamedDocument, ...]


def evaluate_rules(
    db: Sealed,
    pack: Pack,
    as_of: datetime,
    kinds: Mapping[str, Kind],
    *,
    stamps: Stamps | None = None,
) -> Assessment:
    """Judge every row under every rule into ``result``, and decide cells and coverage.

    Args:
        stamps: Of the views, and of what was judged before.

    Raises:
        PackError: A rule's SQL cannot be run; the message names the rule.
        EvaluationError: A rule took more time or memory than it may.
    """
    # The conventions are needed to parse the views, which are tables already.
    for macro in (*view_macros(Conventions()), *rule_macros(as_of, shared=True)):
        db.trusted(macro)
    states = read_states(db)
    views = view_needs(db, pack, kinds)
    excluded = _excluded(db)
    needs = {rule.id: rule_needs(db, rule, views, kinds) for rule in pack.rules}
    standings = {
        rule.id: _standing(rule, needs[rule.id], states, as_of, excluded) for rule in pack.rules
    }
    in_doubt = {name: standing.doubts for name, standing in standings.items()}
    accepted = read_exceptions(db, as_of)
    judge = Judge(db, as_of, in_doubt, accepted, stamps or Stamps())
    judged = judge.all(rule_groups(pack.rules))
    by_system = {key: tally for one in judged.values() for key, tally in one.tallies.items()}
    systems = _systems(db, by_system)
    cells = tuple(
        cell
        for rule in pack.rules
        for cell in rule_cells(rule, standings[rule.id], systems, by_system)
    )
    evidence = Evidence(
        pack=pack,
        cells=cells,
        systems=systems,
        documents=_documents(db, pack),
        unread_documents=_unread_documents(states),
        excluded=excluded,
    )
    return Assessment(
        cells=cells,
        coverage=coverage(evidence),
        systems=systems,
        doubts={name: tuple(standing.doubts) for name, standing in standings.items()},
        needs=needs,
        rows_sha256={name: one.sha256 for name, one in judged.items()},
        accepted=accepted,
        documents=tuple(evidence.documents),
    )


def _standing(
    rule: Rule,
    needs: Needs,
    states: Sequence[SourceState],
    as_of: datetime,
    excluded: Mapping[str, str],
) -> Standing:
    return Standing(
        doubts=doubts(needs, states, as_of, rule.max_age),
        excluded=_not_asked(rule, as_of, excluded),
    )


def _not_asked(rule: Rule, as_of: datetime, excluded: Mapping[str, str]) -> str | None:
    if rule.disabled is not None and rule.disabled.holds(as_of):
        return str(rule.disabled)
    reasons = [excluded.get(control) for control in rule.controls]
    if None in reasons:
        return None
    return f"excluded: {'; '.join(filter(None, dict.fromkeys(reasons)))}"


def read_states(db: Sealed) -> list[SourceState]:
    """``source_state`` as values, ordered by source and kind."""
    rows = db.trusted(
        "select source, kind, verdict, epoch_us(finished_at), epoch_us(last_complete_at), "
        "systems, problem, remedy, run from source_state order by source, kind"
    )
    return [
        SourceState(
            source=row[0],
            kind=row[1],
            verdict=row[2],
            finished_at=_instant(row[3]),
            last_complete_at=_instant(row[4]),
            systems=None if row[5] is None else tuple(row[5]),
            problem=row[6],
            remedy=row[7],
            run=row[8],
        )
        for row in rows
    ]


def _instant(microseconds: Any) -> datetime | None:
    if microseconds is None:
        return None
    seconds, rest = divmod(int(microseconds), 1_000_000)
    return datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest)


def _systems(db: Sealed, judged: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Declared, discovered, and those that only rows of results name."""
    rows = db.trusted("select distinct system_id from main.system where system_id is not null")
    found = {str(row[0]) for row in rows} | {system for _, system in judged}
    return tuple(sorted(found - {UNASSIGNED}))


def _excluded(db: Sealed) -> dict[str, str]:
    """Controls that every statement on record excludes, with a reason."""
    rows = db.trusted(
        "select control, min(justification) from soa group by control "
        "having count(*) filter (where excluded is not true) = 0"
    )
    return {str(control): str(reason) for control, reason in rows}


def _documents(db: Sealed, pack: Pack) -> list[NamedDocument]:
    """Documents, and attestations that nobody took back."""
    found = (
        "select unnest(controls), subject, systems, approved is true, is_current is true "
        "from document"
    )
    if any(view.name == "attestation" for view in pack.views):
        found += (
            " union all select unnest(controls), subject, systems, true, valid is true "
            "from attestation where state in ('valid', 'expired')"
        )
    rows = db.trusted(f"{found} order by all")
    return [
        NamedDocument(
            control=row[0],
            subject=row[1],
            systems=tuple(row[2] or ()),
            approved=row[3],
            is_current=row[4],
        )
        for row in rows
    ]


def _unread_documents(states: Iterable[SourceState]) -> str | None:
    seen = [state for state in states if state.kind == "documents.document"]
    for state in seen:
        if not state.is_read:
            return f"{state.source} could not be read in full ({state.verdict})"
    return None if seen else "no source of documents is read"
