"""Where versions came from, handed from their reader to those of runs and of logged models."""

from collections.abc import Sequence

from ..contract import Call
from .access import Api, MLflowSettings
from .listing import Listing
from .wire import Origin, WireVersion


class Origins:
    """Ids of runs and of logged models that versions name, each once."""

    def __init__(self, api: Api, settings: MLflowSettings) -> None:
        self._api = api
        self._page_size = settings.page_size
        self._runs: dict[str, None] = {}
        self._models: dict[str, None] = {}
        self._is_complete = False

    def begin(self) -> None:
        """The list of versions begins, or begins anew."""
        self._runs.clear()
        self._models.clear()
        self._is_complete = False

    def add(self, version: WireVersion | Origin) -> None:
        """Note what one names."""
        if version.run_id:
            self._runs[version.run_id] = None
        logged_model = version.logged_model
        if logged_model:
            self._models[logged_model] = None

    def finish(self) -> None:
        """The list of versions was read to its end."""
        self._is_complete = True

    def runs(self, call: Call) -> Sequence[str]:
        """Run ids; versions are listed here where their own reader did not read all.

        Raises:
            CollectionError: They cannot be listed.
        """
        self._fill(call)
        return list(self._runs)

    def logged_models(self, call: Call) -> Sequence[str]:
        """Ids of logged models, as `runs`."""
        self._fill(call)
        return list(self._models)

    def _fill(self, call: Call) -> None:
        if self._is_complete:
            return
        self.begin()
        listing = Listing("model-versions/search", "model_versions", Origin)
        for versions in listing.get(call, self._api.get, max_results=self._page_size):
            for version in versions:
                self.add(version)
        self.finish()
