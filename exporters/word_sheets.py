"""The sheets that say what the bundle is and what its words mean, and how each source was read."""

from collections.abc import Iterator

from ..ledger import RunInfo
from .facts import CLASS_WORDS, STATE_WORDS, Facts, moment
from .scoped import scope_words
from .sections import told
from .verify import RECEIPTS, run_file
from .words import CHECKS, GLOSSARY, OUTCOMES, PROVES, PROVES_NOT
from .workbook import Cell, Link


def about_rows(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    """What is missing first."""
    period = facts.period
    for line in scope_words(facts.evaluation):
        yield "left out", line
    for line in told(facts.gaps):
        yield "missing", line
    if facts.engagement:
        yield from facts.engagement.lines()
    yield "organisation", facts.organisation.name
    yield "period", f"{period.label}: {moment(period.start)} until before {moment(period.end)}"
    yield "as of", f"{moment(facts.at)}; all times are UTC"
    for name, line in facts.pack_lines:
        yield name.lower(), line
    for name, number in facts.classes.items():
        yield "controls", f"{number} {name}: {CLASS_WORDS[name]}"
    for what, command, proves in CHECKS:
        yield "check", f"{what}: {command}: {proves}"
    for line in PROVES:
        yield "proves", line
    for line in PROVES_NOT:
        yield "does not prove", line
    yield "key fingerprint", f"sha256:{facts.key_fingerprint}"
    yield "reading", "a cell is text, a number or a date, never a formula; links lead into data/"
    yield (
        "rows",
        "a sheet ends at 100,000 rows and then says where all of them are; populations are CSV in "
        "03_controls and Parquet in 10_mapping/populations",
    )


def glossary_rows() -> Iterator[tuple[Cell, ...]]:
    yield from GLOSSARY.items()
    yield from OUTCOMES.items()
    yield from STATE_WORDS.items()
    yield from ((f"class: {name}", words) for name, words in CLASS_WORDS.items())


def source_rows(facts: Facts) -> Iterator[tuple[Cell, ...]]:
    """The newest reading of each source."""
    for source, info in sorted(facts.latest.items()):
        yield _source(source, info)


def _source(source: str, info: RunInfo) -> tuple[Cell, ...]:
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
