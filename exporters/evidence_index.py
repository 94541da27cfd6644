"""One row for each file of the evidence: what it is, from where, as of when, and its receipt."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from ..collectors.registry import usable_kinds
from .bag import BagFile
from .contents import Contents, Origin
from .evidence_id import evidence_id
from .facts import Facts
from .oscal.resources import FOLDER
from .rows import Value

EVIDENCE_COLUMNS = (
    "evidence_id", "file", "what", "about", "source", "kind", "records", "shows", "from",
    "as_of_or_until", "size_bytes", "sha256", "ipe",
)  # fmt: skip
"""``ipe``: the file that says how this information was produced: as whom, with which requests."""
_COMPLETENESS = "06_reconciliations/completeness.csv"
_ENDINGS = {
    "csv": "table", "jsonl": "records or log entries", "json": "record or receipt", "md": "text",
    "parquet": "population", "yaml": "mapping", "sql": "mapping", "txt": "text", "html": "page",
}  # fmt: skip
_OF_FILES = """
select l.file, min(l.source), min(l.kind), count(*), arg_max(p.receipt, l.run)
from location l join provenance p on p.run = l.run group by l.file
"""


def origins(contents: Contents) -> Mapping[str, Origin]:
    """Of the files in ``08_raw``, and of the records that have a file of their own."""
    found = {
        file: Origin(source=source, kind=kind, records=count, receipt=receipt)
        for file, source, kind, count, receipt in contents.rows.run(_OF_FILES)
    }
    return {**found, **contents.origins}


def evidence_rows(contents: Contents, facts: Facts) -> Iterator[tuple[Value, ...]]:
    """Everything that is in the bag by now, by name, in the order of `EVIDENCE_COLUMNS`."""
    known = origins(contents)
    events = {kind.name for kind in usable_kinds().values() if kind.mode == "event"}
    for file in sorted(contents.bag.payload_files, key=lambda f: f.name):
        name = file.name.removeprefix("data/")
        origin = known.get(name)
        is_period = origin is not None and origin.kind in events
        yield (
            evidence_id(name),
            name,
            _what(file),
            _about(name),
            origin.source if origin else None,
            origin.kind if origin else None,
            origin.records if origin else None,
            "period" if is_period else "snapshot",
            facts.period.start if is_period else None,
            _until(facts),
            file.size_bytes,
            file.sha256,
            origin.receipt if origin else _ipe(name),
        )


def _until(facts: Facts) -> datetime:
    return min(facts.period.end, facts.at)


def _what(file: BagFile) -> str:
    if file.name.startswith(f"data/{FOLDER}/"):
        return "OSCAL document"
    return _ENDINGS.get(file.name.rpartition(".")[2], "file")


def _about(name: str) -> str | None:
    """The control, clause or source whose folder it lies in."""
    folder, _, inside = name.partition("/")
    is_one = folder in ("03_controls", "04_clauses", "08_raw") and "/" in inside
    return inside.partition("/")[0] if is_one else None


def _ipe(name: str) -> str | None:
    """A table made of several sources leads to how each of them was read."""
    return _COMPLETENESS if name.endswith((".csv", ".parquet")) else None
