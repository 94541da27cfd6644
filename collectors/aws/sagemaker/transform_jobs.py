"""SageMaker batch transform jobs that have ended: a model served without an endpoint.

Source: sagemaker:ListTransformJobs, DescribeTransformJob, ListTags.
"""

from datetime import datetime

import msgspec

from ...contract import Kind
from ..api import Answer
from ..jobs import Job, Jobs, ended_at, failure_of, subject
from ..listing import Listing
from ..table import Details
from .containers import names, plain
from .job_parts import RUNNING, Experiment


class TransformJob(Job):
    """sagemaker:DescribeTransformJob, ListTags."""

    started_at: datetime | None = None
    model_name: str | None = None
    input_uri: str | None = None
    output_uri: str | None = None
    output_kms_key_id: str | None = None
    volume_kms_key_id: str | None = None
    data_capture_uri: str | None = None
    instance_type: str | None = None
    instance_count: int | None = None
    environment_names: list[str] = []
    experiment: str | None = None
    trial: str | None = None
    tags: dict[str, str | None] = {}


TRANSFORM_JOB = Kind(
    name="aws.transform_job",
    record=TransformJob,
    subject=subject,
    mode="event",
    happened_at=ended_at,
    guarded={"tags": ()},
    permission="sagemaker:ListTransformJobs, sagemaker:DescribeTransformJob, sagemaker:ListTags",
    cross_check="a second listing of what is new, in the opposite sort order, has the same names",
)


class _Listed(msgspec.Struct, rename="pascal"):
    transform_job_name: str
    creation_time: datetime


class _S3(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3Uri", default=None)


class _Source(msgspec.Struct):
    s3: _S3 | None = msgspec.field(name="S3DataSource", default=None)


class _Input(msgspec.Struct, rename="pascal"):
    data_source: _Source | None = None


class _Output(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3OutputPath", default=None)
    kms_key_id: str | None = msgspec.field(name="KmsKeyId", default=None)


class _Capture(msgspec.Struct):
    uri: str | None = msgspec.field(name="DestinationS3Uri", default=None)


class _Resources(msgspec.Struct, rename="pascal"):
    instance_type: str | None = None
    instance_count: int | None = None
    volume_kms_key_id: str | None = None


class _Job(Answer, kw_only=True):
    transform_job_name: str
    transform_job_arn: str
    transform_job_status: str
    failure_reason: str | None = None
    creation_time: datetime
    transform_start_time: datetime | None = None
    transform_end_time: datetime | None = None
    model_name: str | None = None
    environment: dict[str, object] | None = None
    transform_input: _Input | None = None
    transform_output: _Output | None = None
    data_capture_config: _Capture | None = None
    transform_resources: _Resources | None = None
    experiment_config: Experiment | None = None


def _record(details: Details, name: str) -> TransformJob | None:
    job = details.main("sagemaker:DescribeTransformJob", _Job, {"TransformJobName": name})
    if job is None:
        return None
    output, resources = job.transform_output or _Output(), job.transform_resources or _Resources()
    experiment = job.experiment_config or Experiment()
    source = job.transform_input and job.transform_input.data_source
    capture = job.data_capture_config
    return TransformJob(
        name=job.transform_job_name,
        arn=job.transform_job_arn,
        status=job.transform_job_status,
        failure=failure_of(job.failure_reason),
        created_at=job.creation_time,
        started_at=job.transform_start_time,
        ended_at=job.transform_end_time or job.transform_start_time or job.creation_time,
        model_name=job.model_name,
        input_uri=plain(source.s3.uri if source and source.s3 else None),
        output_uri=plain(output.uri),
        output_kms_key_id=output.kms_key_id,
        volume_kms_key_id=resources.volume_kms_key_id,
        data_capture_uri=plain(capture.uri if capture else None),
        instance_type=resources.instance_type,
        instance_count=resources.instance_count,
        environment_names=names(job.environment),
        experiment=experiment.experiment_name,
        trial=experiment.trial_name,
        tags=details.tags(job.transform_job_arn),
    )


TRANSFORM_JOBS = Jobs(
    kind=TRANSFORM_JOB,
    what="transform job",
    listing=Listing(
        operation="sagemaker:ListTransformJobs",
        items="TransformJobSummaries",
        item=_Listed,
        name=lambda item: item.transform_job_name,
        made=lambda item: item.creation_time,
        sort_by="CreationTime",
    ),
    after="CreationTimeAfter",
    reference=lambda item: item.transform_job_name,
    running=RUNNING,
    record=_record,
)
