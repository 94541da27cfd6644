"""Versions in the registry, of models or of prompts."""

from collections.abc import Iterator
from itertools import islice

from ..contract import Call, Check, Page, Record, Skip
from ..redaction import scrub
from .access import API, Api, MLflowSettings, NotThere
from .aliases import Aliases
from .listing import Listing
from .origins import Origins
from .version_numbers import VersionNumbers
from .wire import WireVersion

ASKED_ONE_BY_ONE = 50
ORDER = ["name ASC", "version_number ASC"]
"""A page token is an offset: in the order of changes a change would move the pages."""


class VersionReader:
    """All versions of one shelf; numbers that are missing below the highest one are asked for."""

    def __init__(
        self, api: Api, settings: MLflowSettings, aliases: Aliases, origins: Origins | None = None
    ) -> None:
        """``origins`` hears where each version came from."""
        self._api = api
        self._size = settings.page_size
        self._origins = origins
        self._aliases = aliases
        self._shelf = aliases.shelf
        self.kind = aliases.shelf.versions
        self._listing = Listing("model-versions/search", "model_versions", WireVersion)

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        numbers = VersionNumbers()
        self._aliases.fill(call, self._api)
        strangers = self._aliases.strangers
        if self._origins is not None:
            self._origins.begin()
        for versions in self._listing.get(
            call,
            self._api.get,
            max_results=self._size,
            order_by=ORDER,
            filter=self._shelf.filter,
        ):
            ours = [one for one in versions if one.name not in strangers] if strangers else versions
            yield Page(records=self._records(ours, numbers))
        if self._origins is not None:
            self._origins.finish()
        yield self._check(call, numbers)

    def _records(self, versions: list[WireVersion], numbers: VersionNumbers) -> list[Record]:
        record, called, origins = self._shelf.version_record, self._aliases.of, self._origins
        records = []
        for version in versions:
            numbers.add(version.name, version.version)
            if origins is not None:
                origins.add(version)
            records.append(record(version, called(version.name, version.version)))
        return records

    def _check(self, call: Call, numbers: VersionNumbers) -> Check:
        """A gap is a deleted version, unless the server says that it is there."""
        gaps = list(numbers.gaps())
        missing = sum(last - first + 1 for _, first, last in gaps)
        numbered = ((model, n) for model, first, last in gaps for n in range(first, last + 1))
        asked = list(islice(numbered, ASKED_ONE_BY_ONE))
        overlooked = [pair for pair in asked if self._exists(call, *pair)]
        note = "versions above the highest number that is left may have been deleted, too"
        if gaps:
            shown = "; ".join(f"{model} {_span(first, last)}" for model, first, last in gaps)
            note = f"deleted: {scrub(shown, limit=300)}; {note}"
            if missing > len(asked):
                note = f"the first {len(asked)} missing numbers were asked for; {note}"
        if numbers.odd:
            note = f"{numbers.odd} versions have no number; {note}"
        return Check(
            method="version numbers of each name without gaps; missing ones asked for by number",
            expected="0 overlooked",
            found=f"{len(overlooked)} overlooked, {missing} missing",
            ok=not overlooked,
            note=note,
        )

    def _exists(self, call: Call, model: str, number: int) -> bool:
        path = f"{API}/model-versions/get"
        try:
            call.once(f"GET {path}", lambda: self._api.get(path, name=model, version=str(number)))
        except NotThere:
            return False
        return True


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
