"""Evaluation datasets: what is tested on, by name, digest and size; never a row of it."""

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from ..contract import Call, Check, Kind, Page, Record, Skip
from . import kinds
from .access import API_3, Api
from .listing import Listing
from .wire import Wire

T = TypeVar("T", bound=Wire)
D = TypeVar("D")

PER_PAGE = 1_000


class EvaluationDataset(Record):
    dataset_id: str
    name: str | None = None
    digest: str | None = None
    records: int | None = None
    created_time: int | None = None
    last_update_time: int | None = None
    created_by: str | None = None
    last_updated_by: str | None = None
    experiment_ids: list[str] = []
    tags: dict[str, str | None] = {}


EVALUATION_DATASET = Kind(
    name="mlflow.evaluation_dataset",
    record=EvaluationDataset,
    subject=lambda r: r.dataset_id,
    guarded={"tags": ("mlflow.user",)},
    permission=kinds.EXPERIMENTS,
    cross_check="a second listing in the opposite sort order has the same number",
)


class _Profile(Wire):
    num_records: int | None = None


class _Wire(Wire):
    dataset_id: str
    name: str = ""
    digest: str = ""
    profile: str = ""
    tags: str = ""
    """Both are JSON in text."""
    created_time: int | None = None
    last_update_time: int | None = None
    created_by: str = ""
    last_updated_by: str = ""
    experiment_ids: list[str] = []

    def record(self) -> EvaluationDataset:
        return EvaluationDataset(
            dataset_id=self.dataset_id,
            name=self.name or None,
            digest=self.digest or None,
            records=_decoded(self.profile, _Profile, _Profile()).num_records,
            created_time=self.created_time,
            last_update_time=self.last_update_time,
            created_by=self.created_by or None,
            last_updated_by=self.last_updated_by or None,
            experiment_ids=sorted(self.experiment_ids),
            tags=_decoded(self.tags, dict[str, str | None], {}),
        )


class _IdOnly(Wire):
    dataset_id: str


class EvaluationDatasetReader:
    """All datasets by name, and their number once more backwards."""

    kind = EVALUATION_DATASET

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        count = 0
        for page in self._list(call, _Wire, "ASC"):
            count += len(page)
            yield Page(records=[one.record() for one in page])
        back = sum(len(page) for page in self._list(call, _IdOnly, "DESC"))
        yield Check(
            method="a second listing, by name backwards",
            expected=f"{count} datasets",
            found=f"{back} datasets",
            ok=count == back,
            note="" if count == back else "datasets were created or deleted meanwhile",
        )

    def _list(self, call: Call, item: type[T], direction: str) -> Iterator[list[T]]:
        search = {"max_results": PER_PAGE, "order_by": [f"name {direction}"]}
        listing = Listing("datasets/search", "datasets", item, api=API_3)
        return listing.post(call, self._api.post, search, **search)


def _decoded(text: str, shape: type[D], otherwise: D) -> D:
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.MsgspecError:
        return otherwise
