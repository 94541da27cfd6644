"""CSV after RFC 4180 that a spreadsheet shows and never runs.

UTF-8 with a byte order mark, because Excel takes it for something else without one. A text that
begins like a formula gets an apostrophe in front; so does one that begins with an apostrophe, so
that taking one away always gives the text that was read.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from .facts import rfc3339
from .rows import Value

_BATCH = 1000
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")


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


def csv_chunks(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """The file in pieces."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    yield b"\xef\xbb\xbf"
    for number, row in enumerate(rows, 1):
        writer.writerow([cell(value) for value in row])
        if number % _BATCH == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
