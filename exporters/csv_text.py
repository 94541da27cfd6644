"""CSV after RFC 4180 that a spreadsheet shows and never runs.

UTF-8 with a byte order mark, because Excel takes it for something else without one. A text that
begins like a formula gets an apostrophe in front; so does one that begins with an apostrophe, so
that taking one away always gives the text that was read.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from ..mappings.kind_table import identifier, literal
from .facts import rfc3339
from .rows import Rows, Value, is_time, value_sql

_BATCH = 1000
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")
_DANGEROUS_CODES = ", ".join(str(ord(start)) for start in DANGEROUS)


def escaped(text: str) -> str:
    """``text`` as no spreadsheet takes it for a formula."""
    text = text.replace("\0", "\ufffd")
    return "'" + text if text.startswith(DANGEROUS) else text


def unescaped(cell: str) -> str:
    """What `escaped` was given, but for NUL."""
    return cell.removeprefix("'")


def cell(value: Value) -> str | int | float:
    """One value as it is written; NULL is an empty cell."""
    if isinstance(value, str):
        return escaped(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return rfc3339(value) if isinstance(value, datetime) else value


def cell_sql(name: str, kind: str) -> str:
    """A column as `cell` would write it, made by DuckDB: several times as fast for large tables."""
    value = value_sql(name, kind)
    if is_time(kind):
        written = f"strftime(timezone('UTC', {identifier(name)}), '%Y-%m-%dT%H:%M:%S.%fZ')"
        return f"replace({written}, '.000000Z', 'Z')"
    if kind in ("BOOLEAN", "DOUBLE"):  # a number's text is DuckDB's, whoever hashes it
        return f"{value}::varchar"
    if kind in ("BIGINT", "INTEGER", "HUGEINT", "UBIGINT", "UINTEGER", "SMALLINT"):
        return value
    text = f"replace({value}, chr(0), chr(65533))"
    return (
        f"case when ascii({value}) in ({_DANGEROUS_CODES}) then chr(39) || {text} "
        f"when contains({value}, chr(0)) then {text} else {value} end"
    )


def write_csv(rows: Rows, query: str) -> tuple[Sequence[str], Path]:
    """Write a query's rows, made of `cell_sql`, to a new file, which is the caller's, without a
    header. Several times as fast as `csv_chunks`, and in memory that DuckDB bounds."""
    path = rows.new_file("csv")
    rows.run(
        f"copy ({query}) to {literal(str(path))} "
        "(format csv, header false, delimiter ',', quote '\"', escape '\"', new_line '\r\n')"
    )
    return tuple(rows.columns(query)), path


def csv_header(columns: Sequence[str]) -> bytes:
    """What stands before the rows."""
    return b"".join(csv_chunks(columns, ()))


def csv_chunks(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """The file in pieces."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    yield b"\xef\xbb\xbf"
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        writer.writerows([[cell(value) for value in row] for row in batch])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()
