"""SageMaker Model Monitor: schedules, and their executions that have ended.

Source: sagemaker:ListMonitoringSchedules, DescribeMonitoringSchedule, ListMonitoringExecutions,
ListTags. Closed to new customers: such an account gets ``unsupported``.
"""

from datetime import datetime, timedelta

import msgspec

from ...contract import Kind, Record
from ..api import Answer
from ..jobs import Job, Jobs, ended_at, failure_of, subject
from ..listing import Listing
from ..table import Details, Table, Vanished
from .containers import plain
from .job_parts import RUNNING


class MonitoringSchedule(Record):
    """sagemaker:DescribeMonitoringSchedule, ListTags."""

    name: str
    arn: str
    type: str | None = None
    """``DataQuality``, ``ModelQuality``, ``ModelBias``, ``ModelExplainability``."""
    status: str | None = None
    endpoint: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    schedule: str | None = None
    """``cron(0 * ? * * *)`` or ``NOW``."""
    job_definition: str | None = None
    """Its name; null where the definition stands in the schedule itself."""
    constraints_uri: str | None = None
    statistics_uri: str | None = None
    failure: str | None = None
    tags: dict[str, str | None] = {}


MONITORING_SCHEDULE = Kind(
    name="aws.monitoring_schedule",
    record=MonitoringSchedule,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    volatile=("LastMonitoringExecutionSummary",),
    permission="sagemaker:ListMonitoringSchedules, sagemaker:DescribeMonitoringSchedule, "
    "sagemaker:ListTags",
    cross_check="a second listing in the opposite sort order has the same names",
)


class MonitoringExecution(Job):
    """sagemaker:ListMonitoringExecutions. ``name`` is that of the schedule, ``status`` says whether
    there were violations, ``arn`` is that of the processing job or empty."""

    scheduled_at: datetime | None = None
    type: str | None = None
    endpoint: str | None = None
    job_definition: str | None = None


MONITORING_EXECUTION = Kind(
    name="aws.monitoring_execution",
    record=MonitoringExecution,
    subject=subject,
    mode="event",
    happened_at=ended_at,
    permission="sagemaker:ListMonitoringExecutions",
    cross_check="a second listing of what is new, in the opposite sort order, has the same names",
)


class _Listed(msgspec.Struct, rename="pascal"):
    monitoring_schedule_name: str
    monitoring_schedule_arn: str
    monitoring_schedule_status: str | None = None
    monitoring_type: str | None = None
    monitoring_job_definition_name: str | None = None
    endpoint_name: str | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


class _File(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3Uri", default=None)


class _Baseline(msgspec.Struct, rename="pascal"):
    constraints_resource: _File | None = None
    statistics_resource: _File | None = None


class _Definition(msgspec.Struct, rename="pascal"):
    baseline_config: _Baseline | None = None


class _When(msgspec.Struct, rename="pascal"):
    schedule_expression: str | None = None


class _Config(msgspec.Struct, rename="pascal"):
    schedule_config: _When | None = None
    monitoring_job_definition: _Definition | None = None
    monitoring_job_definition_name: str | None = None


class _Schedule(Answer, kw_only=True):
    monitoring_schedule_name: str
    monitoring_schedule_config: _Config
    failure_reason: str | None = None


def _schedule(details: Details, listed: _Listed) -> MonitoringSchedule:
    record = MonitoringSchedule(
        name=listed.monitoring_schedule_name,
        arn=listed.monitoring_schedule_arn,
        type=listed.monitoring_type,
        status=listed.monitoring_schedule_status,
        endpoint=listed.endpoint_name,
        job_definition=listed.monitoring_job_definition_name,
        created_at=listed.creation_time,
        modified_at=listed.last_modified_time,
    )
    found = details.main(
        "sagemaker:DescribeMonitoringSchedule",
        _Schedule,
        {"MonitoringScheduleName": listed.monitoring_schedule_name},
    )
    if found is not None:
        config = found.monitoring_schedule_config
        definition = config.monitoring_job_definition
        baseline = (definition and definition.baseline_config) or _Baseline()
        if config.schedule_config:
            record.schedule = config.schedule_config.schedule_expression
        record.job_definition = config.monitoring_job_definition_name or record.job_definition
        record.constraints_uri = _uri(baseline.constraints_resource)
        record.statistics_uri = _uri(baseline.statistics_resource)
        record.failure = failure_of(found.failure_reason)
    record.tags = details.tags(listed.monitoring_schedule_arn)
    return record


def _uri(file: _File | None) -> str | None:
    return plain(file.uri) if file else None


MONITORING_SCHEDULES = Table(
    kind=MONITORING_SCHEDULE,
    what="monitoring schedule",
    listing=Listing(
        operation="sagemaker:ListMonitoringSchedules",
        items="MonitoringScheduleSummaries",
        item=_Listed,
        name=lambda item: item.monitoring_schedule_name,
        made=lambda item: item.creation_time,
        sort_by="Name",
    ),
    record=_schedule,
)


class _Execution(msgspec.Struct, rename="pascal"):
    monitoring_schedule_name: str
    scheduled_time: datetime
    creation_time: datetime
    last_modified_time: datetime
    monitoring_execution_status: str
    processing_job_arn: str | None = None
    endpoint_name: str | None = None
    failure_reason: str | None = None
    monitoring_job_definition_name: str | None = None
    monitoring_type: str | None = None


def _reference(item: _Execution) -> str:
    """Schedule, scheduled time: there is no operation that describes a single one."""
    return f"{item.monitoring_schedule_name}@{item.scheduled_time.isoformat()}"


def _execution(item: _Execution) -> MonitoringExecution:
    return MonitoringExecution(
        name=item.monitoring_schedule_name,
        arn=item.processing_job_arn or "",
        status=item.monitoring_execution_status,
        failure=failure_of(item.failure_reason),
        created_at=item.creation_time,
        ended_at=item.last_modified_time,
        scheduled_at=item.scheduled_time,
        type=item.monitoring_type,
        endpoint=item.endpoint_name,
        job_definition=item.monitoring_job_definition_name,
    )


def _again(details: Details, reference: str) -> MonitoringExecution | None:
    schedule, _, at = reference.partition("@")
    scheduled = datetime.fromisoformat(at)
    around = timedelta(seconds=1)
    found = details.all_of(
        _EXECUTIONS,
        {
            "MonitoringScheduleName": schedule,
            "ScheduledTimeAfter": scheduled - around,
            "ScheduledTimeBefore": scheduled + around,
        },
    )
    if found is None:
        return None
    for item in found:
        if _reference(item) == reference:
            return _execution(item)
    raise Vanished


_EXECUTIONS = Listing(
    operation="sagemaker:ListMonitoringExecutions",
    items="MonitoringExecutionSummaries",
    item=_Execution,
    name=_reference,
    made=lambda item: item.creation_time,
    sort_by="CreationTime",
)

MONITORING_EXECUTIONS = Jobs(
    kind=MONITORING_EXECUTION,
    what="monitoring execution",
    listing=_EXECUTIONS,
    after="CreationTimeAfter",
    reference=_reference,
    running=RUNNING,
    record=_again,
    listed=_execution,
)
