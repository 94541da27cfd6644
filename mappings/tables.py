"""The DuckDB database of one evaluation: records in, views built from them, outcomes stored."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ..collectors.attestations import ATTESTATION, SOURCE
from ..collectors.contract import Kind
from ..ledger import Ledger
from .assessment import CATALOGUE_COLUMNS, SOURCE_STATE_COLUMNS, Assessment
from .conventions import Conventions
from .exceptions import EXCEPTION_COLUMNS, exceptions
from .graph import work_off
from .kind_table import identifier, table_name
from .loading import load_kinds, make_table
from .macros import rule_macros, view_macros
from .pack import Pack
from .sealed import Sealed
from .source_states import (
    ExpectedSource,
    attestation_state,
    source_states,
    with_unknown_in_doubt,
)

CELL_COLUMNS = {
    "rule_id": "VARCHAR",
    "system_id": "VARCHAR",
    "outcome": "VARCHAR",
    "n_pass": "BIGINT",
    "n_fail": "BIGINT",
    "n_inconclusive": "BIGINT",
    "n_attention": "BIGINT",
    "n_not_evaluated": "BIGINT",
    "n_accepted": "BIGINT",
    "reason": "VARCHAR",
    "blame": "VARCHAR",
    "blame_run": "BIGINT",
}
CONTROL_STATE_COLUMNS = {
    "control": "VARCHAR",
    "system_id": "VARCHAR",
    "state": "VARCHAR",
    "reason": "VARCHAR",
    "rules": "VARCHAR[]",
    "documents": "VARCHAR[]",
    "by_person": "BOOLEAN",
}
OWN_TABLES = ("catalogue", "source_state", "exception", "result", "cell", "control_state")
"""What an evaluation's database holds beside the views."""


def load_snapshot(
    db: Sealed,
    ledger: Ledger,
    kinds: Mapping[str, Kind],
    *,
    pack: Pack,
    at: datetime,
    expected: Sequence[ExpectedSource],
    scratch: Path,
) -> int:
    """Fill one table for each kind and ``source_state``; returns the newest run's number.

    Raises:
        PackError: A record does not fit its kind.
    """
    snapshot = ledger.snapshot(at)

    load_kinds(db, kinds.values(), snapshot.bodies, scratch, pack.words)
    latest = ledger.latest_runs(at)
    seen = source_states(latest, ledger.last_complete(at), expected)
    states = [*with_unknown_in_doubt(seen, kinds)]
    if SOURCE in latest or table_name(ATTESTATION.name) in pack.words:
        states.append(attestation_state(at, latest))
    fields = tuple(SOURCE_STATE_COLUMNS)
    make_table(
        db,
        "source_state",
        SOURCE_STATE_COLUMNS,
        [{field: getattr(state, field) for field in fields} for state in states],
    )
    make_table(db, "exception", EXCEPTION_COLUMNS, [vars(one) for one in exceptions(ledger, at)])
    return snapshot.run


def build_views(db: Sealed, pack: Pack, conventions: Conventions, as_of: datetime) -> None:
    """Make every view a table, in the pack's order, and ``catalogue`` beside them.

    Raises:
        PackError: A fragment's SQL cannot be run; the message names its file.
    """
    for macro in (*rule_macros(as_of, shared=True), *view_macros(conventions)):
        db.trusted(macro)
    make_table(
        db,
        "catalogue",
        CATALOGUE_COLUMNS,
        [{"control": c.id, "title": c.title, "class": c.kind} for c in pack.catalogue.controls],
    )
    needs: dict[str, set[str]] = {}
    for view in pack.views:
        db.run(view.create_sql, where="views.yaml")
        read = [db.tables_of(fragment.sql, fragment.file) for fragment in view.fragments]
        needs[view.name] = set().union(*read) & needs.keys()

    def build(name: str) -> None:
        for fragment in pack.view(name).fragments:
            db.run(f"insert into {identifier(name)} by name\n{fragment.sql}", where=fragment.file)

    work_off(needs, build, threads=db.threads)


def store_outcomes(db: Sealed, assessment: Assessment) -> None:
    """Write ``cell`` and ``control_state`` beside ``result``."""
    make_table(
        db,
        "cell",
        CELL_COLUMNS,
        [{name: getattr(cell, name) for name in CELL_COLUMNS} for cell in assessment.cells],
    )
    make_table(
        db,
        "control_state",
        CONTROL_STATE_COLUMNS,
        [
            {name: getattr(state, name) for name in CONTROL_STATE_COLUMNS}
            for state in assessment.coverage.states
        ],
    )
