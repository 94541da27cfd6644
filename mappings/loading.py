"""From the ledger's bodies to typed tables, by way of newline-delimited JSON.

Bodies were checked against their schema when they were collected, so a body that does not fit now
is an error that names its kind, never a NULL. What went in is counted against what came out.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import duckdb
import msgspec

from ..collectors.contract import Kind
from ..ledger import Bodies
from .errors import PackError
from .kind_table import columns, identifier, literal, part_name, table_name
from .sealed import Sealed, one_line

_FILE_BYTES = 24 * 1024 * 1024
_LINE_LIMIT = 16 * 1024 * 1024  # DuckDB's own


def full_subject(source: str, kind: str, subject: str) -> str:
    """``mlflow/prod:model_version:credit-risk/7``."""
    return f"{source}:{kind.partition('.')[2]}:{subject}"


def load_kinds(
    db: Sealed,
    kinds: Iterable[Kind],
    bodies: Callable[[str], Iterable[Bodies]],
    scratch: Path,
    words: Collection[str],
) -> None:
    """Make one table for each kind whose table the SQL may read; empty when there is no record.

    While DuckDB reads some files on threads of its own, the next one is written. A big kind is a
    view over several tables, which DuckDB reads side by side.

    Args:
        bodies: Name of a kind -> its records.
        words: Every word of the SQL that will read the tables, in lower case.

    Raises:
        PackError: A body does not fit its kind's schema.
    """
    made: list[tuple[Kind, dict[str, str], list[str]]] = []
    with ThreadPoolExecutor(db.threads, thread_name_prefix="duckdb") as pool:
        running: deque[Future[None]] = deque()
        for kind in kinds:
            table = table_name(kind.name)
            if table not in words:
                continue
            spelled, parts = columns(kind, words), list[str]()
            made.append((kind, spelled, parts))
            for lines in _write(scratch / table, kind.name, bodies(kind.name)):
                parts.append(identifier(part_name(table, len(parts))))
                running.append(pool.submit(_read, db, kind, parts[-1], spelled, lines))
                if len(running) > 2 * db.threads:
                    running.popleft().result()
        while running:
            running.popleft().result()
    for kind, spelled, parts in made:
        _name(db, identifier(table_name(kind.name)), parts, spelled)


def _name(db: Sealed, table: str, parts: Sequence[str], spelled: Mapping[str, str]) -> None:
    if parts:
        every = " union all ".join(f"select * from {part}" for part in parts)
        db.trusted(f"create view {table} as {every}")
    else:
        inside = ", ".join(f"{identifier(name)} {hint}" for name, hint in spelled.items())
        db.trusted(f"create table {table} ({inside})")


@dataclass(frozen=True, kw_only=True)
class _Lines:
    """A file of newline-delimited JSON."""

    path: Path
    count: int
    longest: int
    """Bytes of the longest line."""


def _read(db: Sealed, kind: Kind, part: str, spelled: Mapping[str, str], lines: _Lines) -> None:
    listed = ", ".join(f"{literal(name)}: {literal(hint)}" for name, hint in spelled.items())
    limit = f", maximum_object_size = {lines.longest + 1}" if lines.longest > _LINE_LIMIT else ""
    try:
        db.trusted(
            f"create table {part} as select * from read_json({literal(str(lines.path))}, "
            f"format = 'newline_delimited', columns = {{{listed}}}{limit})"
        )
    except duckdb.Error as error:
        raise PackError(
            f"records of {kind.name}",
            one_line(error),
            remedy="this version reads another shape; collect the source again",
        ) from error
    lines.path.unlink()
    ((loaded,),) = db.trusted(f"select count(*) from {part}")
    if loaded != lines.count:
        raise PackError(
            f"records of {kind.name}",
            f"{lines.count} went in and {loaded} came out",
            remedy="report this as a bug",
        )


def _write(stem: Path, kind: str, bodies: Iterable[Bodies]) -> Iterator[_Lines]:
    """Write one line a record, in files of about `_FILE_BYTES`; none when there is no record."""
    pages = _pages(kind, bodies)
    for number, first in enumerate(pages):
        path = stem.with_suffix(f".{number}.ndjson")
        count = longest = size = 0
        with path.open("wb") as out:
            for lines in chain([first], pages):
                count += len(lines)
                longest = max(longest, len(max(lines, key=len)))
                size += out.write(b"".join(lines))
                if size >= _FILE_BYTES:
                    break
        yield _Lines(path=path, count=count, longest=longest)


def _pages(kind: str, bodies: Iterable[Bodies]) -> Iterator[list[bytes]]:
    """The lines of each page that has some."""
    quoted = msgspec.json.encode
    for source, page in bodies:
        # up to where the subject's own text goes on inside the quotes
        subject = quoted(full_subject(source, kind, ""))[:-1]
        head = b'{"_source":%b,"_subject":%b' % (quoted(source), subject)
        if page:
            yield [
                b"%b%b%b%b\n" % (head, quoted(name)[1:], b"," if len(body) > 2 else b"", body[1:])
                for name, body in page
            ]


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
