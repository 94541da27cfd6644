"""KServe: which model is served, by what, and to whom it hands on."""

from typing import Any

import msgspec

from ..contract import Record
from .meta import Condition, Meta, address
from .workloads import Container, PodSpec


class ModelFormat(Record):
    name: str | None = None
    version: str | None = None


class ModelSpec(Record):
    model_format: ModelFormat | None = msgspec.field(name="modelFormat", default=None)
    storage_uri: str | None = msgspec.field(name="storageUri", default=None)
    uri: str | None = None
    runtime: str | None = None
    runtime_version: str | None = msgspec.field(name="runtimeVersion", default=None)


class Logger(Record):
    mode: str | None = None
    url: str | None = None


class Predictor(Record):
    model: ModelSpec | None = None
    sklearn: ModelSpec | None = None
    xgboost: ModelSpec | None = None
    lightgbm: ModelSpec | None = None
    tensorflow: ModelSpec | None = None
    pytorch: ModelSpec | None = None
    onnx: ModelSpec | None = None
    triton: ModelSpec | None = None
    huggingface: ModelSpec | None = None
    containers: list[Container] = []
    logger: Logger | None = None
    service_account_name: str | None = msgspec.field(name="serviceAccountName", default=None)
    canary_traffic_percent: int | None = msgspec.field(name="canaryTrafficPercent", default=None)
    min_replicas: int | None = msgspec.field(name="minReplicas", default=None)
    max_replicas: int | None = msgspec.field(name="maxReplicas", default=None)


FRAMEWORKS = (
    "model sklearn xgboost lightgbm tensorflow pytorch onnx triton huggingface".split()  # noqa: SIM905 - a list of words reads better
)
"""Fields of a predictor that say where a model is; all but the first are the older way."""


class Component(Record):
    """A transformer or an explainer."""

    containers: list[Container] = []
    logger: Logger | None = None


class InferenceSpec(Record):
    predictor: Predictor | None = None
    transformer: Component | None = None
    explainer: Component | None = None


class Traffic(Record):
    revision: str | None = msgspec.field(name="revisionName", default=None)
    percent: int | None = None
    latest: bool | None = msgspec.field(name="latestRevision", default=None)


class ComponentStatus(Record):
    ready: str | None = msgspec.field(name="latestReadyRevision", default=None)
    rolled_out: str | None = msgspec.field(name="latestRolledoutRevision", default=None)
    previous: str | None = msgspec.field(name="previousRolledoutRevision", default=None)
    traffic: list[Traffic] = []


class InferenceStatus(Record):
    components: dict[str, ComponentStatus] = {}
    """``predictor`` and the others -> the revisions that have traffic."""
    conditions: list[Condition] = []


class InferenceService(Record):
    metadata: Meta
    spec: InferenceSpec | None = None
    status: InferenceStatus | None = None


class RuntimeSpec(Record):
    formats: list[ModelFormat] = msgspec.field(name="supportedModelFormats", default_factory=list)
    containers: list[Container] = []
    disabled: bool | None = None
    multi_model: bool | None = msgspec.field(name="multiModel", default=None)


class ServingRuntime(Record):
    """ServingRuntime (with a namespace) or ClusterServingRuntime (without)."""

    metadata: Meta
    spec: RuntimeSpec | None = None


class Step(Record):
    name: str | None = None
    service: str | None = msgspec.field(name="serviceName", default=None)
    node: str | None = msgspec.field(name="nodeName", default=None)
    weight: int | None = None


class Node(Record):
    router_type: str | None = msgspec.field(name="routerType", default=None)
    steps: list[Step] = []


class GraphSpec(Record):
    nodes: dict[str, Node] = {}


class InferenceGraph(Record):
    metadata: Meta
    spec: GraphSpec | None = None


class TrainedModelSource(Record):
    framework: str | None = None
    storage_uri: str | None = msgspec.field(name="storageUri", default=None)


class TrainedModelSpec(Record):
    service: str | None = msgspec.field(name="inferenceService", default=None)
    model: TrainedModelSource | None = None


class TrainedModel(Record):
    metadata: Meta
    spec: TrainedModelSpec | None = None


class LanguageModel(Record):
    uri: str | None = None
    name: str | None = None


class BaseRef(Record):
    name: str | None = None


class LanguageModelSpec(Record):
    model: LanguageModel | None = None
    replicas: int | None = None
    template: PodSpec | None = None
    bases: list[BaseRef] = msgspec.field(name="baseRefs", default_factory=list)
    """Configurations that it inherits from."""


class LanguageModelStatus(Record):
    conditions: list[Condition] = []


class LLMInferenceService(Record):
    metadata: Meta
    spec: LanguageModelSpec | None = None
    status: LanguageModelStatus | None = None


def tidy_service(record: Any) -> None:
    """Without secrets in the addresses of an `InferenceService`."""
    spec = record.spec
    if spec is None:
        return
    for part in (spec.predictor, spec.transformer, spec.explainer):
        if part is not None and part.logger is not None:
            part.logger.url = address(part.logger.url)
    for name in FRAMEWORKS:
        model = getattr(spec.predictor, name, None)
        if model is not None:
            model.storage_uri, model.uri = address(model.storage_uri), address(model.uri)


def tidy_trained(record: Any) -> None:
    model = record.spec and record.spec.model
    if model:
        model.storage_uri = address(model.storage_uri)


def tidy_language_model(record: Any) -> None:
    model = record.spec and record.spec.model
    if model:
        model.uri = address(model.uri)
