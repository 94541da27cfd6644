"""``01_index.xlsx``: the index workbook, filterable, with real dates and nothing that runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from .rows import Value

MAX_ROWS = 100_000
"""In one sheet, its header not counted; Excel itself ends at 1,048,576. The rest is in the CSV."""
_MAX_TEXT = 32_767
_MAX_LINKS = 60_000
_WIDTHS = {
    "reason": 70,
    "why": 70,
    "cause": 70,
    "subject": 44,
    "subjects": 44,
    "file": 48,
    "sha256": 20,
}


@dataclass(frozen=True)
class Link:
    """A cell that leads to a file of the bundle, relative to the workbook."""

    text: str
    target: str


Cell = Value | Link


class Workbook:
    """Written row by row, so memory does not grow with it. Close it."""

    def __init__(self, path: Path, *, created: datetime, title: str, scratch: Path) -> None:
        self._book: Any = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": str(scratch),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "remove_timezone": True,
                "default_date_format": "yyyy-mm-dd hh:mm:ss",
            },
        )
        self._book.set_properties({"title": title[:255], "created": _naive(created)})
        self._head = self._book.add_format(
            {"bold": True, "bg_color": "#E8EDF3", "bottom": 1, "valign": "top", "text_wrap": True}
        )
        self._plain = self._book.add_format({"valign": "top"})
        self._time = self._book.add_format({"valign": "top", "num_format": "yyyy-mm-dd hh:mm:ss"})
        self._link = self._book.add_format(
            {"valign": "top", "font_color": "#0B57A4", "underline": 1}
        )
        self._links = 0

    def close(self) -> None:
        self._book.close()

    def sheet(
        self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, rest: str = ""
    ) -> int:
        """Add a sheet with a frozen header and a filter; returns the number of rows.

        Args:
            rest: Where the rows are that do not fit.
        """
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _WIDTHS.get(column, 18))
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, self._head)
        count = 0
        for row in rows:
            if count == MAX_ROWS:
                sheet.write_string(
                    count + 1, 0, f"More rows do not fit; all are in {rest}", self._head
                )
                break
            count += 1
            for place, value in enumerate(row):
                self._write(sheet, count, place, value)
        sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
        return count

    def _write(self, sheet: Any, row: int, column: int, value: Cell) -> None:
        if value is None:
            return
        if isinstance(value, Link):
            self._links += 1
            if self._links > _MAX_LINKS or len(value.target) > 1000:
                sheet.write_string(row, column, _fitting(value.text), self._plain)
            else:
                sheet.write_url(
                    row, column, f"external:{value.target}", self._link, _fitting(value.text)
                )
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, self._plain)
        elif isinstance(value, datetime) and value.year >= 1900:
            sheet.write_datetime(row, column, _naive(value), self._time)
        elif isinstance(value, int | float) and abs(value) < 10**15:
            sheet.write_number(row, column, value, self._plain)
        else:
            sheet.write_string(row, column, _fitting(str(value)), self._plain)


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _fitting(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
