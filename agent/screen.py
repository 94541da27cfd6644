"""What a command says: one JSON document, or text that is safe to print.

Results go to standard output, everything else to standard error. Names come from other
people's systems, so control characters are shown as escapes and markup is never interpreted.
"""

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {
    "pass": "green",
    "supported": "green",
    "complete": "green",
    "ok": "green",
    "fail": "bold red",
    "failing": "bold red",
    "denied": "bold red",
    "unavailable": "bold red",
    "no": "bold red",
    "attention": "yellow",
    "inconclusive": "magenta",
    "unread": "magenta",
    "partial": "magenta",
    "stale": "yellow",
    "waiting": "cyan",
    "manual-pending": "cyan",
    "excluded": "dim",
    "not-applicable": "dim",
    "unsupported": "dim",
}


def clean(value: object) -> str:
    """Text on one line without anything that a terminal would act upon."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if _is_harmless(c) else _escape(c) for c in text)


def _is_harmless(char: str) -> bool:
    # Cc control, Cf format (bidi overrides, zero width), Cs surrogates, Zl/Zp line separators
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


@dataclass(frozen=True)
class Column:
    title: str
    right: bool = False
    keep: bool = False
    """Never wrapped or shortened on a terminal."""


class Screen:
    """Writes to one stream, plainly unless it is a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._console: Console | None = None
        if self._stream.isatty():
            self._console = _console(self._stream)

    @property
    def is_terminal(self) -> bool:
        return self._console is not None

    def line(self, text: object = "", *, style: str | None = None) -> None:
        """One line; what does not fit is wrapped by the terminal, never cut."""
        if self._console is None:
            self._stream.write(clean(text) + "\n")
        else:
            self._console.print(clean(text), style=style, soft_wrap=True)

    def heading(self, text: object) -> None:
        self.line()
        self.line(text, style="bold")

    def block(self, text: str) -> None:
        """Several lines, each made safe on its own: SQL, help, YAML."""
        for part in text.splitlines():
            self.line(part.expandtabs(4))

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
        cells = [[clean("" if cell is None else cell) for cell in row] for row in rows]
        if self._console is None:
            self._plain_table(columns, cells)
        else:
            self._rich_table(self._console, columns, cells)

    def _plain_table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        titles = [clean(column.title) for column in columns]
        widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
        for row in (titles, *rows):
            parts = [
                cell.rjust(width) if column.right else cell.ljust(width)
                for cell, width, column in zip(row, widths, columns, strict=True)
            ]
            self._stream.write("  ".join(parts).rstrip() + "\n")

    @staticmethod
    def _rich_table(
        console: "Console", columns: Sequence[Column], rows: Sequence[Sequence[str]]
    ) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="dim", show_edge=False)
        for column in columns:
            table.add_column(
                Text(clean(column.title)),
                justify="right" if column.right else "left",
                no_wrap=column.keep,
                overflow="fold",
            )
        for row in rows:
            table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
        console.print(table)


def _console(stream: TextIO) -> "Console":
    from rich.console import Console

    return Console(file=stream, markup=False, highlight=False, emoji=False)


def write_json(schema: str, body: dict[str, object]) -> None:
    """One document on standard output; ``schema`` is its documented shape and version."""
    import msgspec

    document = {"schema": f"annexa.{schema}", **body}
    encoded = msgspec.json.encode(document, enc_hook=str, order="deterministic")
    sys.stdout.write(msgspec.json.format(encoded, indent=2).decode("utf-8") + "\n")


def complain(text: object) -> None:
    """One line on standard error."""
    sys.stdout.flush()
    sys.stderr.write(f"annexa: {clean(text)}\n")
    sys.stderr.flush()
