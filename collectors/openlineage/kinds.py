"""What is kept of an OpenLineage event: who ran what, what went in, what came out, what was tested.

SQL texts, error messages, environment variables, schemas and statistics are dropped. Source:
openlineage.io/spec, ``RunEvent``, ``DatasetEvent`` and ``JobEvent`` with the standard facets.
"""

from datetime import datetime

from ..contract import Kind, Record

RUN_TAGS = ("mlflow.run_id", "mlflow_run_id")
"""Tags that name the MLflow run which an OpenLineage run is."""


class Assertion(Record):
    """One test of a dataset and its result; not what was expected or found."""

    assertion: str
    success: bool
    column: str | None = None
    severity: str | None = None


class Symlink(Record):
    """Another name of the same dataset."""

    namespace: str
    name: str
    type: str | None = None


class Dataset(Record):
    namespace: str
    name: str
    version: str | None = None
    owners: list[str] = []
    symlinks: list[Symlink] = []
    has_column_lineage: bool | None = None
    assertions: list[Assertion] = []


class SourceCode(Record):
    """Where the job's code is."""

    type: str | None = None
    url: str | None = None
    repo_url: str | None = None
    path: str | None = None
    version: str | None = None
    """The commit."""
    branch: str | None = None


class Event(Record):
    id: str
    """Of the content, so that an event that comes twice is one."""
    form: str
    """``run``, ``dataset`` or ``job``."""
    event_time: datetime
    producer: str
    event_type: str | None = None
    """START, RUNNING, COMPLETE, ABORT, FAIL or OTHER; of run events."""
    run_id: str | None = None
    job_namespace: str | None = None
    job_name: str | None = None
    job_owners: list[str] = []
    parent_run_id: str | None = None
    parent_job_namespace: str | None = None
    parent_job_name: str | None = None
    code: SourceCode | None = None
    tags: dict[str, str | None] = {}
    """Of run and job."""
    inputs: list[Dataset] = []
    outputs: list[Dataset] = []
    """Of a dataset event: the dataset that it is about."""


EVENT = Kind(
    name="openlineage.event",
    record=Event,
    mode="event",
    subject=lambda event: f"{event.run_id or event.form}/{event.id}",
    happened_at=lambda event: event.event_time,
    guarded={"tags": RUN_TAGS},
    permission="read on the file or folder; a token for Marquez where a proxy asks for one",
    cross_check=(
        "pushes: numbers without gaps; Marquez: the newest page, read backwards; files: none: "
        "nothing says how many lines were ever written"
    ),
)
