"""Runs by filter and by id, over all experiments, the deleted ones too."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from ..contract import Call, Check, Skip
from ..errors import AccessDenied
from ..redaction import scrub
from .access import API, Api, MLflowSettings, NotThere
from .experiments import Experiments
from .listing import Listing
from .wire import WireRun, decode_run

T = TypeVar("T")

EXPERIMENTS_PER_SEARCH = 5_000
ASKED_ONE_BY_ONE = 200

# These go into a search filter as they are; anything else is asked for by itself.
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,255}")


class RunSearch:
    """MLflow's ``runs/search``, in batches that a server takes."""

    def __init__(self, api: Api, settings: MLflowSettings, experiments: Experiments) -> None:
        self._api = api
        self._size = settings.runs_page_size
        self._experiments = experiments
        self._listing = Listing("runs/search", "runs", WireRun)

    def matching(
        self, call: Call, filter_: str, shown: str | None = None
    ) -> Iterator[list[WireRun]]:
        """All runs that match; the receipt has ``shown`` instead of a filter that is long.

        Raises:
            CollectionError: They cannot be listed.
        """
        for some in batches(self._experiments.all(call), EXPERIMENTS_PER_SEARCH):
            search = {
                "experiment_ids": some,
                "filter": filter_,
                "run_view_type": "ALL",
                "max_results": self._size,
            }
            yield from self._listing.post(
                call,
                self._api.post,
                search,
                filter=shown or filter_,
                run_view_type="ALL",
                max_results=self._size,
            )

    def with_ids(
        self, call: Call, run_ids: Sequence[str], found: "Found"
    ) -> Iterator[list[WireRun] | Skip]:
        """These runs; what the search does not find is asked for by itself. ``found`` is filled."""
        left = dict.fromkeys(run_ids)
        for ids in batches([one for one in run_ids if _RUN_ID.fullmatch(one)], self._size):
            names = ", ".join(f"'{run_id}'" for run_id in ids)
            for runs in self.matching(
                call, f"attributes.run_id IN ({names})", "attributes.run_id IN (…)"
            ):
                for run in runs:
                    left.pop(run.info.run_id, None)
                yield runs
        for run_id in list(islice(left, ASKED_ONE_BY_ONE)):
            try:
                run = self._one(call, run_id)
            except NotThere:
                found.gone.append(run_id)
            except AccessDenied as error:
                yield Skip(
                    what=f"run {run_id}",
                    problem=error.problem,
                    remedy=error.remedy,
                    denied=True,
                )
            else:
                yield [run]
            left.pop(run_id)
        found.wanted, found.unasked = len(run_ids), len(left)

    def _one(self, call: Call, run_id: str) -> WireRun:
        path = f"{API}/runs/get"

        def fetch() -> WireRun:
            body = self._api.get(path, run_id=run_id).body
            call.received(len(body), body)
            return decode_run(body)

        return call.once(f"GET {path}", fetch)


@dataclass
class Found:
    """How many runs were wanted, and which of them are not there."""

    wanted: int = 0
    unasked: int = 0
    gone: list[str] = field(default_factory=list)

    def check(self, method: str) -> Check:
        """A run that the server says is not there was purged, or lives on another server."""
        notes = []
        if self.gone:
            notes.append(f"the server says that these do not exist: {', '.join(self.gone)}")
        if self.unasked:
            notes.append(
                f"only the first {ASKED_ONE_BY_ONE} that were not found were asked for by id"
            )
        return Check(
            method=method,
            expected=f"{self.wanted} runs",
            found=f"{self.wanted - len(self.gone) - self.unasked} runs",
            ok=not self.unasked,
            note=scrub("; ".join(notes), limit=400),
        )


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
