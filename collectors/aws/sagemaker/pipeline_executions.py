"""Executions of SageMaker pipelines that have ended, step by step: which gate let what through.

Source: sagemaker:ListPipelines, ListPipelineExecutions, DescribePipelineExecution,
ListPipelineExecutionSteps.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..api import Answer
from ..jobs import Job, Jobs, ended_at, failure_of, subject
from ..listing import Listing, Within
from ..table import Details
from .containers import plain
from .people import Person, person
from .pipelines import LIST_PIPELINES


class Step(Record):
    name: str
    type: str | None = None
    """SageMaker's word: ``TrainingJob``, ``Condition``, ``RegisterModel``, ``QualityCheck`` …"""
    status: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    """Of a condition: ``True`` or ``False``."""
    made_arn: str | None = None
    """The job, the model or the model package."""
    attempts: int | None = None
    cached_from: str | None = None
    """The execution whose result was taken."""
    check_type: str | None = None
    check_skipped: bool | None = None
    violation_report_uri: str | None = None
    failure: str | None = None


class PipelineExecution(Job):
    """sagemaker:DescribePipelineExecution, ListPipelineExecutionSteps. No parameter values."""

    pipeline: str | None = None
    created_by: str | None = None
    modified_by: str | None = None
    role_arn: str | None = None
    pipeline_version: int | None = None
    experiment: str | None = None
    trial: str | None = None
    steps: list[Step] = []


PIPELINE_EXECUTION = Kind(
    name="aws.pipeline_execution",
    record=PipelineExecution,
    subject=subject,
    mode="event",
    happened_at=ended_at,
    permission="sagemaker:ListPipelines, sagemaker:ListPipelineExecutions, "
    "sagemaker:DescribePipelineExecution, sagemaker:ListPipelineExecutionSteps",
    cross_check="a second listing of what is new, in the opposite sort order, has the same ARNs",
)


class _Listed(msgspec.Struct, rename="pascal"):
    pipeline_execution_arn: str
    start_time: datetime


class _Experiment(msgspec.Struct, rename="pascal"):
    experiment_name: str | None = None
    trial_name: str | None = None


class _Execution(Answer, kw_only=True):
    pipeline_execution_arn: str
    pipeline_arn: str | None = None
    pipeline_execution_status: str
    failure_reason: str | None = None
    creation_time: datetime
    last_modified_time: datetime
    created_by: Person | None = None
    last_modified_by: Person | None = None
    role_arn: str | None = None
    pipeline_version_id: int | None = None
    pipeline_experiment_config: _Experiment | None = None


class _Cache(msgspec.Struct, rename="pascal"):
    source_pipeline_execution_arn: str | None = None


class _Made(msgspec.Struct, rename="pascal"):
    """Whatever stands under a step's type; fields of all types."""

    arn: str | None = None
    outcome: str | None = None
    check_type: str | None = None
    check_job_arn: str | None = None
    skip_check: bool | None = None
    violation_report: str | None = None


class _Step(msgspec.Struct, rename="pascal"):
    step_name: str
    start_time: datetime | None = None
    end_time: datetime | None = None
    step_status: str | None = None
    cache_hit_result: _Cache | None = None
    failure_reason: str | None = None
    metadata: dict[str, _Made] = {}
    attempt_count: int | None = None


_STEPS = Listing(
    operation="sagemaker:ListPipelineExecutionSteps",
    items="PipelineExecutionSteps",
    item=_Step,
    name=lambda item: item.step_name,
)


def _record(details: Details, arn: str) -> PipelineExecution | None:
    key = {"PipelineExecutionArn": arn}
    found = details.main("sagemaker:DescribePipelineExecution", _Execution, key)
    steps = details.all_of(_STEPS, {**key, "SortOrder": "Ascending"}) if found else None
    if found is None or steps is None:
        return None
    pipeline = _pipeline_of(arn)
    experiment = found.pipeline_experiment_config or _Experiment()
    return PipelineExecution(
        name=f"{pipeline}/{arn.rpartition('/')[2]}",
        arn=arn,
        status=found.pipeline_execution_status,
        failure=failure_of(found.failure_reason),
        created_at=found.creation_time,
        ended_at=found.last_modified_time,
        pipeline=pipeline,
        created_by=person(found.created_by),
        modified_by=person(found.last_modified_by),
        role_arn=found.role_arn,
        pipeline_version=found.pipeline_version_id,
        experiment=experiment.experiment_name,
        trial=experiment.trial_name,
        steps=[_step(step) for step in steps],
    )


def _pipeline_of(arn: str) -> str | None:
    """``…:pipeline/NAME/execution/ID``."""
    parts = arn.split("/")
    return parts[1] if len(parts) > 2 else None


def _step(step: _Step) -> Step:
    kind, made = next(iter(step.metadata.items()), (None, _Made()))
    return Step(
        name=step.step_name,
        type=kind,
        status=step.step_status,
        started_at=step.start_time,
        ended_at=step.end_time,
        outcome=made.outcome,
        made_arn=made.arn or made.check_job_arn,
        attempts=step.attempt_count,
        cached_from=step.cache_hit_result.source_pipeline_execution_arn
        if step.cache_hit_result
        else None,
        check_type=made.check_type,
        check_skipped=made.skip_check,
        violation_report_uri=plain(made.violation_report),
        failure=failure_of(step.failure_reason),
    )


PIPELINE_EXECUTIONS = Jobs(
    kind=PIPELINE_EXECUTION,
    what="pipeline execution",
    listing=Listing(
        operation="sagemaker:ListPipelineExecutions",
        items="PipelineExecutionSummaries",
        item=_Listed,
        name=lambda item: item.pipeline_execution_arn,
        made=lambda item: item.start_time,
        sort_by="CreationTime",
        within=Within(
            parents=LIST_PIPELINES,
            parameters=lambda pipeline: {"PipelineName": pipeline.pipeline_name},
        ),
    ),
    after="CreatedAfter",
    reference=lambda item: item.pipeline_execution_arn,
    running=frozenset({"Executing", "Stopping"}),
    record=_record,
)
