"""From the ledger's bodies to typed tables, by way of newline-delimited JSON.

Bodies were checked against their schema when they were collected, so a body that does not fit now
is an error that names its kind, never a NULL. What went in is counted against what came out.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb
import msgspec

from ..collectors.contract import Kind
from .errors import PackError
from .kind_table import columns, identifier, literal, table_name
from .sealed import Sealed, one_line

_BATCH = 4096
_LINE_LIMIT = 16 * 1024 * 1024  # DuckDB's own


class Stored(Protocol):
    """What is needed of a stored record."""

    @property
    def source(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def body(self) -> bytes: ...


def full_subject(source: str, kind: str, subject: str) -> str:
    """``mlflow/prod:model_version:credit-risk/7``."""
    return f"{source}:{kind.partition('.')[2]}:{subject}"


def load_kinds(
    db: Sealed,
    kinds: Iterable[Kind],
    records: Callable[[Kind], Iterable[Stored]],
    scratch: Path,
    words: Collection[str],
) -> None:
    """Make one table for each kind; empty when there is no record, or when no SQL reads it.

    While DuckDB reads one file on a thread of its own, the next one is written.

    Args:
        words: Every word of the SQL that will read the tables, in lower case.

    Raises:
        PackError: A body does not fit its kind's schema.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="duckdb") as duckdb_thread:
        running: Future[None] | None = None
        for kind in kinds:
            wanted = records(kind) if table_name(kind.name) in words else ()
            lines = _write(scratch / f"{table_name(kind.name)}.ndjson", kind.name, wanted)
            if running is not None:
                running.result()
            running = duckdb_thread.submit(_read, db, kind, columns(kind, words), lines)
        if running is not None:
            running.result()


@dataclass(frozen=True, kw_only=True)
class _Lines:
    """A file of newline-delimited JSON."""

    path: Path
    count: int
    longest: int
    """Bytes of the longest line."""


def _read(db: Sealed, kind: Kind, spelled: Mapping[str, str], lines: _Lines) -> None:
    table = identifier(table_name(kind.name))
    inside = ", ".join(f"{identifier(name)} {hint}" for name, hint in spelled.items())
    db.trusted(f"create temp table {table} ({inside})")
    if lines.count:
        listed = ", ".join(f"{literal(name)}: {literal(hint)}" for name, hint in spelled.items())
        limit = (
            f", maximum_object_size = {lines.longest + 1}" if lines.longest > _LINE_LIMIT else ""
        )
        try:
            db.trusted(
                f"insert into {table} select * from read_json({literal(str(lines.path))}, "
                f"format = 'newline_delimited', columns = {{{listed}}}{limit})"
            )
        except duckdb.Error as error:
            raise PackError(
                f"records of {kind.name}",
                one_line(error),
                remedy="this version reads another shape; collect the source again",
            ) from error
    lines.path.unlink()
    ((loaded,),) = db.trusted(f"select count(*) from {table}")
    if loaded != lines.count:
        raise PackError(
            f"records of {kind.name}",
            f"{lines.count} went in and {loaded} came out",
            remedy="report this as a bug",
        )


def _write(path: Path, kind: str, records: Iterable[Stored]) -> _Lines:
    """Write one line a record."""
    count = longest = 0
    with path.open("wb") as out:
        for lines in _batches(kind, records):
            count += len(lines)
            longest = max(longest, len(max(lines, key=len)))
            out.write(b"".join(lines))
    return _Lines(path=path, count=count, longest=longest)


def _batches(kind: str, records: Iterable[Stored]) -> Iterator[list[bytes]]:
    quoted = msgspec.json.encode
    heads: dict[str, bytes] = {}
    lines: list[bytes] = []
    for record in records:
        source, body = record.source, record.body
        head = heads.get(source)
        if head is None:  # up to where the subject's own text goes on inside the quotes
            subject = quoted(full_subject(source, kind, ""))[:-1]
            head = heads[source] = b'{"_source":%b,"_subject":%b' % (quoted(source), subject)
        comma = b"," if len(body) > 2 else b""
        lines.append(b"%b%b%b%b\n" % (head, quoted(record.subject)[1:], comma, body[1:]))
        if len(lines) == _BATCH:
            yield lines
            lines = []
    if lines:
        yield lines


def make_table(
    db: Sealed, name: str, spelled: Mapping[str, str], rows: Iterable[Mapping[str, object]]
) -> None:
    """Make a table of our own from plain values of the right types; what a row leaves out is
    NULL."""
    inside = ", ".join(f"{identifier(column)} {hint}" for column, hint in spelled.items())
    db.trusted(f"create or replace table {identifier(name)} ({inside})")
    shape = "[{" + ", ".join(f'"{c}": {_shape(hint)}' for c, hint in spelled.items()) + "}]"
    db.trusted(
        f"insert into {identifier(name)} by name "
        f"select unnest(from_json(?, {literal(shape)}), recursive := true)",
        [msgspec.json.encode(list(rows)).decode()],
    )


def _shape(hint: str) -> str:
    return f'["{hint.removesuffix("[]")}"]' if hint.endswith("[]") else f'"{hint}"'


def insert_row(
    db: Sealed, name: str, spelled: Mapping[str, str], row: Mapping[str, object]
) -> None:
    """Add a row; values are parameters, whatever they hold."""
    given = list(row)
    names = ", ".join(identifier(column) for column in given)
    places = ", ".join(f"?::{spelled[column]}" for column in given)
    db.trusted(
        f"insert into {identifier(name)} ({names}) values ({places})", [row[c] for c in given]
    )
