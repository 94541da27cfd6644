"""What the head of an answer says of time."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from annexa.collectors.http_answer import date, retry_after_s


def test_a_date_is_read_in_utc() -> None:
    assert date("Tue, 24 Nov 2026 13:00:00 +0100") == datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "header", [None, "", "soon", "Tue, 99 Nov 2026 13:00:00 GMT", "1", "\udcff"]
)
def test_what_is_no_date_is_none(header: str | None) -> None:
    assert date(header) is None


def test_a_wish_to_wait_is_seconds_or_a_date() -> None:
    assert retry_after_s(" 120 ") == 120.0
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < (retry_after_s(later) or 0) <= 100
    assert retry_after_s("Tue, 24 Nov 1998 12:00:00 GMT") == 0.0


@pytest.mark.parametrize("header", [None, "", "-1", "²", "1e9", "soon"])
def test_a_wish_that_is_none_is_none(header: str | None) -> None:
    assert retry_after_s(header) is None
