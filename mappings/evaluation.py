"""From a ledger and a pack to outcomes: the whole of ``mappings`` behind one function."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import duckdb

from ..collectors.contract import Kind
from ..collectors.registry import broken_plugins, usable_kinds
from ..ledger import EvaluationRecord, GapNow, Ledger
from .assessment import read_states
from .conventions import Conventions
from .coverage import NamedDocument
from .digest import results_sha256
from .doubt import Needs
from .exceptions import ExceptionsOf
from .gaps import Owners, gaps, read_owners
from .kept import KeptFile, Stamps, save
from .outcome import Cell, Coverage, Outcome, ResultRow, SourceState
from .pack import Pack
from .period import Period
from .scope import WHOLE, LeftOut, Scope, evaluate_scope
from .scratch import Scratch
from .sealed import Limits, Sealed, fetched
from .source_states import ExpectedSource
from .tables import (
    OWN_TABLES,
    build_views,
    fingerprint_of_all,
    load_records,
    load_states,
    store_outcomes,
)

__all__ = ["Evaluation", "ExpectedSource", "Limits", "evaluate"]


@dataclass(kw_only=True)
class Evaluation:
    """Outcomes as of one instant; the rows stay in DuckDB and are read when asked for.

    A context manager: leaving it frees the tables, and removes the database file if it was made
    for this evaluation only. To be used by one thread at a time.
    """

    at: datetime
    run: int
    """The newest run of the snapshot."""
    pack: Pack
    """With the controls and rules of the scope only."""
    scope: Scope
    left_out: LeftOut
    conventions: Conventions
    cells: Sequence[Cell]
    systems: Sequence[str]
    sources: Sequence[SourceState]
    coverage: Coverage
    results_sha256: str
    config_sha256: str
    found_gaps: Sequence[GapNow]
    documents: Sequence[NamedDocument]
    owners: Owners
    needs: Mapping[str, Needs]
    """Rule -> the kinds that it rests on."""
    accepted: ExceptionsOf
    """The exceptions that count."""
    _tables: Sealed | None
    """None once they are in the file."""
    _file: Path
    _scratch: Scratch
    _is_temporary: bool
    _kept: KeptFile | None

    @property
    def database(self) -> Path:
        """DuckDB file, closed; it holds every view by name, ``result``, ``cell``,
        ``control_state``, ``source_state`` and ``catalogue``.

        Written when it is first asked for. Fetch its TIMESTAMPTZ columns as text or ``epoch_us``:
        Python's DuckDB wants pytz for them otherwise.
        """
        self.write()
        return self._file

    def write(self) -> None:
        """Put the tables into the database file, once."""
        if self._tables is not None:
            self._tables.keep([*(view.name for view in self.pack.views), *OWN_TABLES])
            self._release()

    def _release(self) -> None:
        if self._tables is not None:
            self._tables.close()
            self._tables = None
        if self._kept is not None:
            self._kept.close()
        if not self._is_temporary:
            self._scratch.close()

    @property
    def tally(self) -> Mapping[str, int]:
        """Outcome -> number of cells."""
        counted: dict[str, int] = {}
        for cell in self.cells:
            counted[cell.outcome] = counted.get(cell.outcome, 0) + 1
        return dict(sorted(counted.items()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the tables; remove the database if it was made for this evaluation only."""
        self._release()
        if self._is_temporary:
            self._scratch.close()

    def rows(
        self, rule_id: str, *, outcomes: Sequence[Outcome] | None = None, limit: int | None = None
    ) -> Iterator[ResultRow]:
        """The rows of one rule, ordered by subject, streamed.

        Raises:
            PackError: The pack has no such rule.
        """
        self.pack.rule(rule_id)
        sql = (
            'select rule_id, subject, "source", system_id, outcome, reason from result '
            "where rule_id = $1 and coalesce(list_contains($2::varchar[], outcome), true) "
            "order by all limit $3"
        )
        wanted = None if outcomes is None else list(outcomes)
        values = [rule_id, wanted, 2**62 if limit is None else limit]
        yield from map(_result_row, self.fetch(sql, values))

    def fetch(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query of ours over views and outcomes, streamed; TIMESTAMPTZ as text."""
        if self._tables is not None:
            yield from self._tables.stream(sql, values)
            return
        with duckdb.connect(str(self._file), read_only=True) as connection:
            yield from fetched(connection.execute(sql, list(values)))

    def ask(self, sql: str, *, where: str) -> list[tuple[Any, ...]]:
        """The rows of a query that holds text of the pack, within the evaluation's limits; only
        before the tables are in the file.

        Raises:
            PackError: DuckDB does not take it.
            EvaluationError: It took longer or more memory than it may.
        """
        assert self._tables is not None, "the tables are in the file"
        return self._tables.run(sql, where=where)

    def gaps(self) -> list[GapNow]:
        """What is not supported now: sources that could not be read, rules, waiting controls."""
        return list(self.found_gaps)

    def record(self) -> EvaluationRecord:
        """What the ledger keeps of this evaluation."""
        return EvaluationRecord(
            at=self.at,
            run=self.run,
            pack=f"{self.pack.id} {self.pack.version}",
            pack_digest=self.pack.digest,
            config_sha256=self.config_sha256,
            results_sha256=self.results_sha256,
            tally=self.tally,
            gaps=self.found_gaps,
            outcomes=self.outcomes,
        )

    @property
    def outcomes(self) -> dict[tuple[str, str | None], str]:
        """Where every rule, control and clause stands, for each system and as a whole."""
        found: dict[tuple[str, str | None], str] = {
            (cell.rule_id, cell.system_id): cell.outcome for cell in self.cells
        }
        states = (*self.coverage.states, *self.coverage.clauses)
        return found | {(one.control, one.system_id): one.state for one in states}


def _result_row(row: tuple[Any, ...]) -> ResultRow:
    rule, subject, source, system, outcome, reason = row
    return ResultRow(
        rule_id=rule,
        subject=subject,
        source=source,
        system_id=system,
        outcome=outcome,
        reason=reason,
    )


def evaluate(
    ledger: Ledger,
    pack: Pack,
    conventions: Conventions,
    *,
    at: datetime | None = None,
    period: Period | None = None,
    database: Path | None = None,
    expected: Sequence[ExpectedSource] = (),
    organisation_owner: str = "organisation",
    config_sha256: str = "",
    limits: Limits | None = None,
    kinds: Mapping[str, Kind] | None = None,
    scope: Scope = WHOLE,
    kept: Path | None = None,
) -> Evaluation:
    """Evaluate every rule of ``pack`` over the ledger's snapshot.

    Args:
        at: The instant; else the end of ``period`` if that has passed; else now.
        database: Where the DuckDB file is written at once, an old one is replaced; a temporary
            folder, and only when it is asked for, when left out.
        expected: The configured sources, so that one that was never read is seen too.
        kinds: All that are registered and can be loaded when left out.
        scope: Only these systems and controls.
        kept: A folder for the tables of a whole house, which the next evaluation goes on from;
            not used while another evaluation has it. See `kept`.

    Raises:
        PackError: A view or a rule cannot be run.
        EvaluationError: It ran into ``limits``.
    """
    now = datetime.now(UTC)
    instant = at or (min(period.end, now) if period else now)
    known = dict(usable_kinds() if kinds is None else kinds)
    scratch = Scratch()
    target = database or scratch.path / "evaluation.duckdb"
    target.unlink(missing_ok=True)
    built = pack.without_rows_of(broken_plugins())
    base = fingerprint_of_all(built, known.values(), conventions)
    with ExitStack() as undo:
        undo.callback(scratch.close)
        file = KeptFile.take(kept) if kept is not None and scope.is_whole else None
        if file is not None:
            undo.callback(file.close)
        snapshot = ledger.snapshot(instant)
        stamps = file.stamps(base, snapshot, instant) if file else Stamps()
        tables = file.path if file else None
        db = undo.enter_context(Sealed(target, scratch.path, limits or Limits(), tables=tables))
        db.reads |= stamps.reads
        load_records(
            db, snapshot, known.values(), words=pack.words, scratch=scratch.path, stamps=stamps
        )
        load_states(db, ledger, known, pack=pack, at=instant, expected=expected)
        db.seal()
        build_views(db, built, conventions, instant, stamps=stamps)
        mine, assessment, left_out = evaluate_scope(db, pack, scope, instant, known, stamps=stamps)
        states = read_states(db)
        owners = read_owners(db, organisation_owner)
        found = gaps(db, mine, assessment, states, owners)
        digest = results_sha256(assessment.rows_sha256, assessment.cells)
        store_outcomes(db, assessment)
        save(db, stamps, base, snapshot)
        undo.pop_all()
    evaluation = Evaluation(
        at=instant,
        run=snapshot.run,
        pack=mine,
        scope=scope,
        left_out=left_out,
        conventions=conventions,
        cells=assessment.cells,
        systems=assessment.systems,
        sources=states,
        coverage=assessment.coverage,
        results_sha256=digest,
        config_sha256=config_sha256,
        found_gaps=found,
        documents=assessment.documents,
        owners=owners,
        needs=assessment.needs,
        accepted=assessment.accepted,
        _tables=db,
        _file=target,
        _scratch=scratch,
        _is_temporary=database is None,
        _kept=file,
    )
    if database is not None:
        evaluation.write()
    return evaluation
