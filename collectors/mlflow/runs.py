"""The runs that registered versions came from, and no others."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar

from ..contract import Call, Check, Page, Skip
from ..errors import AccessDenied
from ..redaction import scrub
from . import kinds
from .access import API, Api, MLflowSettings, NotThere
from .listing import Listing
from .wire import Experiment, Origin, WireRun, decode_run

T = TypeVar("T")

EXPERIMENTS_PER_PAGE = 1_000
EXPERIMENTS_PER_SEARCH = 5_000
ASKED_ONE_BY_ONE = 200

# These go into a search filter as they are; anything else is asked for by itself.
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,255}")


class Origins:
    """Run ids that model versions name, handed from the reader of versions to that of runs."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}
        self.is_complete = False

    def begin(self) -> None:
        """The list of versions begins, or begins anew."""
        self._ids.clear()
        self.is_complete = False

    def add(self, run_id: str) -> None:
        """Note one; empty where a version has no run."""
        if run_id:
            self._ids[run_id] = None

    def finish(self) -> None:
        """The list of versions was read to its end."""
        self.is_complete = True

    def ids(self) -> Sequence[str]:
        """All, each once."""
        return list(self._ids)


class RunReader:
    """Runs with their tags, parameters, last metrics and dataset inputs."""

    kind = kinds.RUN

    def __init__(self, api: Api, settings: MLflowSettings, origins: Origins) -> None:
        self._api = api
        self._settings = settings
        self._origins = origins
        self._experiments = Listing("experiments/search", "experiments", Experiment)
        self._listing = Listing("runs/search", "runs", WireRun)

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        wanted = self._wanted(call)
        left = dict.fromkeys(wanted)
        for runs in self._search(call, [run_id for run_id in wanted if _RUN_ID.fullmatch(run_id)]):
            for run in runs:
                left.pop(run.info.run_id, None)
            yield Page(records=[run.record() for run in runs])
        asked = list(islice(left, ASKED_ONE_BY_ONE))
        gone: list[str] = []
        for run_id in asked:
            try:
                run = self._one(call, run_id)
            except NotThere:
                gone.append(run_id)
            except AccessDenied as error:
                yield Skip(
                    what=f"run {run_id}",
                    problem=error.problem,
                    remedy=error.remedy,
                    denied=True,
                )
            else:
                yield Page(records=[run.record()])
            left.pop(run_id)
        if len(gone) == len(wanted):
            yield Page(records=[])
        yield _check(len(wanted), gone, unasked=len(left))

    def _wanted(self, call: Call) -> Sequence[str]:
        """From the reader of versions, or, where that did not read all, from a list of our own."""
        if not self._origins.is_complete:
            self._origins.begin()
            listing = Listing("model-versions/search", "model_versions", Origin)
            size = self._settings.page_size
            for versions in listing.get(call, self._api.get, max_results=size):
                for version in versions:
                    self._origins.add(version.run_id)
            self._origins.finish()
        return self._origins.ids()

    def _search(self, call: Call, run_ids: Sequence[str]) -> Iterator[list[WireRun]]:
        if not run_ids:
            return
        experiments = [
            experiment.experiment_id
            for page in self._experiments.post(
                call,
                self._api.post,
                {"view_type": "ALL", "max_results": EXPERIMENTS_PER_PAGE},
                view_type="ALL",
                max_results=EXPERIMENTS_PER_PAGE,
            )
            for experiment in page
        ]
        size = self._settings.runs_page_size
        for ids in _batches(run_ids, size):
            names = ", ".join(f"'{run_id}'" for run_id in ids)
            for some in _batches(experiments, EXPERIMENTS_PER_SEARCH):
                search = {
                    "experiment_ids": some,
                    "filter": f"attributes.run_id IN ({names})",
                    "run_view_type": "ALL",
                    "max_results": size,
                }
                yield from self._listing.post(
                    call,
                    self._api.post,
                    search,
                    filter="attributes.run_id IN (…)",
                    run_view_type="ALL",
                    max_results=size,
                )

    def _one(self, call: Call, run_id: str) -> WireRun:
        path = f"{API}/runs/get"

        def fetch() -> WireRun:
            body = self._api.get(path, run_id=run_id).body
            call.received(len(body), body)
            return decode_run(body)

        return call.once(f"GET {path}", fetch)


def _check(wanted: int, gone: Sequence[str], *, unasked: int) -> Check:
    """A run that the server says is not there was purged, or lives on another server."""
    notes = []
    if gone:
        notes.append(f"the server says that these do not exist: {', '.join(gone)}")
    if unasked:
        notes.append(f"only the first {ASKED_ONE_BY_ONE} that were not found were asked for by id")
    return Check(
        method="every run id that a model version names was found",
        expected=f"{wanted} runs",
        found=f"{wanted - len(gone) - unasked} runs",
        ok=not unasked,
        note=scrub("; ".join(notes), limit=400),
    )


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
