"""The shapes in which MLflow answers, and how they become records.

Only these fields are decoded; everything else that an answer holds is dropped unseen.
"""

import re
from collections.abc import Collection
from decimal import Decimal

import msgspec

from .kinds import DatasetInput, ModelVersion, RegisteredModel, Run
from .uri import without_secrets

IS_PROMPT = "mlflow.prompt.is_prompt"
_LOGGED_MODEL = re.compile(r"models:/(m-[0-9a-f]{32})")
_CONTEXT = "mlflow.data.context"
_PLACES = ("uri", "url", "path", "table_name", "delta_table_name")
MAX_ADDRESS = 2_000  # characters


class Wire(msgspec.Struct, gc=False):
    pass


class Pair(Wire):
    key: str
    value: str = ""


class Alias(Wire):
    alias: str
    version: str


def _is_prompt(tags: list[Pair]) -> bool:
    return any(tag.key == IS_PROMPT and tag.value.lower() == "true" for tag in tags)


def _logged_model(source: str) -> str | None:
    """``models:/m-<32 hex digits>``: MLflow's own servers keep a version's logged model there."""
    match = _LOGGED_MODEL.fullmatch(source) if source.startswith("models:/m-") else None
    return match[1] if match else None


class WireModel(Wire):
    name: str
    creation_timestamp: int | None = None
    last_updated_timestamp: int | None = None
    description: str = ""
    tags: list[Pair] = []
    aliases: list[Alias] = []

    @property
    def is_prompt(self) -> bool:
        return _is_prompt(self.tags)

    def record(self) -> RegisteredModel:
        return RegisteredModel(
            name=self.name,
            creation_timestamp=self.creation_timestamp,
            last_updated_timestamp=self.last_updated_timestamp,
            has_description=bool(self.description),
            tags=mapping(self.tags),
            aliases={alias.alias: alias.version for alias in self.aliases},
        )


class WireVersion(Wire):
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

    @property
    def logged_model(self) -> str | None:
        return self.model_id or _logged_model(self.source)

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
            self.logged_model,
            self.status or None,
            bool(self.description),
            mapping(self.tags),
            sorted({*self.aliases, *aliases}),
        )


class AliasesOnly(Wire):
    """Of a name: only what it is, and what its versions are called."""

    name: str
    tags: list[Pair] = []
    aliases: list[Alias] = []

    @property
    def is_prompt(self) -> bool:
        return _is_prompt(self.tags)


class Origin(Wire):
    """Of a model version: only where it came from."""

    run_id: str = ""
    model_id: str = ""
    source: str = ""

    @property
    def logged_model(self) -> str | None:
        return self.model_id or _logged_model(self.source)


class _Metric(Wire):
    key: str
    value: Decimal | None = None
    """``NaN`` arrives as a string, infinity as the largest number there is."""


class _Info(Wire):
    run_id: str
    run_name: str | None = None
    experiment_id: str | None = None
    status: str | None = None
    lifecycle_stage: str | None = None
    user_id: str = ""
    start_time: int | None = None
    end_time: int | None = None
    artifact_uri: str = ""


class _Data(Wire):
    metrics: list[_Metric] = []
    params: list[Pair] = []
    tags: list[Pair] = []


class _Dataset(Wire):
    name: str
    digest: str | None = None
    source_type: str | None = None
    source: str = ""


class _Input(Wire):
    dataset: _Dataset
    tags: list[Pair] = []

    def record(self) -> DatasetInput:
        seen = self.dataset
        context = next((tag.value for tag in self.tags if tag.key == _CONTEXT), None)
        return DatasetInput(seen.name, seen.digest, seen.source_type, place(seen.source), context)


class _Inputs(Wire):
    dataset_inputs: list[_Input] = []


class WireRun(Wire):
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
            tags=mapping(data.tags, addresses="mlflow.source."),
            params=mapping(data.params),
            metrics={m.key: m.value for m in data.metrics if m.value is not None},
            datasets=sorted(
                (seen.record() for seen in self.inputs.dataset_inputs),
                key=lambda seen: (seen.name, seen.digest or "", seen.context or ""),
            ),
        )


class _OneRun(Wire):
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


def mapping(pairs: list[Pair], *, addresses: str | None = None) -> dict[str, str | None]:
    """``addresses``: values of keys that begin so may be addresses with a password in them."""
    if addresses is None:
        return {pair.key: pair.value for pair in pairs}
    return {
        pair.key: without_secrets(pair.value) if pair.key.startswith(addresses) else pair.value
        for pair in pairs
    }
