"""The runs that registered versions came from, and no others."""

from collections.abc import Iterator

from ..contract import Call, Check, Page, Skip
from . import kinds
from .origins import Origins
from .run_search import Found, RunSearch


class RunReader:
    """Runs with their tags, parameters, last metrics and dataset inputs."""

    kind = kinds.RUN

    def __init__(self, search: RunSearch, origins: Origins) -> None:
        self._search = search
        self._origins = origins

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        wanted = self._origins.runs(call)
        found = Found()
        for runs in self._search.with_ids(call, wanted, found):
            if isinstance(runs, Skip):
                yield runs
            else:
                yield Page(records=[run.record() for run in runs])
        if len(found.gone) == len(wanted):
            yield Page(records=[])
        yield found.check("every run id that a model version names was found")
