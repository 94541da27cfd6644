"""Jobs that have ended, as events: each is described once, however long the list becomes.

A finished job never changes, and an account may have hundreds of thousands. So the cursor holds,
for each list, up to which time of creation all jobs were seen, and which of them are *open*: still
running, or not to be described the last time. A run asks about the open ones and about what was
made since; what has ended becomes an event, what has not stays open.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

import msgspec

from ..contract import Call, Check, Kind, Page, Record, Skip
from ..errors import CollectionError
from .api import Api, Parameters
from .errors import Gone
from .listing import Found, Listing, skip_of
from .parts import Look, fan_out
from .second_look import SecondLook, server_date
from .table import Details, Vanished

I = TypeVar("I", bound=msgspec.Struct)  # noqa: E741  # an item of a list

LATE = timedelta(minutes=15)
"""A list may show a job so much later than it was made; what is read twice counts once."""
MOST_OPEN = 2000
"""More stop the reading before it goes on to newer jobs: a cursor is stored whole."""


class Job(Record):
    """What all jobs have. It is kept when it has ended."""

    name: str
    arn: str
    status: str
    created_at: datetime
    ended_at: datetime
    """Of a job that is still running: when it was last heard of."""
    failure: str | None = None
    """What kind of failure: the reason's first word. The rest quotes the job's own output."""


_FIRST_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]{1,60}(?=:|\s|$)")


def failure_of(reason: str | None) -> str | None:
    if not reason:
        return None
    found = _FIRST_WORD.match(reason)
    return found[0] if found else "unnamed"


def subject(job: Job) -> str:
    """A name can be used again after the job was deleted."""
    return f"{job.name}@{job.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def ended_at(job: Job) -> datetime:
    return job.ended_at


class Cursor(msgspec.Struct):
    ends: dict[str, datetime] = {}
    """Name of the outer object, or nothing -> all jobs made before were seen."""
    open: set[str] = set()
    """References."""


@dataclass(frozen=True, kw_only=True)
class Jobs(Generic[I]):
    """An event kind that is read from one list, newest last."""

    kind: Kind
    what: str
    listing: Listing[I]
    """Sorted by time of creation."""
    after: str
    """The parameter that leaves out what was made earlier."""
    reference: Callable[[I], str]
    """By what `record` finds it again in a later run."""
    running: frozenset[str]
    """States from which a job comes to another one."""
    record: Callable[[Details, str], Job | None]
    """Runs on several threads. None: it could not be described, and ``details`` says why."""
    listed: Callable[[I], Job] | None = None
    """Where the list says everything; ``record`` is for those that were open."""


class JobReader(Generic[I]):
    """Implements `contract.Reader` for `Jobs`."""

    def __init__(self, api: Api, jobs: Jobs[I], clock: Callable[[], datetime]) -> None:
        self._api, self._jobs, self._clock = api, jobs, clock

    @property
    def kind(self) -> Kind:
        return self._jobs.kind

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        return _Reading(self._api, self._jobs, call, since, self._clock).pages()


class _Reading(Generic[I]):
    def __init__(
        self,
        api: Api,
        jobs: Jobs[I],
        call: Call,
        since: str | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._api, self._jobs, self._call, self._clock = api, jobs, call, clock
        self._cursor = _cursor(since)
        self._second = SecondLook(jobs.listing.operation)
        self._windows: list[tuple[Parameters, Parameters]] = []
        """Of each inner list, or the only one: parameters of the first and of the second look."""

    def pages(self) -> Iterator[Page | Skip | Check]:
        start = dict(self._cursor.ends)
        is_whole = True
        there: set[str] = set()
        yield from self._look_again()
        for outer, parameters in self._lists():
            there.add(outer)
            try:
                yield from self._new(outer, parameters)
            except CollectionError as error:
                if self._jobs.listing.within is None:
                    raise
                if isinstance(error, Gone):
                    there.discard(outer)
                    continue
                is_whole = False
                yield skip_of(f"{self._jobs.what}s of {outer}", error)
            if len(self._cursor.open) > MOST_OPEN:
                yield self._too_many()
                return
        if is_whole:
            check = self._compare()
            ends = self._cursor.ends if check.ok else start
            self._cursor.ends = {outer: end for outer, end in ends.items() if outer in there}
            yield check
        yield self._page([])

    def _look_again(self) -> Iterator[Page | Skip]:
        """At those that were open."""
        if self._cursor.open:
            yield from self._described([(one, None) for one in sorted(self._cursor.open)])

    def _lists(self) -> Iterator[tuple[str, Parameters]]:
        """Outer name and parameters of each list; one without a name if there is no outer list."""
        within = self._jobs.listing.within
        if within is None:
            yield "", {}
            return
        for page in within.parents.pages(
            self._api, self._call, within.parents.sorted_by("Ascending")
        ):
            for parent in page.items:
                yield within.parents.name(parent), within.parameters(parent)

    def _new(self, outer: str, parameters: Parameters) -> Iterator[Page | Skip]:
        """Jobs of one list that were made since the last run; the cursor moves with each page."""
        listing = self._jobs.listing
        last = self._cursor.ends.get(outer)
        window = {self._jobs.after: last - LATE} if last else {}
        began: datetime | None = None
        first = {**parameters, **window, **listing.sorted_by("Ascending")}
        self._windows.append((first, {**first, **listing.sorted_by("Descending")}))
        for page in listing.pages(self._api, self._call, first):
            began = began or server_date(page.answer) or self._clock()
            self._note(page)
            self._end(outer, _newest(listing, page, began))
            yield from self._described([(self._jobs.reference(i), i) for i in page.items])
        self._end(outer, began)

    def _end(self, outer: str, at: datetime | None) -> None:
        if at is not None:
            self._cursor.ends[outer] = at

    def _note(self, page: Found[I]) -> None:
        self._second.page(page.answer)
        for item in page.items:
            listing = self._jobs.listing
            self._second.listed(listing.name(item), listing.made(item))

    def _described(self, found: Sequence[tuple[str, I | None]]) -> Iterator[Page | Skip]:
        """Events of those that have ended; the others are open afterwards."""

        def look(one: tuple[str, I | None]) -> Look:
            reference, item = one
            details = Details(self._api, self._call, self._jobs.what, reference)
            try:
                job = self._read(details, reference, item)
            except Vanished:
                self._cursor.open.discard(reference)
                return Look(None, details.parts)
            if job is None or details.parts.failed or job.status in self._jobs.running:
                self._cursor.open.add(reference)
                return Look(None, details.parts)
            self._cursor.open.discard(reference)
            return Look(job, details.parts)

        records: list[Record] = []
        for answer in fan_out(self._call, found, look, threads=self._api.settings.threads):
            if isinstance(answer, Page):
                records.extend(answer.records)
            else:
                yield answer
        if len(self._cursor.open) <= MOST_OPEN:
            yield self._page(records)
        else:
            yield Page(records=records)

    def _read(self, details: Details, reference: str, item: I | None) -> Job | None:
        if item is not None and self._jobs.listed is not None:
            return self._jobs.listed(item)
        return self._jobs.record(details, reference)

    def _page(self, records: Sequence[Record]) -> Page:
        return Page(
            records=records,
            cursor=msgspec.json.encode(self._cursor, order="deterministic").decode(),
        )

    def _compare(self) -> Check:
        listing = self._jobs.listing

        def again() -> Iterator[tuple[str, datetime | None]]:
            for _, parameters in self._windows:
                try:
                    for page in listing.pages(self._api, self._call, parameters):
                        for item in page.items:
                            yield listing.name(item), listing.made(item)
                except Gone:
                    if listing.within is None:
                        raise

        return self._second.compare(again())

    def _too_many(self) -> Skip:
        return Skip(
            what=f"{self._jobs.what}s after the first {MOST_OPEN:,} that are open",
            problem="so many are running or could not be described that no further ones are read",
            remedy=f"grant what the kind needs: {self._jobs.kind.permission}",
        )


def _newest(listing: Listing[I], page: Found[I], began: datetime) -> datetime | None:
    made = [at for item in page.items if (at := listing.made(item)) is not None]
    return min(max(made), began) if made else None


def _cursor(since: str | None) -> Cursor:
    """From the beginning where there is none, or none that we understand: events are unique."""
    if since is None:
        return Cursor()
    try:
        return msgspec.json.decode(since, type=Cursor)
    except (msgspec.MsgspecError, ValueError):
        return Cursor()
