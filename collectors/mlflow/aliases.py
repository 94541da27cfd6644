"""What versions are called: a list of versions leaves that out, a list of names has it."""

from collections.abc import Collection, Sequence

from ..contract import Call
from .access import Api, MLflowSettings
from .listing import Listing
from .shelf import Shelf
from .wire import AliasesOnly, WireModel

MODELS_PER_PAGE = 1_000  # the most that MLflow allows
_NONE: Collection[str] = ()


class Aliases:
    """Handed from the reader of names to that of versions, which fills it where that did not."""

    def __init__(self, settings: MLflowSettings, shelf: Shelf) -> None:
        self.page_size = min(MODELS_PER_PAGE, settings.page_size)
        self.shelf = shelf
        self.strangers: set[str] = set()
        """Names in the list that belong on the other shelf, with all their versions."""
        self._known: dict[tuple[str, str], list[str]] = {}
        self._is_complete = False

    def begin(self) -> None:
        """The list of names begins, or begins anew."""
        self._known.clear()
        self.strangers.clear()
        self._is_complete = False

    def add(self, names: Sequence[WireModel | AliasesOnly]) -> None:
        """Note a page of names."""
        for name in names:
            if not self.shelf.holds(name):
                self.strangers.add(name.name)
            for alias in name.aliases:
                self._known.setdefault((name.name, alias.version), []).append(alias.alias)

    def finish(self) -> None:
        """The list of names was read to its end."""
        self._is_complete = True

    def fill(self, call: Call, api: Api) -> None:
        """List the names where their own reader did not, or not to the end.

        Raises:
            CollectionError: They cannot be read, so nobody knows what the versions are called.
        """
        if self._is_complete:
            return
        self.begin()
        listing = Listing("registered-models/search", "registered_models", AliasesOnly)
        for names in listing.get(
            call,
            api.get,
            max_results=self.page_size,
            order_by="name ASC",
            filter=self.shelf.filter,
        ):
            self.add(names)
        self.finish()

    def of(self, model: str, version: str) -> Collection[str]:
        """All aliases of one version."""
        return self._known.get((model, version), _NONE)
