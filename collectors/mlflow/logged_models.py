"""Logged models: what training and evaluating wrote down, before and beside the registry."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from urllib.parse import quote

from ..contract import Call, Check, Kind, Page, Record, Skip
from ..errors import Unsupported
from ..redaction import scrub
from . import kinds
from .access import API, Api, MLflowSettings, NotThere
from .experiments import Experiments
from .listing import Listing
from .origins import Origins
from .run_search import batches
from .uri import without_secrets
from .wire import Pair, Wire, mapping

EXPERIMENTS_PER_SEARCH = 500
ASKED_ONE_BY_ONE = 50
# By age, oldest first: a page token is an offset, and new ones come at the end.
_ORDER = [{"field_name": "creation_timestamp", "ascending": True}]


class LoggedMetric(Record):
    key: str
    value: Decimal | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
    run_id: str | None = None
    """The run that measured it."""


class LoggedModel(Record):
    model_id: str
    experiment_id: str | None = None
    name: str | None = None
    creation_timestamp: int | None = None
    last_updated_timestamp: int | None = None
    artifact_uri: str | None = None
    status: str | None = None
    model_type: str | None = None
    source_run_id: str | None = None
    tags: dict[str, str | None] = {}
    params: dict[str, str | None] = {}
    metrics: list[LoggedMetric] = []


LOGGED_MODEL = Kind(
    name="mlflow.logged_model",
    record=LoggedModel,
    subject=lambda r: r.model_id,
    guarded={"tags": (*kinds.RUN_TAGS, "mlflow.modelVersions"), "params": ()},
    permission=kinds.EXPERIMENTS,
    cross_check="every logged model that a model version names was found",
)


class _Metric(Wire):
    key: str
    value: Decimal | None = None
    dataset_name: str = ""
    dataset_digest: str = ""
    run_id: str = ""


class _Info(Wire):
    model_id: str
    experiment_id: str | None = None
    name: str = ""
    creation_timestamp_ms: int | None = None
    last_updated_timestamp_ms: int | None = None
    artifact_uri: str = ""
    status: str | None = None
    model_type: str = ""
    source_run_id: str = ""
    tags: list[Pair] = []


class _Data(Wire):
    params: list[Pair] = []
    metrics: list[_Metric] = []


class _Wire(Wire):
    info: _Info
    data: _Data | None = None

    def record(self) -> LoggedModel:
        info, data = self.info, self.data or _Data()
        return LoggedModel(
            model_id=info.model_id,
            experiment_id=info.experiment_id,
            name=info.name or None,
            creation_timestamp=info.creation_timestamp_ms,
            last_updated_timestamp=info.last_updated_timestamp_ms,
            artifact_uri=without_secrets(info.artifact_uri) or None,
            status=info.status,
            model_type=info.model_type or None,
            source_run_id=info.source_run_id or None,
            tags=mapping(info.tags, addresses="mlflow.source."),
            params=mapping(data.params),
            metrics=sorted(
                (
                    LoggedMetric(
                        key=metric.key,
                        value=metric.value,
                        dataset_name=metric.dataset_name or None,
                        dataset_digest=metric.dataset_digest or None,
                        run_id=metric.run_id or None,
                    )
                    for metric in data.metrics
                ),
                key=lambda one: (one.key, one.run_id or "", one.dataset_name or ""),
            ),
        )


class Measured:
    """Runs that measured a logged model and did not make it, for the reader of evaluations."""

    def __init__(self, api: Api, settings: MLflowSettings, experiments: Experiments) -> None:
        self.api = api
        self.page_size = settings.runs_page_size
        self.experiments = experiments
        self._by_run: dict[str, set[str]] = {}
        self._is_complete = False

    def listed(self, call: Call) -> Iterator[list[_Wire]]:
        """All logged models; what is to know about runs is known at the end.

        Raises:
            CollectionError: They cannot be listed; Unsupported before MLflow 3.
        """
        self._by_run.clear()
        self._is_complete = False
        listing = Listing("logged-models/search", "models", _Wire)
        for some in batches(self.experiments.all(call), EXPERIMENTS_PER_SEARCH):
            search = {"experiment_ids": some, "max_results": self.page_size, "order_by": _ORDER}
            shown = {"max_results": self.page_size, "order_by": "creation_timestamp ASC"}
            for page in listing.post(call, self.api.post, search, **shown):
                for model in page:
                    self._add(model)
                yield page
        self._is_complete = True

    def by_run(self, call: Call) -> Mapping[str, Collection[str]]:
        """Run -> models it measured; they are listed here where their own reader did not.

        Raises:
            CollectionError: They cannot be listed.
        """
        if not self._is_complete:
            try:
                for _ in self.listed(call):
                    pass
            except Unsupported:
                return {}
        return self._by_run

    def _add(self, model: _Wire) -> None:
        for metric in model.data.metrics if model.data else ():
            if metric.run_id and metric.run_id != model.info.source_run_id:
                self._by_run.setdefault(metric.run_id, set()).add(model.info.model_id)


class LoggedModelReader:
    """Logged models of all experiments."""

    kind = LOGGED_MODEL

    def __init__(self, measured: Measured, origins: Origins) -> None:
        self._measured = measured
        self._origins = origins

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        named = self._origins.logged_models(call)
        missing = dict.fromkeys(named)
        for models in self._measured.listed(call):
            for model in models:
                missing.pop(model.info.model_id, None)
            yield Page(records=[model.record() for model in models])
        yield Page(records=[])
        yield self._check(call, len(named), list(missing))

    def _check(self, call: Call, named: int, missing: Sequence[str]) -> Check:
        """One that is named and not there was deleted, unless the server says otherwise."""
        asked = missing[:ASKED_ONE_BY_ONE]
        overlooked = [model_id for model_id in asked if self._exists(call, model_id)]
        notes = []
        if missing:
            notes.append(f"deleted: {', '.join(missing)}")
        if len(missing) > len(asked):
            notes.append(f"only the first {len(asked)} of them were asked for by id")
        return Check(
            method="every logged model that a model version names; missing ones asked for by id",
            expected="0 overlooked",
            found=f"{len(overlooked)} overlooked, {len(missing)} missing of {named}",
            ok=not overlooked and len(missing) == len(asked),
            note=scrub("; ".join(notes), limit=400),
        )

    def _exists(self, call: Call, model_id: str) -> bool:
        path = f"{API}/logged-models/{quote(model_id, safe='')}"
        try:
            call.once(f"GET {API}/logged-models/ID", lambda: self._measured.api.get(path))
        except NotThere:
            return False
        return True
