"""What versions are called: a list of versions leaves that out, a list of models has it."""

from collections.abc import Collection, Sequence

from ..contract import Call
from .access import Api, MLflowSettings
from .listing import Listing
from .wire import AliasesOnly, WireModel

MODELS_PER_PAGE = 1_000  # the most that MLflow allows
_NONE: Collection[str] = ()


class Aliases:
    """Handed from the reader of models to that of versions, which fills it where that did not."""

    def __init__(self, settings: MLflowSettings) -> None:
        self.page_size = min(MODELS_PER_PAGE, settings.page_size)
        self._known: dict[tuple[str, str], list[str]] = {}
        self._is_complete = False

    def begin(self) -> None:
        """The list of models begins, or begins anew."""
        self._known.clear()
        self._is_complete = False

    def add(self, models: Sequence[WireModel | AliasesOnly]) -> None:
        """Note a page of models."""
        for model in models:
            for alias in model.aliases:
                self._known.setdefault((model.name, alias.version), []).append(alias.alias)

    def finish(self) -> None:
        """The list of models was read to its end."""
        self._is_complete = True

    def fill(self, call: Call, api: Api) -> None:
        """List the models where their own reader did not, or not to the end.

        Raises:
            CollectionError: They cannot be read, so nobody knows what the versions are called.
        """
        if self._is_complete:
            return
        self.begin()
        listing = Listing("registered-models/search", "registered_models", AliasesOnly)
        for models in listing.get(call, api.get, max_results=self.page_size, order_by="name ASC"):
            self.add(models)
        self.finish()

    def of(self, model: str, version: str) -> Collection[str]:
        """All aliases of one version."""
        return self._known.get((model, version), _NONE)
