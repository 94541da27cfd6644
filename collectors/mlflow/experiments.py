"""Experiments, the deleted ones too; and their ids for everything that is asked by experiment."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from ..contract import Call, Check, Kind, Page, Record, Skip
from . import kinds
from .access import Api
from .listing import Listing
from .uri import without_secrets
from .wire import Pair, Wire, mapping

T = TypeVar("T", bound=Wire)

PER_PAGE = 1_000
_KEPT_TAGS = ("mlflow.experimentKind", "mlflow.experiment.sourceType")


class Experiment(Record):
    experiment_id: str
    name: str | None = None
    lifecycle_stage: str | None = None
    creation_time: int | None = None
    last_update_time: int | None = None
    artifact_location: str | None = None
    trace_retention: str | None = None
    """How long traces stay in the database before they are archived: ``30d``."""
    workspace: str | None = None
    tags: dict[str, str | None] = {}


EXPERIMENT = Kind(
    name="mlflow.experiment",
    record=Experiment,
    subject=lambda r: r.experiment_id,
    guarded={"tags": _KEPT_TAGS},
    permission=kinds.EXPERIMENTS,
    cross_check="a second listing in the opposite sort order has the same number",
)


class _Wire(Wire):
    experiment_id: str
    name: str = ""
    lifecycle_stage: str | None = None
    creation_time: int | None = None
    last_update_time: int | None = None
    artifact_location: str = ""
    effective_trace_archival_retention: str = ""
    workspace: str = ""
    tags: list[Pair] = []

    def record(self) -> Experiment:
        return Experiment(
            experiment_id=self.experiment_id,
            name=self.name or None,
            lifecycle_stage=self.lifecycle_stage,
            creation_time=self.creation_time,
            last_update_time=self.last_update_time,
            artifact_location=without_secrets(self.artifact_location) or None,
            trace_retention=self.effective_trace_archival_retention or None,
            workspace=self.workspace or None,
            tags=mapping(self.tags),
        )


class _IdOnly(Wire):
    experiment_id: str
    lifecycle_stage: str | None = None


class Experiments:
    """Ids of experiments, handed from their reader to those that ask by experiment."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._active: list[str] = []
        self._deleted: list[str] = []
        self._is_complete = False

    def begin(self) -> None:
        """The list begins, or begins anew."""
        self._active.clear()
        self._deleted.clear()
        self._is_complete = False

    def add(self, experiments: Sequence[_Wire | _IdOnly]) -> None:
        for one in experiments:
            ids = self._deleted if one.lifecycle_stage == "deleted" else self._active
            ids.append(one.experiment_id)

    def finish(self) -> None:
        """The list was read to its end."""
        self._is_complete = True

    def active(self, call: Call) -> Sequence[str]:
        """Ids of those that are not deleted; listed here where their reader did not read all.

        Raises:
            CollectionError: They cannot be listed.
        """
        self._fill(call)
        return self._active

    def all(self, call: Call) -> Sequence[str]:
        """Ids of all; as `active`."""
        self._fill(call)
        return [*self._active, *self._deleted]

    def _fill(self, call: Call) -> None:
        if self._is_complete:
            return
        self.begin()
        for page in listed(call, self._api, _IdOnly, "ASC"):
            self.add(page)
        self.finish()


def listed(call: Call, api: Api, item: type[T], direction: str) -> Iterator[list[T]]:
    """All experiments by id, the deleted ones too.

    Raises:
        CollectionError: They cannot be listed.
    """
    search = {
        "view_type": "ALL",
        "max_results": PER_PAGE,
        "order_by": [f"experiment_id {direction}"],
    }
    listing = Listing("experiments/search", "experiments", item)
    return listing.post(call, api.post, search, **search)


class ExperimentReader:
    """Experiments with their tags, and their number once more backwards."""

    kind = EXPERIMENT

    def __init__(self, api: Api, experiments: Experiments) -> None:
        self._api = api
        self._experiments = experiments

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        count = 0
        self._experiments.begin()
        for page in listed(call, self._api, _Wire, "ASC"):
            count += len(page)
            self._experiments.add(page)
            yield Page(records=[one.record() for one in page])
        self._experiments.finish()
        back = sum(len(page) for page in listed(call, self._api, _IdOnly, "DESC"))
        yield Check(
            method="a second listing, by id backwards",
            expected=f"{count} experiments",
            found=f"{back} experiments",
            ok=count == back,
            note="" if count == back else "experiments were created meanwhile",
        )
