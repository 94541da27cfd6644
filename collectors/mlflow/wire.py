"""The shapes in which MLflow answers, and how they become records.

Only these fields are decoded; everything else that an answer holds is dropped unseen.
"""

from collections.abc import Collection
from decimal import Decimal

import msgspec

from .kinds import DatasetInput, ModelVersion, RegisteredModel, Run
from .uri import without_secrets

_CONTEXT = "mlflow.data.context"
_PLACES = ("uri", "url", "path", "table_name", "delta_table_name")
MAX_ADDRESS = 2_000  # characters


class _Wire(msgspec.Struct, gc=False):
    pass


class Pair(_Wire):
    key: str
    value: str = ""


class Alias(_Wire):
    alias: str
    version: str


class WireModel(_Wire):
    name: str
    creation_timestamp: int | None = None
    last_updated_timestamp: int | None = None
    description: str = ""
    tags: list[Pair] = []
    aliases: list[Alias] = []

    def record(self) -> RegisteredModel:
        return RegisteredModel(
            name=self.name,
            creation_timestamp=self.creation_timestamp,
            last_updated_timestamp=self.last_updated_timestamp,
            has_description=bool(self.description),
            tags=_mapping(self.tags),
            aliases={alias.alias: alias.version for alias in self.aliases},
        )


class WireVersion(_Wire):
    name: str
    version: str
    creation_timestamp: int | None = None
    last_updated_timestamp: int | None = None
    user_id: str = ""
    current_stage: str = ""
    source: str = ""
    run_id: str = ""
    model_id: str = ""
    status: str = ""
    description: str = ""
    tags: list[Pair] = []
    aliases: list[str] = []
    """Not in a list; see `aliases.Aliases`."""

    def record(self, aliases: Collection[str]) -> ModelVersion:
        return ModelVersion(
            self.name,
            self.version,
            self.creation_timestamp,
            self.last_updated_timestamp,
            self.user_id or None,
            self.current_stage or None,
            without_secrets(self.source) if self.source else None,
            self.run_id or None,
            self.model_id or None,
            self.status or None,
            bool(self.description),
            _mapping(self.tags),
            sorted({*self.aliases, *aliases}),
        )


class AliasesOnly(_Wire):
    """Of a registered model: only what its versions are called."""

    name: str
    aliases: list[Alias] = []


class Origin(_Wire):
    """Of a model version: only which run it came from."""

    run_id: str = ""


class Experiment(_Wire):
    experiment_id: str


class _Metric(_Wire):
    key: str
    value: Decimal | None = None
    """``NaN`` arrives as a string, infinity as the largest number there is."""


class _Info(_Wire):
    run_id: str
    run_name: str | None = None
    experiment_id: str | None = None
    status: str | None = None
    lifecycle_stage: str | None = None
    user_id: str = ""
    start_time: int | None = None
    end_time: int | None = None
    artifact_uri: str = ""


class _Data(_Wire):
    metrics: list[_Metric] = []
    params: list[Pair] = []
    tags: list[Pair] = []


class _Dataset(_Wire):
    name: str
    digest: str | None = None
    source_type: str | None = None
    source: str = ""


class _Input(_Wire):
    dataset: _Dataset
    tags: list[Pair] = []

    def record(self) -> DatasetInput:
        seen = self.dataset
        context = next((tag.value for tag in self.tags if tag.key == _CONTEXT), None)
        return DatasetInput(seen.name, seen.digest, seen.source_type, place(seen.source), context)


class _Inputs(_Wire):
    dataset_inputs: list[_Input] = []


class WireRun(_Wire):
    info: _Info
    data: _Data = msgspec.field(default_factory=_Data)
    inputs: _Inputs = msgspec.field(default_factory=_Inputs)

    def record(self) -> Run:
        info, data = self.info, self.data
        return Run(
            run_id=info.run_id,
            run_name=info.run_name,
            experiment_id=info.experiment_id,
            status=info.status,
            lifecycle_stage=info.lifecycle_stage,
            user_id=info.user_id or None,
            start_time=info.start_time or None,
            end_time=info.end_time or None,
            artifact_uri=without_secrets(info.artifact_uri) or None,
            tags=_mapping(data.tags, addresses="mlflow.source."),
            params=_mapping(data.params),
            metrics={m.key: m.value for m in data.metrics if m.value is not None},
            datasets=sorted(
                (seen.record() for seen in self.inputs.dataset_inputs),
                key=lambda seen: (seen.name, seen.digest or "", seen.context or ""),
            ),
        )


class _OneRun(_Wire):
    run: WireRun


def decode_run(body: bytes) -> WireRun:
    """The answer of ``runs/get``."""
    return msgspec.json.decode(body, type=_OneRun).run


def place(source: str) -> str | None:
    """Where a dataset's ``source`` says that it lies: MLflow writes JSON, a class of it per type.

    Queries, and whatever else stands there, are not kept.
    """
    try:
        found = msgspec.json.decode(source, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError:
        return without_secrets(source)[:MAX_ADDRESS] or None
    for key in _PLACES:
        try:
            address = msgspec.json.decode(found.get(key, b""), type=str)
        except msgspec.MsgspecError:
            continue
        if address:
            return without_secrets(address)[:MAX_ADDRESS]
    return None


def _mapping(pairs: list[Pair], *, addresses: str | None = None) -> dict[str, str | None]:
    """``addresses``: values of keys that begin so may be addresses with a password in them."""
    if addresses is None:
        return {pair.key: pair.value for pair in pairs}
    return {
        pair.key: without_secrets(pair.value) if pair.key.startswith(addresses) else pair.value
        for pair in pairs
    }
