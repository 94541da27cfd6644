"""A kind that AWS lists and describes, as a table: which list and which record.

    TableReader(api, Table(kind=MODEL, what="model", listing=Listing(...), record=describe))

The reader follows every page, describes each object on several threads, and lists a second time
in the opposite order. What is refused or throttled is a `Skip` with the object's name; what was
deleted between list and description is gone, and no gap; what the region or the account does not
have is `Unsupported` (``errors.py``).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from ..contract import Call, Check, Kind, Page, Record, Skip
from ..errors import UnexpectedAnswer
from .api import Answer, Api, Parameters
from .listing import Listing, Walk
from .parts import Look, Parts, fan_out
from .second_look import SecondLook

A = TypeVar("A", bound=Answer)
I = TypeVar("I", bound=msgspec.Struct | str)  # noqa: E741  # an item of a list


class Vanished(Exception):  # it is no error: the object was deleted meanwhile
    """The object itself is not there any more."""


class Details:
    """Reads the parts of one object; see `Parts` for what becomes of those that cannot be."""

    def __init__(self, api: Api, call: Call, what: str, name: str) -> None:
        self.api, self.call = api, call
        self.parts = Parts(f"{what} {name}")
        self._of = f"each {what}"

    def main(self, operation: str, answer: type[A], parameters: Parameters) -> A | None:
        """The description of the object itself; None: refused or failed, and named.

        Raises:
            Vanished: It is gone.
        """
        before, self.parts.gone = self.parts.gone, False
        found = self.part(operation, answer, parameters)
        if self.parts.gone:
            raise Vanished
        self.parts.gone = before
        return found

    def part(
        self, operation: str, answer: type[A], parameters: Parameters, *, absent: A | None = None
    ) -> A | None:
        """Something that belongs to it. None: there is none, or it was refused or failed."""
        return self.parts.read(
            lambda: self.api.ask(
                self.call, operation, answer, parameters, of=self._of, absent=absent
            )
        )

    def all_of(self, listing: Listing[I], parameters: Parameters) -> list[I] | None:
        """A list that belongs to it and is short: all pages. None: refused or failed."""
        return self.parts.read(lambda: self._all(listing, parameters))

    def _all(self, listing: Listing[I], parameters: Parameters) -> list[I]:
        wanted = listing.asked(parameters)
        items: list[I] = []
        seen: set[str | None] = {None}
        token: str | None = None
        while True:
            asked = {**wanted, **listing.at(token)}
            page: Any = self.api.ask(
                self.call, listing.operation, listing.shape, asked, of=self._of
            )
            items += page.items
            token = page.token or None
            if token is None:
                return items
            if token in seen:
                raise UnexpectedAnswer(
                    self.api.where,
                    f"{listing.operation} gave a page token for the second time",
                    remedy="the list has no end; report this to whoever runs the server",
                )
            seen.add(token)

    def tags(self, arn: str) -> dict[str, str | None]:
        """sagemaker:ListTags; empty also when refused, which is named."""
        return self.parts.read(lambda: self.api.tags(self.call, arn)) or {}


@dataclass(frozen=True, kw_only=True)
class Table(Generic[I]):
    """A state kind that is read from one list."""

    kind: Kind
    what: str
    """What one of them is called in messages: ``model card``."""
    listing: Listing[I]
    record: Callable[[Details, I], Record | None]
    """Runs on several threads. None, or with `Details.main` raising `Vanished`: there is none."""


class TableReader(Generic[I]):
    """Implements `contract.Reader` for a `Table`."""

    def __init__(self, api: Api, table: Table[I]) -> None:
        self._api, self._table = api, table

    @property
    def kind(self) -> Kind:
        return self._table.kind

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        listing = self._table.listing
        second = SecondLook(listing.operation)
        walk = Walk(self._api, call, listing)

        def listed() -> Iterator[I]:
            for page in walk.pages("Ascending"):
                second.page(page.answer)
                for item in page.items:
                    second.listed(listing.name(item), listing.made(item))
                    yield item

        def look(item: I) -> Look:
            details = Details(self._api, call, self._table.what, listing.name(item))
            try:
                return Look(self._table.record(details, item), details.parts)
            except Vanished:
                second.gone(listing.name(item), listing.made(item))
                return Look(None, details.parts)

        yield from fan_out(call, listed(), look, threads=self._api.settings.threads)
        yield from walk.skips
        if listing.sort_by is not None:
            again = Walk(self._api, call, listing)
            yield second.compare(
                (listing.name(item), listing.made(item))
                for page in again.pages("Descending")
                for item in page.items
            )
