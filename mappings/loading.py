"""From the ledger's bodies to typed tables, by way of newline-delimited JSON.

Bodies were checked against their schema when they were collected, so a body that does not fit now
is an error that names its kind, never a NULL. What went in is counted against what came out.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
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
    def sha256(self) -> bytes: ...
    @property
    def observed_at(self) -> datetime: ...
    @property
    def body(self) -> bytes: ...


def full_subject(source: str, kind: str, subject: str) -> str:
    """``mlflow/prod:model_version:credit-risk/7``."""
    return f"{source}:{kind.partition('.')[2]}:{subject}"


def load_kind(db: Sealed, kind: Kind, records: Iterable[Stored], scratch: Path) -> int:
    """Make the table of ``kind``; empty when there is no record. Returns the number of rows.

    Raises:
        PackError: A body does not fit the kind's schema.
    """
    table = identifier(table_name(kind.name))
    spelled = columns(kind)
    inside = ", ".join(f"{identifier(name)} {hint}" for name, hint in spelled.items())
    db.trusted(f"create temp table {table} ({inside})")
    file = scratch / f"{table_name(kind.name)}.ndjson"
    written, longest = _write(file, kind.name, records)
    if written:
        listed = ", ".join(f"{literal(name)}: {literal(hint)}" for name, hint in spelled.items())
        limit = f", maximum_object_size = {longest + 1}" if longest > _LINE_LIMIT else ""
        try:
            db.trusted(
                f"insert into {table} select * from read_json({literal(str(file))}, "
                f"format = 'newline_delimited', columns = {{{listed}}}{limit})"
            )
        except duckdb.Error as error:
            raise PackError(
                f"records of {kind.name}",
                one_line(error),
                remedy="this version reads another shape; collect the source again",
            ) from error
    file.unlink()
    ((loaded,),) = db.trusted(f"select count(*) from {table}")
    if loaded != written:
        raise PackError(
            f"records of {kind.name}",
            f"{written} went in and {loaded} came out",
            remedy="report this as a bug",
        )
    return written


def _write(file: Path, kind: str, records: Iterable[Stored]) -> tuple[int, int]:
    """Write one line a record; returns how many, and the length of the longest in bytes."""
    count = longest = 0
    with file.open("wb") as out:
        for lines in _batches(kind, records):
            count += len(lines)
            longest = max(longest, *map(len, lines))
            out.write(b"".join(lines))
    return count, longest


def _batches(kind: str, records: Iterable[Stored]) -> Iterator[list[bytes]]:
    quoted = msgspec.json.encode
    heads: dict[tuple[str, datetime], bytes] = {}
    prefixes: dict[str, str] = {}
    lines: list[bytes] = []
    for record in records:
        source, seen = record.source, record.observed_at
        head = heads.get((source, seen))
        if head is None:
            head = heads[source, seen] = b'{"_source":%b,"_observed_at":%b,"_sha256":"' % (
                quoted(source),
                quoted(seen),
            )
            prefixes[source] = full_subject(source, kind, "")
        body = record.body
        lines.append(
            b'%b%b","_subject":%b%b%b\n'
            % (
                head,
                record.sha256.hex().encode(),
                quoted(prefixes[source] + record.subject),
                b"," if len(body) > 2 else b"",
                body[1:],
            )
        )
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
