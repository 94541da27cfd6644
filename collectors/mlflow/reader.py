"""Reads an MLflow server: registered models, their versions, and the runs these came from.

Source:       MLflow REST API 2.0, ``…/search`` with page tokens to the end
Permissions:  READ on all experiments and registered models; with the auth app only an
              administrator is known to see everything, it shortens lists for others
Completeness: the opposite sort order, gaps in version numbers, run ids that versions name
Limits:       prompts are not model versions and are left out; one workspace a source
Stability:    beta
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from ..canonical import sha256
from ..contract import Call, Check, Identity, Kind, Page, Reader, Record, Settings, Skip
from ..redaction import scrub
from . import kinds
from .access import API, Api, MLflowSettings, NotThere
from .aliases import Aliases
from .caller import identity
from .listing import Listing
from .runs import Origins, RunReader
from .versions import VersionNumbers
from .wire import WireModel, WireVersion

ASKED_ONE_BY_ONE = 50
ORDER = ["name ASC", "version_number ASC"]
"""A page token is an offset: in the order of changes a change would move the pages."""


class MLflow:
    """One MLflow server."""

    name: ClassVar[str] = "mlflow"
    version: ClassVar[str] = "1"
    stability: ClassVar[Literal["alpha", "beta", "stable"]] = "beta"
    settings: ClassVar[type[Settings]] = MLflowSettings
    kinds: ClassVar[tuple[Kind, ...]] = (kinds.REGISTERED_MODEL, kinds.MODEL_VERSION, kinds.RUN)

    def __init__(self, settings: MLflowSettings) -> None:
        self._settings = settings
        self._api = Api(settings)

    def identity(self, call: Call) -> Identity:
        """See `contract.Collector.identity`. Credentials are read anew: they rotate."""
        self._api = Api(self._settings)
        return identity(self._api, call, self._settings)

    def readers(self) -> Sequence[Reader]:
        """See `contract.Collector.readers`. The runs are those that the versions name."""
        origins, aliases = Origins(), Aliases(self._settings)
        return [
            ModelReader(self._api, aliases),
            VersionReader(self._api, self._settings, origins, aliases),
            RunReader(self._api, self._settings, origins),
        ]


class ModelReader:
    """Registered models with their tags and aliases, and their number once more backwards."""

    kind = kinds.REGISTERED_MODEL

    def __init__(self, api: Api, aliases: Aliases) -> None:
        self._api = api
        self._aliases = aliases
        self._size = aliases.page_size
        self._listing = Listing("registered-models/search", "registered_models", WireModel)

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        there = _Names()
        self._aliases.begin()
        for models in self._listing.get(
            call, self._api.get, max_results=self._size, order_by="name ASC"
        ):
            there.add(models)
            self._aliases.add(models)
            yield Page(records=[model.record() for model in models])
        self._aliases.finish()
        back = _Names()
        for models in self._listing.get(
            call, self._api.get, max_results=self._size, order_by="name DESC"
        ):
            back.add(models)
        yield Check(
            method="a second listing, by name backwards",
            expected=f"{there.count} models",
            found=f"{back.count} models" + ("" if there == back else ", not the same ones"),
            ok=there == back,
            note="" if there == back else "models were created or deleted meanwhile",
        )


class VersionReader:
    """Model versions; numbers that are missing below the highest one are asked for."""

    kind = kinds.MODEL_VERSION

    def __init__(
        self, api: Api, settings: MLflowSettings, origins: Origins, aliases: Aliases
    ) -> None:
        self._api = api
        self._size = settings.page_size
        self._origins = origins
        self._aliases = aliases
        self._listing = Listing("model-versions/search", "model_versions", WireVersion)

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        numbers = VersionNumbers()
        self._aliases.fill(call, self._api)
        self._origins.begin()
        for versions in self._listing.get(
            call, self._api.get, max_results=self._size, order_by=ORDER
        ):
            records: list[Record] = []
            for version in versions:
                numbers.add(version.name, version.version)
                self._origins.add(version.run_id)
                called = self._aliases.of(version.name, version.version)
                records.append(version.record(called))
            yield Page(records=records)
        self._origins.finish()
        yield self._check(call, numbers)

    def _check(self, call: Call, numbers: VersionNumbers) -> Check:
        """A gap is a deleted version, unless the server says that it is there."""
        gaps = list(numbers.gaps())
        missing = [(model, n) for model, first, last in gaps for n in range(first, last + 1)]
        asked = missing[:ASKED_ONE_BY_ONE]
        overlooked = [pair for pair in asked if self._exists(call, *pair)]
        note = "versions above the highest number that is left may have been deleted, too"
        if gaps:
            shown = "; ".join(f"{model} {_span(first, last)}" for model, first, last in gaps)
            note = f"deleted: {scrub(shown, limit=300)}; {note}"
            if len(missing) > len(asked):
                note = f"the first {len(asked)} missing numbers were asked for; {note}"
        if numbers.odd:
            note = f"{numbers.odd} versions have no number; {note}"
        return Check(
            method="version numbers of each model without gaps; missing ones asked for by number",
            expected="0 overlooked",
            found=f"{len(overlooked)} overlooked, {len(missing)} missing",
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


class _Names:
    """How many names there were, and a sum over them that does not depend on their order."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0

    def add(self, models: Sequence[WireModel]) -> None:
        self.count += len(models)
        for model in models:
            self._sum ^= int.from_bytes(sha256(model.name.encode("utf-8", "replace")), "big")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Names) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # it changes


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
