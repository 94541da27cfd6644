"""Which sheets the index workbook has, and what is in them."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ..ledger import RunInfo
from .bag import BagFile
from .contents import Contents
from .facts import CLASS_WORDS, STATE_WORDS, Facts, moment
from .sampling.section import Samples
from .sampling.table import SAMPLE_COLUMNS
from .sections import (
    COMPLETENESS_COLUMNS,
    GAP_COLUMNS,
    REDACTION_COLUMNS,
    completeness,
    gap_rows,
    redactions,
    told,
)
from .verify import RECEIPTS, run_file
from .words import CHECKS, GLOSSARY, OUTCOMES, PROVES, PROVES_NOT
from .workbook import MAX_ROWS, Cell, Link, Workbook


def write_workbook(
    path: Path, scratch: Path, contents: Contents, facts: Facts, samples: Samples
) -> None:
    """Write it; the bag must hold everything that the evidence index has to list."""
    rows = contents.rows
    book = Workbook(path, created=facts.at, title=facts.title, scratch=scratch)
    try:
        book.sheet("Read-me", ("about", "text"), _about(facts))
        systems = [system or "organisation" for system in facts.columns]
        book.sheet("Control matrix", ("id", "title", "class", "owner", *systems), _matrix(facts))
        book.sheet("Gaps", GAP_COLUMNS, gap_rows(facts))
        exceptions = rows.table(
            "select outcome, rule_id, system_id, subject, source, reason from result "
            "where outcome <> 'pass'",
            limit=MAX_ROWS + 1,
        )
        book.sheet(
            "Exceptions",
            exceptions.columns,
            exceptions.rows,
            rest="07_exceptions_findings/exceptions.csv",
        )
        results = rows.table(
            "select rule_id, subject, source, system_id, outcome, reason from result",
            limit=MAX_ROWS + 1,
        )
        book.sheet("Results", results.columns, results.rows, rest="03_controls/*/results.csv")
        cells = rows.table(
            "select rule_id, system_id, outcome, n_pass, n_fail, n_inconclusive, n_attention, "
            "n_not_evaluated, n_accepted, reason, blame, blame_run from cell"
        )
        book.sheet("Rules by system", cells.columns, cells.rows)
        coverage = rows.table(
            "select control, system_id, state, reason, rules, documents from control_state"
        )
        book.sheet("Coverage", coverage.columns, coverage.rows)
        book.sheet("Populations", COMPLETENESS_COLUMNS, completeness(facts.latest))
        book.sheet("Samples", SAMPLE_COLUMNS, samples.rows())
        book.sheet("Sources", _SOURCE_COLUMNS, _sources(facts))
        documents = rows.table(
            "select title, type, owner, version, approved_by, approved_at, review_by, is_current, "
            "controls, systems, path, author, subject from document"
        )
        book.sheet("Documents register", documents.columns, documents.rows)
        soa = rows.table(
            "select control, applicable, excluded, justification, owner, soa_version, source "
            "from soa"
        )
        book.sheet("Statement of applicability", soa.columns, soa.rows)
        book.sheet("Redactions", REDACTION_COLUMNS, redactions(facts.latest))
        book.sheet(
            "Evidence index", _FILE_COLUMNS, _files(contents, facts), rest="../manifest-sha256.txt"
        )
        book.sheet("Glossary", ("word", "meaning"), _glossary())
    finally:
        book.close()


_SOURCE_COLUMNS = (
    "source", "run", "started", "finished", "as", "endpoint", "server", "client", "collector",
    "sees_everything", "clock_offset_s", "verdicts", "receipt", "leaf",
)  # fmt: skip
_FILE_COLUMNS = ("file", "what", "about", "as_of", "size_bytes", "sha256")


def _about(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    period, evaluation = facts.period, facts.evaluation
    for gap in facts.gaps:
        yield "missing", told(gap)
    yield "organisation", facts.organisation.name
    yield "period", f"{period.label}: {moment(period.start)} until before {moment(period.end)}"
    yield "as of", f"{moment(facts.at)}; all times are UTC"
    yield "pack", f"{evaluation.pack.id} {evaluation.pack.version}"
    for name, number in facts.classes.items():
        yield "controls", f"{number} {name}: {CLASS_WORDS[name]}"
    for what, command, proves in CHECKS:
        yield "check", f"{what}: {command}: {proves}"
    for line in PROVES:
        yield "proves", line
    for line in PROVES_NOT:
        yield "does not prove", line
    yield "key fingerprint", f"sha256:{facts.key_fingerprint}"
    yield (
        "reading",
        "Details are in 03_controls; a cell is text, a number or a date, never a formula",
    )


def _matrix(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    coverage = facts.evaluation.coverage
    states = {(state.control, state.system_id): state.state for state in coverage.states}
    for control in facts.evaluation.pack.catalogue.controls:
        yield (
            Link(control.id, f"03_controls/{control.id}/summary.md"),
            control.title,
            control.kind,
            facts.owner_of(control.id),
            *(states[control.id, system] for system in facts.columns),
        )


def _sources(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    for source, info in sorted(facts.latest.items()):
        yield source_row(source, info)


def source_row(source: str, info: RunInfo) -> tuple[Cell, ...]:
    receipt, identity = info.receipt, info.receipt.identity
    target = run_file(RECEIPTS, info.number, "json").removeprefix("data/")
    verdicts = "; ".join(f"{kind.kind} {kind.verdict}" for kind in receipt.kinds)
    who = (
        (identity.caller, identity.endpoint, identity.server, identity.client)
        if identity
        else (None,) * 4
    )
    return (
        source, info.number, receipt.started_at, receipt.finished_at, *who,
        f"{receipt.collector} {receipt.collector_version}",
        identity.sees_everything if identity else None,
        receipt.clock_offset_s, verdicts, Link(target, target), info.leaf,
    )  # fmt: skip


def _files(contents: Contents, facts: Facts) -> Iterator[tuple[Cell, ...]]:
    for file in sorted(contents.bag.payload_files, key=lambda f: f.name):
        name = file.name.removeprefix("data/")
        folder, _, inside = name.partition("/")
        about = (
            inside.partition("/")[0] if folder in ("03_controls", "04_clauses", "08_raw") else None
        )
        yield (
            Link(name, name),
            _what(file),
            about,
            _as_of(folder, facts),
            file.size_bytes,
            file.sha256,
        )


def _what(file: BagFile) -> str:
    kinds = {
        "csv": "table", "jsonl": "records or log entries", "json": "record or receipt",
        "md": "text",
        "parquet": "population", "yaml": "mapping", "sql": "mapping", "txt": "text",
    }  # fmt: skip
    return kinds.get(file.name.rpartition(".")[2], "file")


def _as_of(folder: str, facts: Facts) -> datetime:
    del folder  # everything in a bundle shows the same instant
    return facts.at


def _glossary() -> Iterator[tuple[Cell, ...]]:
    yield from GLOSSARY.items()
    yield from OUTCOMES.items()
    yield from STATE_WORDS.items()
    yield from ((f"class: {name}", words) for name, words in CLASS_WORDS.items())
