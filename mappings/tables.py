"""The DuckDB database of one evaluation: records in, views built from them, outcomes stored."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import duckdb

from .. import __version__
from ..collectors.attestations import ATTESTATION, SOURCE
from ..collectors.contract import Kind
from ..ledger import Ledger, Snapshot
from .assessment import CATALOGUE_COLUMNS, SOURCE_STATE_COLUMNS, Assessment
from .conventions import Conventions
from .exceptions import EXCEPTION_COLUMNS, exceptions
from .graph import work_off
from .kept import Stamp, Stamps, sha256_of
from .kind_table import columns, identifier, table_name
from .loading import load_kinds, make_table, reload_kind
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


def load_records(
    db: Sealed,
    snapshot: Snapshot,
    kinds: Collection[Kind],
    *,
    words: Collection[str],
    scratch: Path,
    stamps: Stamps,
) -> None:
    """One table for each kind that the SQL may read; only what is new where there is one.

    Raises:
        PackError: A record does not fit its kind.
    """
    now = f"run {snapshot.run} at {snapshot.at.isoformat()}"
    if stamps.since is None:
        for table, parts in load_kinds(db, kinds, snapshot.bodies, scratch, words).items():
            stamps.put(table, now, parts)
        return
    changed = snapshot.changed_kinds(*stamps.since)
    for kind in kinds:
        there = stamps.found.get(table_name(kind.name))
        if there is None:
            continue
        if kind.name in changed:
            gone = snapshot.gone(kind.name, *stamps.since)
            new = snapshot.new_bodies(kind.name, *stamps.since)
            reload_kind(db, kind, there.value, gone=gone, new=new, scratch=scratch, words=words)
            there = Stamp(now, now, there.value)
        stamps.made[table_name(kind.name)] = there


def load_states(
    db: Sealed,
    ledger: Ledger,
    kinds: Mapping[str, Kind],
    *,
    pack: Pack,
    at: datetime,
    expected: Sequence[ExpectedSource],
) -> None:
    """Fill ``source_state`` and ``exception``."""
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


def build_views(
    db: Sealed,
    pack: Pack,
    conventions: Conventions,
    as_of: datetime,
    *,
    stamps: Stamps | None = None,
) -> None:
    """Make every view a table, in the pack's order, and ``catalogue`` beside them.

    Args:
        stamps: What is there already.

    Raises:
        PackError: A fragment's SQL cannot be run; the message names its file.
    """
    for macro in (*rule_macros(as_of, shared=True), *view_macros(conventions)):
        db.trusted(macro)
    stamps = Stamps() if stamps is None else stamps
    rows = [{"control": c.id, "title": c.title, "class": c.kind} for c in pack.catalogue.controls]
    make_table(db, "catalogue", CATALOGUE_COLUMNS, rows)
    stamps.put("catalogue", sha256_of(map(str, rows)))
    needs: dict[str, frozenset[str]] = {}
    reads: dict[str, frozenset[str]] = {}
    for view in pack.views:
        if view.name not in stamps.found:
            db.run(view.create_sql, where="views.yaml")
        read = [db.tables_of(fragment.sql, fragment.file) for fragment in view.fragments]
        reads[view.name] = frozenset().union(*read)
        needs[view.name] = reads[view.name] & needs.keys()

    def build(name: str) -> None:
        view = pack.view(name)
        texts = [view.create_sql, *(fragment.sql for fragment in view.fragments)]
        made_from = stamps.fingerprint(texts, reads[name], as_of)
        if stamps.hold(name, made_from):
            return
        former = stamps.found.get(name)
        table = name if former is None else f"{name}__new"
        if former is not None:
            db.run(view.creation(table), where="views.yaml")
        for fragment in view.fragments:
            db.run(f"insert into {identifier(table)} by name\n{fragment.sql}", where=fragment.file)
        is_same = former is not None and _replaced_by_equal(db, name, table)
        stamps.put(name, made_from, rows=former.rows if former and is_same else None)

    work_off(needs, build, threads=db.threads)


def _replaced_by_equal(db: Sealed, name: str, fresh: str) -> bool:
    """Put a table in the place of a former one, unless both have the same rows; whether they do."""
    old, new = identifier(name), identifier(fresh)
    ((differing,),) = db.trusted(
        f"select (select count(*) from {old}) <> (select count(*) from {new}) "
        f"or exists (from {old} except all from {new})"
    )
    if differing:
        db.trusted(f"drop table {old}")
        db.trusted(f"alter table {new} rename to {old}")
    else:
        db.trusted(f"drop table {new}")
    return not differing


@cache
def _own_code() -> str:
    """A checkout changes without another version."""
    return sha256_of(path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))


def fingerprint_of_all(pack: Pack, kinds: Iterable[Kind], conventions: Conventions) -> str:
    """Of what every table depends on: the programs, the kinds' columns, the pack's views, what
    the conventions make of them."""
    texts = [__version__, duckdb.__version__, _own_code()]
    texts += [f"{table_name(kind.name)} {columns(kind, pack.words)}" for kind in kinds]
    for view in pack.views:
        texts += [view.create_sql, *(fragment.sql for fragment in view.fragments)]
    return sha256_of(
        [*texts, *rule_macros(datetime.min.replace(tzinfo=UTC)), *view_macros(conventions)]
    )


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
