"""Names in the registry, of models or of prompts, with their tags and aliases."""

from collections.abc import Iterator, Sequence

from ..contract import Call, Check, Page, Skip
from ..names import Names
from .access import Api
from .aliases import Aliases
from .listing import Listing
from .wire import WireModel


class NameReader:
    """Everything on one shelf, and its number once more backwards."""

    def __init__(self, api: Api, aliases: Aliases) -> None:
        self._api = api
        self._aliases = aliases
        self._shelf = aliases.shelf
        self.kind = aliases.shelf.names
        self._listing = Listing("registered-models/search", "registered_models", WireModel)

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        there = Names()
        self._aliases.begin()
        for names in self._list(call, "name ASC"):
            _add(there, names)
            self._aliases.add(names)
            yield Page(records=[self._shelf.name_record(n) for n in names if self._shelf.holds(n)])
        self._aliases.finish()
        back = Names()
        for names in self._list(call, "name DESC"):
            _add(back, names)
        yield self._check(there, back)

    def _list(self, call: Call, order: str) -> Iterator[list[WireModel]]:
        return self._listing.get(
            call,
            self._api.get,
            max_results=self._aliases.page_size,
            order_by=order,
            filter=self._shelf.filter,
        )

    def _check(self, there: Names, back: Names) -> Check:
        noun, strangers = self._shelf.noun, len(self._aliases.strangers)
        notes = [] if there == back else [f"{noun} were created or deleted meanwhile"]
        if strangers:
            other = "models" if self._shelf.holds_prompts else "prompts"
            notes.append(f"{strangers} of them are {other} and are counted there")
        differ = there.minus(back)
        return Check(
            method="a second listing, by name backwards",
            expected=f"{there.count} {noun}",
            found=f"{back.count} {noun}" + ("" if there == back else ", not the same ones"),
            ok=there == back,
            note="; ".join(notes),
            only_expected=differ.only_first,
            only_found=differ.only_second,
        )


def _add(there: Names, names: Sequence[WireModel]) -> None:
    for name in names:
        there.add(name.name)
