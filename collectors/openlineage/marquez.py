"""Run events out of a Marquez.

Source: Marquez' ``OpenLineageResource`` and ``OpenLineageDao``. ``GET /api/v1/events/lineage``
gives run events with ``after <= event time < before`` in the order of their times, which need not
be that of their arrival. Events of one instant have no order: a page begins at the instant with
which the page before it ended, and only within one instant ``offset`` is used.
"""

from collections import deque
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from ..contract import Call, Check, Page, Skip
from ..documents.token import read_token
from ..errors import UnexpectedAnswer
from ..json_api import JsonApi
from .kinds import EVENT, Event
from .settings import OpenLineageSettings
from .wire import read_event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEFORE = "2200-01-01T00:00:00Z"  # Marquez' own default, 2030, would cut off what is dated later
OPERATION = "GET /api/v1/events/lineage"
_NAMED_SKIPS = 20


class _Answer(msgspec.Struct, rename="camel"):
    events: list[msgspec.Raw]
    total_count: int | None = None


class _At(msgspec.Struct, rename="camel"):
    """What the order is by; read of every event, also of those that are none otherwise."""

    event_time: datetime


class MarquezReader:
    """All run events from the cursor's time on."""

    kind = EVENT

    def __init__(self, settings: OpenLineageSettings) -> None:
        self._settings = settings
        self._where = settings.id
        self._api: JsonApi | None = None

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`. The cursor is the time of the newest event that was read."""
        newest = begin = _instant(since) if since else _EPOCH
        if since:
            begin -= timedelta(hours=self._settings.look_back_h)
        seen: deque[str] = deque(maxlen=4 * self._settings.page_size)
        spoiled = 0
        for events in call.every_page(OPERATION, lambda token: self._page(call, token, begin)):
            records, problems = _read(events)
            spoiled += len(problems)
            yield from problems[: max(0, _NAMED_SKIPS - spoiled + len(problems))]
            fresh = [record for record in records if record.id not in seen]
            seen.extend(record.id for record in fresh)
            newest = max([newest, *(record.event_time for record in records)])
            yield Page(records=fresh, cursor=newest.isoformat())
        yield self._newest_are_there(call, begin, seen, spoiled)

    def _page(
        self, call: Call, token: str | None, begin: datetime
    ) -> tuple[list[msgspec.Raw], str | None]:
        after, offset = _place(token) if token else (begin, 0)
        size = self._settings.page_size
        events = self._ask(call, after, offset, size, "asc").events
        if len(events) < size:
            return events, None
        last = _at(events[-1])
        if last < after:
            raise UnexpectedAnswer(
                self._where, "its events are not in order", remedy="check the version of Marquez"
            )
        following = (last, 0) if last > after else (after, offset + len(events))
        return events, f"{following[0].isoformat()} {following[1]}"

    def _newest_are_there(
        self, call: Call, begin: datetime, seen: Collection[str], spoiled: int
    ) -> Check:
        """The newest page from the other end: what it has must have been read."""
        answer = call.once(
            OPERATION, lambda: self._ask(call, begin, 0, self._settings.page_size, "desc")
        )
        records, problems = _read(answer.events)
        found = sum(record.id in seen for record in records)
        note = ""
        if answer.total_count is not None:
            note = f"Marquez counts {answer.total_count}, job and dataset events included"
        return Check(
            method="the newest page, read backwards",
            expected=f"{len(records)} events",
            found=f"{found} events",
            ok=found == len(records) and len(problems) <= spoiled,
            note=note,
        )

    def _ask(self, call: Call, after: datetime, offset: int, size: int, order: str) -> _Answer:
        return self._opened().get(
            call,
            "/api/v1/events/lineage",
            _Answer,
            after=after.isoformat(),
            before=_BEFORE,
            limit=size,
            offset=offset,
            sortDirection=order,
        )

    def _opened(self) -> JsonApi:
        if self._api is None:
            token = read_token(self._where, self._settings.token_env, "Marquez")
            self._api = JsonApi(
                self._where,
                str(self._settings.marquez_url),
                timeout_s=self._settings.timeout_s,
                grant="a token that may read, in token_env",
                headers={"authorization": f"Bearer {token}"} if token else {},
            )
        return self._api


def _read(events: list[msgspec.Raw]) -> tuple[list[Event], list[Skip]]:
    records: list[Event] = []
    problems: list[Skip] = []
    for number, event in enumerate(events, 1):
        try:
            records.append(read_event(event))
        except (ValueError, RecursionError) as error:
            problems.append(
                Skip(
                    what=f"event {number} of a page",
                    problem=f"is no OpenLineage event: {error}",
                    remedy="look at its producer",
                )
            )
    return records, problems


def _at(event: msgspec.Raw) -> datetime:
    at = msgspec.json.decode(event, type=_At).event_time
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _instant(cursor: str) -> datetime:
    return datetime.fromisoformat(cursor)


def _place(token: str) -> tuple[datetime, int]:
    at, _, offset = token.rpartition(" ")
    return datetime.fromisoformat(at), int(offset)
