"""Due times: the same whoever computes them, in order, none twice."""

from datetime import UTC, datetime, timedelta

import pytest
from annexa.agent.timing import Rhythm, duration
from hypothesis import given, settings
from hypothesis import strategies as st

INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001 - given a zone below
    lambda moment: moment.replace(tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("text", "length"),
    [("30s", timedelta(seconds=30)), ("6h", timedelta(hours=6)), ("7 d", timedelta(days=7))],
)
def test_durations_read_as_written(text: str, length: timedelta) -> None:
    assert duration(text) == length


@pytest.mark.parametrize("text", ["", "6", "h", "0h", "-1h", "1w", "1h30m", "1.5h", "9999999d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        duration(text)


@settings(deadline=None)
@given(INSTANTS, st.sampled_from(["90s", "6h", "1d"]))
def test_the_last_and_the_next_due_time_enclose_any_instant(moment: datetime, text: str) -> None:
    rhythm = Rhythm(text)
    last, following = rhythm.last_until(moment), rhythm.next_after(moment)
    assert last is not None
    assert last <= moment < following
    assert following - last == rhythm.step


def test_cron_fields_count_in_the_organisations_zone() -> None:
    rhythm = Rhythm("30 6 * * *", "Europe/Berlin")
    summer, winter = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    assert rhythm.next_after(summer) == datetime(2026, 7, 1, 4, 30, tzinfo=UTC)
    assert rhythm.next_after(winter) == datetime(2026, 12, 1, 5, 30, tzinfo=UTC)
    assert rhythm.last_until(winter) == datetime(2026, 11, 30, 5, 30, tzinfo=UTC)


def test_a_due_time_that_is_now_is_not_due_again() -> None:
    rhythm = Rhythm("0 * * * *")
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert rhythm.next_after(noon) == noon + timedelta(hours=1)
    assert rhythm.last_until(noon) == noon


def test_between_lists_each_due_time_once_and_keeps_the_newest() -> None:
    rhythm = Rhythm("1h")
    start = datetime(2026, 7, 1, tzinfo=UTC)
    found = rhythm.between(start, start + timedelta(hours=3))
    assert found == [start + timedelta(hours=n) for n in (1, 2, 3)]
    assert rhythm.between(start, start + timedelta(days=10), limit=5)[-1] == start + timedelta(
        days=10
    )
