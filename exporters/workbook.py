"""``01_index.xlsx``: the index workbook, filterable, with real dates and nothing that runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.url import Url

from .rows import Value

MAX_ROWS = 10_000
"""In one sheet, its header not counted. An index is for reading and filtering; whoever needs every
row takes the file that the sheet names. Ten thousand rows take about a second to write."""
_MAX_TEXT = 32_767
_MAX_LINKS = 60_000
"""In one sheet; Excel ends at 65,530."""
_WIDTHS = {
    "about": 14, "class": 11, "control": 11, "count": 8, "detail": 60, "evidence_id": 14,
    "evidence_ids": 16, "file": 52, "from": 20, "id": 10, "ipe": 42, "items": 8, "leaf": 7,
    "meaning": 90, "objective_evidence": 16, "outcome": 15, "pages": 7, "reason": 70, "request": 10,
    "result": 13, "rule": 13, "rule_id": 13, "rows": 8, "run": 7, "sha256": 20, "soa": 12,
    "statement": 70, "subject": 44, "subjects": 44, "text": 110, "title": 44, "what": 22, "why": 70,
    "wording": 70, "cause": 70, "parquet": 42,
}  # fmt: skip
_DAY = 11
_LINE = 15
"""Points."""
_MAX_LINES = 8
_TONES = {
    "good": ("#1D6B43", "#E6F3EC"), "bad": ("#A3261D", "#FBE9E7"), "doubt": ("#7A4B00", "#FBF0DC"),
    "wait": ("#3D4F86", "#E9EDF8"), "mute": ("#6A7380", "#ECEEF1"),
}  # fmt: skip


@dataclass(frozen=True)
class Link:
    """A cell that leads to a file of the bundle, relative to the workbook."""

    text: str
    target: str


@dataclass(frozen=True)
class Word:
    """A state or an outcome, coloured as it is on the page."""

    text: str
    tone: str


Cell = Value | Link | Word


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
        self._head = self._format(bold=True, bg_color="#E8EDF3", bottom=1, text_wrap=True)
        self._plain = self._format()
        self._long = self._format(text_wrap=True)
        self._time = self._format(num_format="yyyy-mm-dd hh:mm:ss", align="left")
        self._link = self._format(font_color="#0B57A4", underline=1)
        self._tones = {
            tone: self._format(font_color=ink, bg_color=ground)
            for tone, (ink, ground) in _TONES.items()
        }
        self._links = 0

    def _format(self, **of: object) -> Any:
        return self._book.add_format({"valign": "top", "font_name": "Calibri", **of})

    def close(self) -> None:
        self._book.close()

    def sheet(
        self,
        name: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Cell]],
        *,
        rest: str = "",
        keep: int = 0,
    ) -> int:
        """Add a sheet with a frozen header and a filter; returns the number of rows.

        Args:
            rest: Where the rows are that do not fit.
            keep: So many columns stay in sight when the others are scrolled.
        """
        sheet, self._links = self._book.add_worksheet(name), 0
        self._set_up(sheet, columns, keep)
        wrapped = [_wrapped_at(column) for column in columns]
        count = 0
        for row in rows:
            if count == MAX_ROWS:
                sheet.write_string(
                    count + 1, 0, f"More rows do not fit; all are in {rest}", self._head
                )
                break
            count += 1
            lines = max(map(_lines, wrapped, row), default=1)
            if lines > 1:
                sheet.set_row(count, lines * _LINE)
            for place, value in enumerate(row):
                self._write(sheet, count, place, value, wrap=wrapped[place] > 0)
        sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
        return count

    def _set_up(self, sheet: Any, columns: Sequence[str], keep: int) -> None:
        sheet.freeze_panes(1, keep)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&L&F, &A&RPage &P of &N")
        for place, column in enumerate(columns):
            sheet.set_column(place, place, _width(column))
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, self._head)

    def _write(self, sheet: Any, row: int, column: int, value: Cell, *, wrap: bool) -> None:
        if value is None:
            return
        if isinstance(value, Link):
            self._links += 1
            if self._links > _MAX_LINKS or len(value.target) > 1000:
                sheet.write_string(row, column, _fitting(value.text), self._plain)
            else:
                sheet.write_url(row, column, _url(value), self._link)
        elif isinstance(value, Word):
            sheet.write_string(row, column, _fitting(value.text), self._tones[value.tone])
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, self._plain)
        elif isinstance(value, datetime) and value.year >= 1900:
            sheet.write_datetime(row, column, _naive(value), self._time)
        elif isinstance(value, int | float) and abs(value) < 10**15:
            sheet.write_number(row, column, value, self._plain)
        else:
            text = _fitting(str(value))
            sheet.write_string(row, column, text, self._long if wrap else self._plain)


def _width(column: str) -> int:
    """In characters."""
    is_day = len(column) == 10 and column[4:8:3] == "--"
    return _DAY if is_day else _WIDTHS.get(column, 18)


def _wrapped_at(column: str) -> int:
    """After how many characters its text goes on in another line; 0: never."""
    width = _width(column)
    return width if width >= 40 or column.endswith(("evidence", "evidence_ids")) else 0


def _lines(wrapped: int, value: Cell) -> int:
    """How high a cell has to be: no program finds out by itself when it opens the file."""
    if not wrapped or not isinstance(value, str):
        return 1
    return min(1 + len(value) // wrapped, _MAX_LINES)


def _url(link: Link) -> Any:
    url = Url(f"external:{link.target}")
    url.text = _fitting(link.text)
    url._relationship_link = link.target  # it would hold backslashes, which lead nowhere elsewhere
    return url


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _fitting(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
