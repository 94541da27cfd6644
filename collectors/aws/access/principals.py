"""One reader for IAM's roles, users and groups: a page of details at a time, counted at the end."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ...contract import Call, Check, Kind, Page, Record, Skip
from ..api import Api
from .details import Details, counted, details
from .managed import Grants, ManagedPolicies

D = TypeVar("D")


@dataclass(frozen=True, kw_only=True)
class Principals(Generic[D]):
    """One type of them."""

    kind: Kind
    type: str
    """As the operation's filter names it: ``Role``."""
    of: Callable[[Details], Sequence[D]]
    record: Callable[[D, Grants, list[Skip]], Record]
    """Of one detail; what could not be read of it is added to the list."""
    is_linked: Callable[[D], bool] = lambda _: False
    """Whether it belongs to a service, which IAM's own number may leave out."""


class PrincipalReader(Generic[D]):
    def __init__(self, api: Api, managed: ManagedPolicies, principals: Principals[D]) -> None:
        self._api = api
        self._managed = managed
        self._of = principals

    @property
    def kind(self) -> Kind:
        return self._of.kind

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        managed = self._managed.grants(call)
        count = linked = 0
        for page in details(self._api, call, [self._of.type]):
            found, skips = self._of.of(page), list[Skip]()
            count += len(found)
            linked += sum(map(self._of.is_linked, found))
            yield Page(records=[self._of.record(one, managed, skips) for one in found])
            yield from skips
        yield counted(self._api, call, f"{self._of.type}s", count, linked=linked)
