"""How often: ``30s``, ``15m``, ``6h``, ``7d``, or five cron fields in the organisation's zone."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d{1,6})\s*([smhd])")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    return datetime.now(UTC)


def duration(text: str) -> timedelta:
    """Read ``6h`` and the like.

    Raises:
        ValueError: It is none, or not longer than nothing.
    """
    match = _DURATION.fullmatch(text.strip())
    if not match or not int(match[1]):
        raise ValueError("expected a duration such as 30s, 15m, 6h or 7d; correct the value")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


class Rhythm:
    """When something is due. Intervals count from 1970 on, so due times are the same whoever
    computes them and after every restart."""

    def __init__(self, text: str, zone: str = "UTC") -> None:
        self.text = text
        self._next: Callable[[datetime], datetime]
        if len(text.split()) == 5:
            self._next = _cron(text, zone)
            self.step = self._shortest_step()
        else:
            self.step = duration(text)
            self._next = self._after_interval

    def next_after(self, instant: datetime) -> datetime:
        """The first due time after ``instant``."""
        return self._next(instant)

    def last_until(self, instant: datetime) -> datetime | None:
        """The newest due time that is not after ``instant``; None when a year holds none."""
        for back in (self.step, self.step * 8, timedelta(days=35), timedelta(days=366)):
            due = self.next_after(instant - back)
            if due <= instant:
                while (later := self.next_after(due)) <= instant:
                    due = later
                return due
        return None

    def between(self, after: datetime, until: datetime, *, limit: int = 1000) -> list[datetime]:
        """Due times in ``(after, until]``, oldest first, at most the newest ``limit``."""
        found: list[datetime] = []
        due = self.next_after(after)
        while due <= until:
            found.append(due)
            due = self.next_after(due)
            if len(found) > limit:
                del found[0]
        return found

    def _after_interval(self, instant: datetime) -> datetime:
        return EPOCH + ((instant - EPOCH) // self.step + 1) * self.step

    def _shortest_step(self) -> timedelta:
        due = [self._next(datetime(2026, 1, 1, tzinfo=UTC))]
        for _ in range(40):
            due.append(self._next(due[-1]))
        return min(later - earlier for earlier, later in pairwise(due))


def _cron(text: str, zone: str) -> Callable[[datetime], datetime]:
    from apscheduler.triggers.cron import CronTrigger

    try:
        trigger = CronTrigger.from_crontab(text, timezone=ZoneInfo(zone))
    except ValueError as error:
        raise ValueError("not five cron fields; write minute hour day month weekday") from error

    def following(instant: datetime) -> datetime:
        due: datetime | None = trigger.get_next_fire_time(None, instant + timedelta(microseconds=1))
        if due is None:
            raise ValueError("this schedule is never due; correct the cron fields")
        return due.astimezone(UTC)

    return following
