"""Markdown of text that comes from outside: it stays text, on one line."""

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def plain_line(text: object) -> str:
    """One line without control characters."""
    line = str(text)
    if not line.isprintable():
        line = "".join(c if c.isprintable() else " " for c in line)
    return " ".join(line.split())


def md(text: object) -> str:
    return _SPECIAL.sub(r"\\\1", plain_line(text))


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A pipe table; cells are escaped."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += [
        "| " + " | ".join(md("" if cell is None else cell) for cell in row) + " |" for row in rows
    ]
    return "\n".join(lines) + "\n"
