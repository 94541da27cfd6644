"""Management events from a trail's log files: the second way, for more than 90 days and any rate.

Files are read day by day, the oldest first. The cursor says which days were read, and until when:
of those days a later run reads only files that were stored since, however late they came.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec

from ...contract import Call, Check, Page, Skip
from ...errors import CollectionError, UnexpectedAnswer
from ..account import account_of
from ..api import Api
from ..event_details import Logged, event_of_log
from ..kinds import ManagementEvent
from ..listing import skip_of
from .bucket import Stored, TrailBucket
from .digests import Digests
from .log_file import LogFile

LATE = timedelta(days=2)
"""A file may be stored so long after the day in its name."""
MARGIN = timedelta(minutes=15)
"""Between S3's clock and the order in which files show up in its lists."""
THREADS = 4  # files of some MB each


class Cursor(msgspec.Struct):
    """What was stored before ``end`` of the days until ``done`` was read. The cursor of
    LookupEvents has an ``end`` too, so one way goes on where the other stopped."""

    end: datetime
    done: date | None = None


class LogEvents:
    def __init__(self, api: Api, clock: Callable[[], datetime], trail_logs: str) -> None:
        self._api, self._clock, self._trail_logs = api, clock, trail_logs

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        settings = self._api.settings
        began = self._clock().astimezone(UTC)
        last = _cursor(since)
        account = account_of(self._api, call)
        bucket = TrailBucket(self._api, self._trail_logs, account, settings.region)
        reading = _Reading(self._api, call, bucket)
        day = _first_day(last, began, timedelta(days=settings.trail_days))
        while day <= began.date():
            yield from reading.day(day, _since(last, day))
            is_whole = reading.is_whole
            cursor = msgspec.json.encode(Cursor(end=began, done=day)).decode()
            yield Page(records=[], cursor=cursor if is_whole else None)
            day += timedelta(days=1)
        yield reading.check()
        if reading.digests.files:
            yield reading.digests.check()


class _Reading:
    def __init__(self, api: Api, call: Call, bucket: TrailBucket) -> None:
        self._api, self._call, self._bucket = api, call, bucket
        self.digests = Digests(api, call, bucket)
        self.is_whole = True
        """Nothing is left that a later run could read."""
        self._files = 0

    def day(self, day: date, since: datetime | None) -> Iterator[Page | Skip]:
        """The files of ``day`` that were stored after ``since``, or all of them."""
        for files in self._bucket.logs(self._call, day):
            self._files += len(files)
            self.digests.listed(day, files)
            wanted = [one for one in files if since is None or one.last_modified >= since]
            yield from self._call.each(wanted, self._read, threads=THREADS)
        yield from self.digests.compare(day)

    def _read(self, stored: Stored) -> Page | Skip:
        name = stored.key.rsplit("/", maxsplit=1)[-1]
        try:
            packed, _ = self._bucket.fetch(self._call, stored.key)
            file = LogFile(self._api.where, name, packed)
            events = [event for record in file.records() if (event := self._event(record))]
        except CollectionError as error:
            if not isinstance(error, UnexpectedAnswer):  # it may be readable later
                self.is_whole = False
            return skip_of(f"log file {name}", error)
        self.digests.read(stored.key, file.sha256)
        return Page(records=events)

    def _event(self, record: object) -> ManagementEvent | None:
        """None: another kind of event."""
        try:
            logged = msgspec.convert(record, Logged)
        except msgspec.MsgspecError as error:
            raise UnexpectedAnswer(
                self._api.where,
                "a record of a log file has another shape than CloudTrail documents",
                remedy="look at the file in S3, and report this as a bug",
            ) from error
        wanted = self._api.settings.event_sources
        if not logged.is_management_write or (
            wanted is not None and logged.event_source not in wanted
        ):
            return None
        return event_of_log(logged)

    def check(self) -> Check:
        """An account in use always has files: a wrong address must not read as silence."""
        return Check(
            method="the trail has log files in the days that were looked at",
            expected="at least 1 file",
            found=f"{self._files} files",
            ok=self._files > 0,
            note="" if self._files else "check trail_logs, and that the trail covers this region",
        )


def _first_day(last: Cursor | None, now: datetime, reach: timedelta) -> date:
    if last is None:
        return (now - reach).date()
    return min((last.done or last.end.date()), now.date()) - LATE


def _since(last: Cursor | None, day: date) -> datetime | None:
    if last is None or last.done is None or day > last.done:
        return None
    return last.end - MARGIN


def _cursor(since: str | None) -> Cursor | None:
    """None: read everything within reach, which harms nothing: events are unique."""
    if since is None:
        return None
    try:
        found = msgspec.json.decode(since, type=Cursor)
    except (msgspec.MsgspecError, ValueError):
        return None
    return Cursor(end=found.end.astimezone(UTC), done=found.done)
