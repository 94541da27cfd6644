"""What is kept of an MLflow registry: names, versions, tags, numbers; never artifacts or traces.

Times are MLflow's own epoch milliseconds. Source: MLflow REST API 2.0, ``registered-models``,
``model-versions`` and ``runs``.
"""

from decimal import Decimal

from ..contract import Kind, Record

PERMISSION = "READ on every registered model and experiment (auth app: an admin, or all granted)"
PROMPTS = "READ on every prompt (auth app: an admin, or all granted)"
EXPERIMENTS = "READ on every experiment (auth app: an admin, or all granted)"
ADMIN = "is_admin in the auth app"

# Tags that MLflow itself writes and that say who ran what; values of other tags need a convention.
RUN_TAGS = ("mlflow.source.*", "mlflow.user", "mlflow.runName", "mlflow.parentRunId")


class RegisteredModel(Record):
    name: str
    creation_timestamp: int | None = None
    last_updated_timestamp: int | None = None
    has_description: bool | None = None
    tags: dict[str, str | None] = {}
    aliases: dict[str, str] = {}
    """Alias -> version."""


class ModelVersion(Record):
    name: str
    version: str
    creation_timestamp: int | None = None
    last_updated_timestamp: int | None = None
    user_id: str | None = None
    """Creator; MLflow does not say who changed a tag, alias or stage."""
    current_stage: str | None = None
    source: str | None = None
    run_id: str | None = None
    model_id: str | None = None
    """The logged model that was registered, where the server says so or ``source`` names it."""
    status: str | None = None
    has_description: bool | None = None
    tags: dict[str, str | None] = {}
    aliases: list[str] = []


class DatasetInput(Record):
    name: str
    digest: str | None = None
    source_type: str | None = None
    source: str | None = None
    """URI or path without its query string."""
    context: str | None = None
    """``training``, ``evaluation`` …; the input's ``mlflow.data.context`` tag."""


class Run(Record):
    """A run that a registered version names as its origin."""

    run_id: str
    run_name: str | None = None
    experiment_id: str | None = None
    status: str | None = None
    lifecycle_stage: str | None = None
    user_id: str | None = None
    start_time: int | None = None
    end_time: int | None = None
    artifact_uri: str | None = None
    tags: dict[str, str | None] = {}
    params: dict[str, str | None] = {}
    metrics: dict[str, Decimal] = {}
    datasets: list[DatasetInput] = []


REGISTERED_MODEL = Kind(
    name="mlflow.registered_model",
    record=RegisteredModel,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    permission=PERMISSION,
    cross_check="a second listing in the opposite sort order has the same number",
)
MODEL_VERSION = Kind(
    name="mlflow.model_version",
    record=ModelVersion,
    subject=lambda r: f"{r.name}/{r.version}",
    guarded={"tags": ()},
    permission=PERMISSION,
    cross_check="version numbers of each name without gaps (a gap is a deleted version)",
)
RUN = Kind(
    name="mlflow.run",
    record=Run,
    subject=lambda r: r.run_id,
    guarded={"tags": RUN_TAGS, "params": ()},
    permission=PERMISSION,
    cross_check="every run id that a model version names was found",
)
