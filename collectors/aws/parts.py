"""Reading many objects in parts: what was refused is null, and what failed is named."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ..contract import Call, Page, Record, Skip
from ..errors import AccessDenied, CollectionError
from .errors import Gone

T = TypeVar("T")

PAGE_RECORDS = 100
NAMED_SKIPS = 50  # further ones are counted


class Parts:
    """The parts of one object. After a part that failed the object is not stored: what the last
    run saw of it stands. After a part that was refused it is stored with nulls."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.skips: list[Skip] = []
        self.failed = False
        self.gone = False

    def read(self, fetch: Callable[[], T]) -> T | None:
        """The part, or None: there is none, or it could not be read, which ``skips`` says."""
        try:
            return fetch()
        except Gone:
            self.gone = True
            return None
        except CollectionError as error:
            denied = isinstance(error, AccessDenied)
            self.failed = self.failed or not denied
            self.skips.append(
                Skip(what=self.what, problem=error.problem, remedy=error.remedy, denied=denied)
            )
            return None


class Failure:
    """A list that broke off: what came before is kept, then its error is raised."""

    def __init__(self) -> None:
        self.error: CollectionError | None = None

    def guard(self, items: Iterable[T]) -> Iterator[T]:
        try:
            yield from items
        except CollectionError as error:
            self.error = error


class Look:
    """One object after its parts were read."""

    def __init__(self, record: Record | None, parts: Parts) -> None:
        self.record = None if parts.failed else record
        self.skips = parts.skips


def fan_out(
    call: Call, items: Iterable[T], work: Callable[[T], Look], *, threads: int
) -> Iterator[Page | Skip]:
    """Pages of the records that ``work`` makes of ``items``; at least one page.

    Raises:
        CollectionError: The list could not be read, or not further; after the records before it.
    """
    failure = Failure()
    batch: list[Record] = []
    skips = 0
    further: Skip | None = None
    pages = 0
    for look in call.each(failure.guard(items), work, threads=threads):
        for skip in look.skips:
            skips += 1
            if skips <= NAMED_SKIPS:
                yield skip
            else:
                further = skip
        if look.record is not None:
            batch.append(look.record)
        if len(batch) >= PAGE_RECORDS:
            yield Page(records=batch)
            pages += 1
            batch = []
    if further is not None:
        yield Skip(
            what=f"{skips - NAMED_SKIPS:,} further parts",
            problem=further.problem,
            remedy=further.remedy,
            denied=further.denied,
        )
    if batch or not (pages or failure.error):
        yield Page(records=batch)
    if failure.error is not None:
        raise failure.error
