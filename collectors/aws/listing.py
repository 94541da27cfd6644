"""A list operation of AWS as data: which fields, which names, which order, within which list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec

from ..contract import Call, Skip
from ..errors import AccessDenied, CollectionError
from .api import Answer, Api, Parameters
from .errors import Gone

I = TypeVar("I", bound=msgspec.Struct | str)  # noqa: E741  # an item of a list

PAGE = 100
"""Items asked for at once: the most that SageMaker allows, and below the limits of the others."""


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What a service calls the parameters of its lists."""

    resume: str
    """The page token in the request."""
    next: str
    """The page token in the answer."""
    size: str
    by: str
    order: str


PASCAL = Naming(
    resume="NextToken", next="NextToken", size="MaxResults", by="SortBy", order="SortOrder"
)
CAMEL = Naming(
    resume="nextToken", next="nextToken", size="maxResults", by="sortBy", order="sortOrder"
)


@dataclass(frozen=True, kw_only=True)
class Within:
    """A list that has to be asked for once for each object of another list."""

    parents: "Listing[Any]"
    parameters: Callable[[Any], Parameters]
    """Parent -> what the inner list needs to know of it."""


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[I]):
    """A list operation. ``name`` must be unique in the whole list, also of an inner one."""

    operation: str
    """``service:Operation``."""
    items: str
    """The field of the answer that holds the list. It must come, so that a broken answer is never
    an empty list."""
    item: type[I]
    """Only the fields that are used."""
    name: Callable[[I], str]
    made: Callable[[I], datetime | None] = lambda item: None
    """When it was made; what is newer than the list counts in neither look."""
    naming: Naming = PASCAL
    sort_by: str | None = None
    """None: the list has one order only, so there is no second look."""
    is_paged: bool = True
    parameters: Parameters = field(default_factory=dict)
    within: Within | None = None

    def pages(self, api: Api, call: Call, more: Parameters) -> Iterator["Found[I]"]:
        """Every page of this list, for one parent if it has any."""
        wanted = self.asked(more)

        def fetch(token: str | None) -> tuple[Found[I], str | None]:
            said: Any = api.fetch(call, self.operation, self.shape, {**wanted, **self.at(token)})
            return Found(said, said.items), said.token

        return call.every_page(self.operation, fetch, **wanted)

    @property
    def shape(self) -> type[Answer]:
        """Of one page: ``items`` and ``token``."""
        item: Any = self.item
        return _shape(self.items, item, self.naming.next)

    def asked(self, more: Parameters) -> Parameters:
        size = {self.naming.size: PAGE} if self.is_paged else {}
        return {**self.parameters, **more, **size}

    def at(self, token: str | None) -> Parameters:
        return {self.naming.resume: token} if token else {}

    def sorted_by(self, order: str) -> Parameters:
        if self.sort_by is None:
            return {}
        return {self.naming.by: self.sort_by, self.naming.order: order}


@dataclass(frozen=True)
class Found(Generic[I]):
    answer: Answer
    items: list[I]


@cache
def _shape(items: str, item: type[msgspec.Struct | str], token: str) -> type[Answer]:
    shape: Any = msgspec.defstruct(
        f"Page of {items}",
        [
            ("items", list[item], msgspec.field(name=items)),  # type: ignore[valid-type]  # made at run time
            ("token", str | None, msgspec.field(name=token, default=None)),
        ],
        bases=(Answer,),
        kw_only=True,
    )
    found: type[Answer] = shape
    return found


class Walk(Generic[I]):
    """One way through a list, and through the lists within it. A parent whose list is refused or
    fails is in ``skips``, one that is gone has nothing in it."""

    def __init__(self, api: Api, call: Call, listing: Listing[I]) -> None:
        self._api, self._call, self._listing = api, call, listing
        self.skips: list[Skip] = []

    def pages(self, order: str, more: Parameters | None = None) -> Iterator[Found[I]]:
        """Raises a `CollectionError` where the outer list cannot be read (further)."""
        wanted = {**self._listing.sorted_by(order), **(more or {})}
        within = self._listing.within
        if within is None:
            yield from self._listing.pages(self._api, self._call, wanted)
            return
        for outer in within.parents.pages(self._api, self._call, within.parents.sorted_by(order)):
            for parent in outer.items:
                inner = {**within.parameters(parent), **wanted}
                try:
                    yield from self._listing.pages(self._api, self._call, inner)
                except Gone:
                    continue
                except CollectionError as error:
                    what = f"{self._listing.items} of {within.parents.name(parent)}"
                    self.skips.append(skip_of(what, error))


def skip_of(what: str, error: CollectionError) -> Skip:
    denied = isinstance(error, AccessDenied)
    return Skip(what=what, problem=error.problem, remedy=error.remedy, denied=denied)
