"""OpenLineage JSON, cut down to what is kept while it is parsed."""

from datetime import datetime
from uuid import UUID

import msgspec

from .. import canonical
from ..mlflow.uri import without_secrets
from .kinds import Assertion, Dataset, Event, SourceCode, Symlink


class _Wire(msgspec.Struct, rename="camel"):
    """The specification's names."""


# A facet may be sent as `{"_deleted": true}`, so none of their fields is required.


class _Version(_Wire):
    dataset_version: str | None = None


class _Owner(_Wire):
    name: str


class _Ownership(_Wire):
    owners: list[_Owner] | None = None


class _Symlinks(_Wire):
    identifiers: list[Symlink] | None = None


class _ColumnLineage(_Wire):
    fields: dict[str, msgspec.Raw] | None = None


class _Assertions(_Wire):
    assertions: list[Assertion] | None = None


class _Tag(_Wire):
    key: str
    value: str | None = None


class _Tags(_Wire):
    tags: list[_Tag] | None = None


class _Code(_Wire):
    type: str | None = None
    url: str | None = None
    repo_url: str | None = None
    path: str | None = None
    version: str | None = None
    branch: str | None = None


class _RunName(_Wire):
    run_id: str


class _JobName(_Wire):
    namespace: str
    name: str


class _Parent(_Wire):
    run: _RunName | None = None
    job: _JobName | None = None


class _TestFacets(_Wire):
    data_quality_assertions: _Assertions | None = None


class _DatasetFacets(_TestFacets):
    version: _Version | None = None
    ownership: _Ownership | None = None
    symlinks: _Symlinks | None = None
    column_lineage: _ColumnLineage | None = None


class _RunFacets(_Wire):
    parent: _Parent | None = None
    tags: _Tags | None = None


class _JobFacets(_Wire):
    ownership: _Ownership | None = None
    source_code_location: _Code | None = None
    tags: _Tags | None = None


class _Dataset(_Wire):
    namespace: str
    name: str
    facets: _DatasetFacets | None = None
    input_facets: _TestFacets | None = None

    def kept(self) -> Dataset:
        facets = self.facets or _DatasetFacets()
        tests = [facets.data_quality_assertions]
        tests += [self.input_facets.data_quality_assertions] if self.input_facets else []
        lineage = facets.column_lineage
        links = facets.symlinks.identifiers if facets.symlinks else None
        return Dataset(
            namespace=without_secrets(self.namespace),
            name=without_secrets(self.name),
            version=facets.version.dataset_version if facets.version else None,
            owners=_names(facets.ownership),
            symlinks=[
                Symlink(
                    namespace=without_secrets(link.namespace),
                    name=without_secrets(link.name),
                    type=link.type,
                )
                for link in links or []
            ],
            has_column_lineage=bool(lineage.fields) if lineage else None,
            assertions=[one for facet in tests if facet for one in facet.assertions or []],
        )


class _Run(_Wire):
    run_id: UUID
    facets: _RunFacets | None = None


class _Job(_JobName):
    facets: _JobFacets | None = None


class _Event(_Wire):
    event_time: datetime
    producer: str
    event_type: str | None = None
    run: _Run | None = None
    job: _Job | None = None
    dataset: _Dataset | None = None
    inputs: list[_Dataset] | None = None
    outputs: list[_Dataset] | None = None


_DECODER = msgspec.json.Decoder(_Event, strict=True)
_TYPES = frozenset({"START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"})


def read_event(body: bytes | msgspec.Raw) -> Event:
    """One event.

    Raises:
        ValueError: It is none; the text names the place, never a value.
    """
    wire = _DECODER.decode(body)
    if wire.event_time.tzinfo is None:
        raise ValueError("eventTime has no zone")
    if wire.event_type is not None and wire.event_type.upper() not in _TYPES:
        raise ValueError("eventType is none of the specification's")
    run = wire.run.facets if wire.run and wire.run.facets else _RunFacets()
    job = wire.job.facets if wire.job and wire.job.facets else _JobFacets()
    parent = run.parent or _Parent()
    outputs = [wire.dataset] if wire.dataset is not None else wire.outputs or []
    event = Event(
        id="",
        form=_form(wire),
        event_time=wire.event_time,
        producer=without_secrets(wire.producer),
        event_type=wire.event_type.upper() if wire.event_type else None,
        run_id=str(wire.run.run_id) if wire.run else None,
        job_namespace=without_secrets(wire.job.namespace) if wire.job else None,
        job_name=wire.job.name if wire.job else None,
        job_owners=_names(job.ownership),
        parent_run_id=parent.run.run_id if parent.run else None,
        parent_job_namespace=parent.job.namespace if parent.job else None,
        parent_job_name=parent.job.name if parent.job else None,
        code=_code(job.source_code_location),
        tags=_tags(job.tags, run.tags),
        inputs=[dataset.kept() for dataset in wire.inputs or []],
        outputs=[dataset.kept() for dataset in outputs],
    )
    canonical.to_utc(event)
    event.id = canonical.sha256(canonical.encode(event)).hex()[:24]
    return event


def _form(wire: _Event) -> str:
    if wire.run is not None and wire.job is not None:
        return "run"
    if wire.dataset is not None and wire.job is None:
        return "dataset"
    if wire.job is not None:
        return "job"
    raise ValueError("is neither a run, nor a job, nor a dataset event")


def _names(facet: _Ownership | None) -> list[str]:
    return [owner.name for owner in facet.owners or []] if facet else []


def _tags(*facets: _Tags | None) -> dict[str, str | None]:
    return {tag.key: tag.value for facet in facets if facet for tag in facet.tags or []}


def _code(facet: _Code | None) -> SourceCode | None:
    if facet is None:
        return None
    return SourceCode(
        type=facet.type,
        url=without_secrets(facet.url) if facet.url else None,
        repo_url=without_secrets(facet.repo_url) if facet.repo_url else None,
        path=facet.path,
        version=facet.version,
        branch=facet.branch,
    )
