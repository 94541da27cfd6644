"""SageMaker pipelines: which steps a model goes through before it is registered.

Source: sagemaker:ListPipelines, DescribePipeline, ListTags.
"""

import hashlib
import json
from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..api import Answer
from ..listing import Listing
from ..table import Details, Table
from .people import Person, person


class DefinedStep(Record):
    name: str
    type: str | None = None
    """``Training``, ``Processing``, ``Condition``, ``RegisterModel`` …"""
    depends_on: list[str] = []


class Pipeline(Record):
    """sagemaker:DescribePipeline, ListTags. Of the definition only its steps and its hash."""

    name: str
    arn: str
    status: str | None = None
    created_at: datetime | None = None
    created_by: str | None = None
    modified_at: datetime | None = None
    modified_by: str | None = None
    role_arn: str | None = None
    definition_sha256: str | None = None
    steps: list[DefinedStep] = []
    """With those of conditions' branches; empty also where the definition is no JSON."""
    tags: dict[str, str | None] = {}


PIPELINE = Kind(
    name="aws.pipeline",
    record=Pipeline,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    volatile=("LastExecutionTime", "LastRunTime"),
    permission="sagemaker:ListPipelines, sagemaker:DescribePipeline, sagemaker:ListTags",
    cross_check="a second listing in the opposite sort order has the same names",
)

MOST_STEPS = 500


class Listed(msgspec.Struct, rename="pascal"):
    pipeline_name: str
    pipeline_arn: str
    role_arn: str | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


class _Pipeline(Answer, kw_only=True):
    pipeline_name: str
    pipeline_definition: str | None = None
    pipeline_status: str | None = None
    created_by: Person | None = None
    last_modified_by: Person | None = None


LIST_PIPELINES = Listing(
    operation="sagemaker:ListPipelines",
    items="PipelineSummaries",
    item=Listed,
    name=lambda item: item.pipeline_name,
    made=lambda item: item.creation_time,
    sort_by="Name",
)


def _record(details: Details, listed: Listed) -> Pipeline:
    record = Pipeline(
        name=listed.pipeline_name,
        arn=listed.pipeline_arn,
        role_arn=listed.role_arn,
        created_at=listed.creation_time,
        modified_at=listed.last_modified_time,
    )
    pipeline = details.main(
        "sagemaker:DescribePipeline", _Pipeline, {"PipelineName": listed.pipeline_name}
    )
    if pipeline is not None:
        record.status = pipeline.pipeline_status
        record.created_by = person(pipeline.created_by)
        record.modified_by = person(pipeline.last_modified_by)
        if pipeline.pipeline_definition is not None:
            definition = pipeline.pipeline_definition
            record.definition_sha256 = hashlib.sha256(definition.encode()).hexdigest()
            record.steps = _steps(definition)
    record.tags = details.tags(listed.pipeline_arn)
    return record


def _steps(definition: str) -> list[DefinedStep]:
    try:
        found = json.loads(definition)
    except (ValueError, RecursionError):
        return []
    waiting = _objects(found, "Steps")
    steps: list[DefinedStep] = []
    while waiting and len(steps) < MOST_STEPS:
        step = waiting.pop(0)
        name, kind, depends = step.get("Name"), step.get("Type"), step.get("DependsOn")
        if not isinstance(name, str):
            continue
        steps.append(
            DefinedStep(
                name=name,
                type=kind if isinstance(kind, str) else None,
                depends_on=[one for one in depends if isinstance(one, str)]
                if isinstance(depends, list)
                else [],
            )
        )
        arguments = step.get("Arguments")
        waiting += [*_objects(arguments, "IfSteps"), *_objects(arguments, "ElseSteps")]
    return steps


def _objects(of: object, name: str) -> list[dict[str, object]]:
    found = of.get(name) if isinstance(of, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


PIPELINES = Table(kind=PIPELINE, what="pipeline", listing=LIST_PIPELINES, record=_record)
