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
) -> dict[str, int]:
    """Make one table for each kind whose table the SQL may read; empty when there is no record.

    While DuckDB reads some files on threads of its own, the next one is written. A kind is a view
    over parts, which DuckDB reads side by side; returns how many each has.

    Args:
        bodies: Name of a kind -> its records.
        words: Every word of the SQL that will read the tables, in lower case.

    Raises:
        PackError: A body does not fit its kind's schema.
    """
    counted: dict[str, int] = {}
    with ThreadPoolExecutor(db.threads, thread_name_prefix="duckdb") as pool:
        running: deque[Future[None]] = deque()
        for kind in kinds:
            table = table_name(kind.name)
            if table not in words:
                continue
            spelled, number = columns(kind, words), 0
            for lines in _write(scratch / table, kind.name, bodies(kind.name)):
                part = identifier(part_name(table, number))
                running.append(
                    pool.submit(_read, db, f"create table {part} as", kind, spelled, lines)
                )
                number += 1
                if len(running) > 2 * db.threads:
                    running.popleft().result()
            if not number:
                inside = ", ".join(f"{identifier(name)} {hint}" for name, hint in spelled.items())
                db.trusted(f"create table {identifier(part_name(table, 0))} ({inside})")
            counted[table] = max(1, number)
        while running:
            running.popleft().result()
    for table, number in counted.items():
        every = (identifier(part_name(table, n)) for n in range(number))
        parts = " union all ".join(f"select * from {part}" for part in every)
        db.trusted(f"create view {identifier(table)} as {parts}")
    return counted


def reload_kind(
    db: Sealed,
    kind: Kind,
    parts: int,
    *,
    gone: Iterable[tuple[str, Sequence[str]]],
    new: Iterable[Bodies],
    scratch: Path,
    words: Collection[str],
) -> None:
    """Bring the table of a kind up to date.

    Args:
        gone: Source and subjects to take out; they may be among the new ones too.

    Raises:
        PackError: A body does not fit its kind's schema.
    """
    table, spelled = table_name(kind.name), columns(kind, words)
    for source, subjects in gone:
        listed = [full_subject(source, kind.name, subject) for subject in subjects]
        for number in range(parts):
            part = identifier(part_name(table, number))
            db.trusted(f"delete from {part} where _subject in (select unnest($1))", [listed])
    into = f"insert into {identifier(part_name(table, 0))} by name"
    for lines in _write(scratch / table, kind.name, new):
        _read(db, into, kind, spelled, lines)


@dataclass(frozen=True, kw_only=True)
class _Lines:
    """A file of newline-delimited JSON."""

    path: Path
    count: int
    longest: int
    """Bytes of the longest line."""


def _read(db: Sealed, into: str, kind: Kind, spelled: Mapping[str, str], lines: _Lines) -> None:
    listed = ", ".join(f"{literal(name)}: {literal(hint)}" for name, hint in spelled.items())
    limit = f", maximum_object_size = {lines.longest + 1}" if lines.longest > _LINE_LIMIT else ""
    try:
        ((loaded,),) = db.trusted(
            f"{into} select * from read_json({literal(str(lines.path))}, "
            f"format = 'newline_delimited', columns = {{{listed}}}{limit})"
        )
    except duckdb.Error as error:
        raise PackError(
            f"records of {kind.name}",
            one_line(error),
            remedy="this version reads another shape; collect the source again",
        ) from error
    lines.path.unlink()
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
