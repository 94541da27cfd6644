"""Periods are half-open, in UTC, and as people write them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from annexa.mappings.errors import PeriodError
from annexa.mappings.period import Period
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "start", "end", "days"),
    [
        ("2026-Q4", "2026-10-01", "2027-01-01", 92),
        ("2026-q1", "2026-01-01", "2026-04-01", 90),
        ("2026-11", "2026-11-01", "2026-12-01", 30),
        ("2026-12", "2026-12-01", "2027-01-01", 31),
        ("2028", "2028-01-01", "2029-01-01", 366),
        ("2026-01-01..2026-04-01", "2026-01-01", "2026-04-01", 90),
    ],
)
def test_a_period_is_read(text: str, start: str, end: str, days: int) -> None:
    period = Period.parse(text)
    assert period.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert period.end == datetime.fromisoformat(end).replace(tzinfo=UTC)
    assert period.days == days
    assert str(period).lower() == text.lower()


@pytest.mark.parametrize(
    "text",
    ["", "2026-Q5", "2026-13", "2026-00", "26", "yesterday", "2026-02-30..2026-03-01", "9999-Q4",
     "2026-04-01..2026-04-01", "2026-04-02..2026-04-01", "2026-11-24", "../2026"],
)  # fmt: skip
def test_what_is_no_period_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(PeriodError) as refused:
        Period.parse(text)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 2


def test_the_last_instant_belongs_to_the_next_period() -> None:
    quarter, following = Period.parse("2026-Q3"), Period.parse("2026-Q4")
    assert quarter.end == following.start
    assert quarter.end not in quarter
    assert quarter.end - timedelta(microseconds=1) in quarter


@given(st.dates(), st.integers(1, 4000))
def test_a_label_reads_back(first: date, days: int) -> None:
    try:
        last = first + timedelta(days=days)
    except OverflowError:
        return
    period = Period.parse(f"{first}..{last}")
    assert Period.parse(period.label) == period
    assert period.days == days
