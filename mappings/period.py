"""The time that a bundle speaks about: a half-open interval of UTC instants."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from .errors import PeriodError

_QUARTER = re.compile(r"(\d{4})-[Qq]([1-4])")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"\d{4}")


@dataclass(frozen=True, kw_only=True)
class Period:
    """``[start, end)``; both aware and UTC, ``start < end``."""

    start: datetime
    end: datetime
    label: str
    """Short, fit for a file name: ``2026-Q4``, ``2026-11``, ``2026-01-01..2026-04-01``."""

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read ``2026-Q4``, ``2026-11``, ``2026`` or ``2026-01-01..2026-04-01``.

        The second date of a range is the first day that no longer belongs to the period.

        Raises:
            PeriodError: It is none of these, or it ends before it starts.
        """
        wanted = text.strip()
        try:
            if match := _QUARTER.fullmatch(wanted):
                year, quarter = int(match[1]), int(match[2])
                return cls._months(year, 3 * quarter - 2, 3, f"{year:04}-Q{quarter}")
            if match := _MONTH.fullmatch(wanted):
                return cls._months(int(match[1]), int(match[2]), 1, wanted)
            if _YEAR.fullmatch(wanted):
                return cls._months(int(wanted), 1, 12, wanted)
            return cls._range(wanted)
        except (ValueError, OverflowError) as error:
            raise PeriodError(
                "period",
                f"{text!r} is not a period",
                remedy="write 2026-Q4, 2026-11, 2026 or 2026-01-01..2026-04-01",
            ) from error

    @classmethod
    def _months(cls, year: int, month: int, months: int, label: str) -> "Period":
        after = month + months
        return cls(
            start=datetime(year, month, 1, tzinfo=UTC),
            end=datetime(year + (after - 1) // 12, (after - 1) % 12 + 1, 1, tzinfo=UTC),
            label=label,
        )

    @classmethod
    def _range(cls, text: str) -> "Period":
        first, dots, last = text.partition("..")
        if not dots:
            raise ValueError("no range")
        start, end = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
        if start >= end:
            raise PeriodError(
                "period",
                f"{text!r} ends before it starts",
                remedy="the second date is the first day after the period",
            )
        return cls(start=_midnight(start), end=_midnight(end), label=f"{start}..{end}")

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @property
    def days(self) -> int:
        """Whole days; a period starts and ends at midnight UTC."""
        return (self.end - self.start) // timedelta(days=1)

    def __str__(self) -> str:
        return self.label


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
