"""What was changed: CloudTrail's management events that write, of the services that matter.

CloudTrail keeps them for 90 days, per region, and answers twice a second. IAM's events are in
us-east-1 only: configure a source there too. Data events (objects in buckets) are not in it.
With the setting ``trail_logs`` the log files of a trail are read instead (``trail/log_events.py``).

The time since the last run is read in slices, oldest first; after each the cursor moves, so a first
run that is cut short goes on where it stopped.
"""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from ..contract import Call, Check, Page, Skip
from .api import Api, Paged
from .event_details import LookedUp, event_of
from .kinds import MANAGEMENT_EVENT, ManagementEvent
from .trail.log_events import LogEvents

PAGE = 50  # the most that CloudTrail allows
KEPT = timedelta(days=90)
OVERLAP = timedelta(hours=1)  # events come late, by 15 minutes at most as AWS says
SHORTEST, FIRST, LONGEST = timedelta(hours=1), timedelta(days=1), timedelta(days=16)
FEW, MANY = 2, 40  # pages of a slice: the next one is twice, or half, as long

_OPERATION = "cloudtrail:LookupEvents"
_WRITES = [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]


class Cursor(msgspec.Struct):
    """Everything before ``end`` was read, but for what came late."""

    end: datetime


class _Events(Paged, kw_only=True):
    events: list[LookedUp] = []


class Pace:
    """At most ``rate_per_s`` requests a second, however many threads."""

    def __init__(self, rate_per_s: float) -> None:
        self._interval_s = 1 / rate_per_s
        self._lock = threading.Lock()
        self._free_at = 0.0

    def wait(self) -> None:
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._free_at)
            self._free_at = turn + self._interval_s
        time.sleep(turn - now)


class ManagementEventReader:
    kind = MANAGEMENT_EVENT

    def __init__(self, api: Api, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._clock = clock
        self._pace = Pace(api.settings.lookup_rate_per_s)

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        trail_logs = self._api.settings.trail_logs
        if trail_logs is not None:
            return LogEvents(self._api, self._clock, trail_logs).pages(call, since)
        return self._looked_up(call, since)

    def _looked_up(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        end = self._clock().astimezone(UTC).replace(microsecond=0)
        oldest = end - KEPT
        last = _end_of(since)
        start = max(oldest, last - OVERLAP) if last is not None else oldest
        start = min(start, end)
        length = FIRST
        while True:
            until = min(start + length, end)
            pages = yield from self._slice(call, start, until)
            if until >= end:
                break
            start = until
            if pages < FEW:
                length = min(2 * length, LONGEST)
            elif pages > MANY:
                length = max(length / 2, SHORTEST)
        if last is not None:
            yield _unbroken(last, oldest)

    def _slice(
        self, call: Call, start: datetime, until: datetime
    ) -> Generator[Page | Skip, None, int]:
        """The events from ``start`` to ``until``; the cursor moves with the last page. Returns the
        number of pages."""
        pages = 0
        cursor = msgspec.json.encode(Cursor(end=until)).decode()
        for page in self._lookup(call, start, until):
            pages += 1
            events: list[ManagementEvent] = []
            for found in page.events:
                if not self._is_wanted(found):
                    continue
                event, skip = event_of(found)
                events.append(event)
                if skip is not None:
                    yield skip
            yield Page(records=events, cursor=None if page.next_token else cursor)
        return pages

    def _lookup(self, call: Call, start: datetime, until: datetime) -> Iterator[_Events]:
        """CloudTrail takes both ends as included and whole seconds."""

        def fetch(token: str | None) -> tuple[_Events, str | None]:
            more = {"NextToken": token} if token else {}
            self._pace.wait()
            page = self._api.fetch(
                call,
                _OPERATION,
                _Events,
                {
                    "LookupAttributes": _WRITES,
                    "StartTime": start,
                    "EndTime": until,
                    "MaxResults": PAGE,
                    **more,
                },
            )
            return page, page.next_token

        return call.every_page(
            _OPERATION,
            fetch,
            LookupAttributes="ReadOnly=false",
            StartTime=start.isoformat(),
            EndTime=until.isoformat(),
            kept=self._api.settings.event_sources or "all event sources",
        )

    def _is_wanted(self, found: LookedUp) -> bool:
        wanted = self._api.settings.event_sources
        return wanted is None or found.event_source in wanted


def _end_of(cursor: str | None) -> datetime | None:
    """None: read everything that there is, which harms nothing: events are unique."""
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(cursor, type=Cursor).end.astimezone(UTC)
    except (msgspec.MsgspecError, ValueError):
        return None


def _unbroken(last: datetime, oldest: datetime) -> Check:
    lost = last < oldest
    return Check(
        method="the time read begins before the last run's end",
        expected=f"not before {oldest:%Y-%m-%dT%H:%M:%SZ}, CloudTrail keeps 90 days",
        found=f"{last:%Y-%m-%dT%H:%M:%SZ}",
        ok=not lost,
        note="what happened between the two cannot be looked up any more" if lost else "",
    )
