"""Which sheets the index workbook has, in the order in which an auditor asks for them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from .changes import CHANGE_COLUMNS, change_rows
from .contents import Contents
from .evidence_index import EVIDENCE_COLUMNS, evidence_rows
from .facts import Facts
from .findings import FINDING_COLUMNS, finding_rows
from .matrix_sheet import matrix_columns, matrix_rows
from .page_parts import SIGNS
from .populations import POPULATION_COLUMNS, populations
from .request_list import REQUEST_COLUMNS, request_rows
from .rows import Value
from .sampling.section import Samples
from .sampling.table import SAMPLE_COLUMNS
from .sections import (
    COMPLETENESS_COLUMNS,
    GAP_COLUMNS,
    REDACTION_COLUMNS,
    completeness,
    gap_rows,
    redactions,
)
from .word_sheets import about_rows, glossary_rows, source_rows
from .workbook import MAX_ROWS, Cell, Link, Word, Workbook

_RESULTS_PARQUET = "10_mapping/expected/result.parquet"
_SOURCE_COLUMNS = (
    "source", "run", "started", "finished", "as", "endpoint", "server", "client", "collector",
    "sees_everything", "clock_offset_s", "verdicts", "receipt", "leaf",
)  # fmt: skip


def write_workbook(
    path: Path, scratch: Path, contents: Contents, facts: Facts, samples: Samples
) -> None:
    """Write it; the bag must hold everything that the evidence index has to list."""
    book = Workbook(path, created=facts.at, title=facts.title, scratch=scratch)
    try:
        _what_it_is(book, contents, facts)
        _what_was_judged(book, contents, facts, samples)
        _what_to_follow_up(book, contents, facts)
        _further(book, contents, facts)
    finally:
        book.close()


def _what_it_is(book: Workbook, contents: Contents, facts: Facts) -> None:
    book.sheet("Read-me", ("about", "text"), about_rows(facts))
    book.sheet(
        "Control matrix", matrix_columns(facts), _shown(matrix_rows(contents, facts)), keep=2
    )
    book.sheet("Gaps", GAP_COLUMNS, _shown(gap_rows(facts)), keep=1)
    book.sheet(
        "Evidence index",
        EVIDENCE_COLUMNS,
        _linked(EVIDENCE_COLUMNS, evidence_rows(contents, facts), {"file", "ipe"}),
        rest="../manifest-sha256.txt",
        keep=2,
    )
    book.sheet(
        "Request list",
        REQUEST_COLUMNS,
        _shown(_linked(REQUEST_COLUMNS, request_rows(facts, contents.names), {"file"})),
        keep=2,
    )


def _what_was_judged(book: Workbook, contents: Contents, facts: Facts, samples: Samples) -> None:
    book.sheet(
        "Populations + reconciliation", COMPLETENESS_COLUMNS, completeness(facts.latest), keep=2
    )
    book.sheet(
        "Populations of rules",
        POPULATION_COLUMNS,
        _linked(POPULATION_COLUMNS, populations(contents, facts), {"parquet"}),
        keep=1,
    )
    book.sheet("Samples", SAMPLE_COLUMNS, _shown(samples.rows()), keep=1)
    _query(
        book,
        contents,
        "Results",
        "select rule_id, subject, source, system_id, outcome, reason from result",
        rest=f"03_controls/*/results.csv and {_RESULTS_PARQUET}",
    )
    _query(
        book,
        contents,
        "Exceptions",
        "select outcome, rule_id, system_id, subject, source, reason from result "
        "where outcome <> 'pass'",
        rest=f"07_exceptions_findings/exceptions.csv and {_RESULTS_PARQUET}",
    )


def _what_to_follow_up(book: Workbook, contents: Contents, facts: Facts) -> None:
    book.sheet("Findings and CAPA", FINDING_COLUMNS, finding_rows(facts), keep=3)
    _query(
        book,
        contents,
        "Documents register",
        "select title, type, owner, version, approved_by, approved_at, review_by, is_current, "
        "controls, systems, path, author, subject from document",
        rest="05_documents/register.csv",
    )
    calendar = facts.calendar
    book.sheet("Coverage calendar", calendar.columns, _shown(calendar.rows()), keep=1)
    book.sheet("Redactions", REDACTION_COLUMNS, redactions(facts.latest))
    book.sheet("Changes since last bundle", CHANGE_COLUMNS, _shown(change_rows(facts.changes)))
    book.sheet("Glossary", ("word", "meaning"), glossary_rows())


def _further(book: Workbook, contents: Contents, facts: Facts) -> None:
    _query(
        book,
        contents,
        "Rules by system",
        "select rule_id, system_id, outcome, n_pass, n_fail, n_inconclusive, n_attention, "
        "n_not_evaluated, n_accepted, reason, blame, blame_run from cell",
    )
    _query(
        book,
        contents,
        "Coverage by system",
        "select control, system_id, state, reason, rules, documents from control_state",
    )
    _query(
        book,
        contents,
        "Accepted exceptions",
        "select * from evaluation.main.exception",
        rest="07_exceptions_findings/accepted_exceptions.csv",
    )
    book.sheet("Sources", _SOURCE_COLUMNS, source_rows(facts), keep=1)
    _query(
        book,
        contents,
        "Statement of applicability",
        "select control, applicable, excluded, justification, owner, soa_version, source from soa",
    )


def _query(book: Workbook, contents: Contents, name: str, sql: str, *, rest: str = "") -> None:
    table = contents.rows.table(sql, limit=MAX_ROWS + 1)
    book.sheet(name, table.columns, _shown(table.rows), rest=rest, keep=1)


def _shown(rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    """States and outcomes by their colour too."""
    for row in rows:
        yield [
            Word(value, SIGNS[value][1]) if isinstance(value, str) and value in SIGNS else value
            for value in row
        ]


def _linked(
    columns: Sequence[str], rows: Iterable[Sequence[Value]], links: Collection[str]
) -> Iterator[Sequence[Cell]]:
    """The columns among ``links`` hold names under ``data/``, where the workbook lies too."""
    for row in rows:
        yield [
            Link(str(value), str(value)) if column in links and value else value
            for column, value in zip(columns, row, strict=True)
        ]
