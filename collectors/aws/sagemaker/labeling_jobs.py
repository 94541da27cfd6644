"""SageMaker Ground Truth labelling jobs that have ended: who labelled what, how much.

Source: sagemaker:ListLabelingJobs, DescribeLabelingJob.
"""

from datetime import datetime

import msgspec

from ...contract import Kind
from ..api import Answer, Tag
from ..jobs import Job, Jobs, ended_at, failure_of, subject
from ..listing import Listing
from ..table import Details
from .containers import plain
from .job_parts import RUNNING


class LabelingJob(Job):
    """sagemaker:DescribeLabelingJob. Never the instructions or the labels."""

    label_attribute: str | None = None
    input_uri: str | None = None
    """Of the manifest."""
    output_uri: str | None = None
    output_dataset_uri: str | None = None
    output_kms_key_id: str | None = None
    label_categories_uri: str | None = None
    content_classifiers: list[str] = []
    """``FreeOfPersonallyIdentifiableInformation``, ``FreeOfAdultContent``, as declared."""
    workteam_arn: str | None = None
    workers_per_object: int | None = None
    human_labeled: int | None = None
    machine_labeled: int | None = None
    failed: int | None = None
    unlabeled: int | None = None
    auto_labeling_algorithm_arn: str | None = None
    role_arn: str | None = None
    tags: dict[str, str | None] = {}


LABELING_JOB = Kind(
    name="aws.labeling_job",
    record=LabelingJob,
    subject=subject,
    mode="event",
    happened_at=ended_at,
    guarded={"tags": ()},
    permission="sagemaker:ListLabelingJobs, sagemaker:DescribeLabelingJob",
    cross_check="a second listing of what is new, in the opposite sort order, has the same names",
)


class _Listed(msgspec.Struct, rename="pascal"):
    labeling_job_name: str
    creation_time: datetime


class _Manifest(msgspec.Struct):
    uri: str | None = msgspec.field(name="ManifestS3Uri", default=None)


class _Source(msgspec.Struct):
    s3: _Manifest | None = msgspec.field(name="S3DataSource", default=None)


class _Attributes(msgspec.Struct, rename="pascal"):
    content_classifiers: list[str] = []


class _Input(msgspec.Struct, rename="pascal"):
    data_source: _Source | None = None
    data_attributes: _Attributes | None = None


class _Output(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3OutputPath", default=None)
    kms_key_id: str | None = msgspec.field(name="KmsKeyId", default=None)


class _Result(msgspec.Struct):
    uri: str | None = msgspec.field(name="OutputDatasetS3Uri", default=None)


class _Counters(msgspec.Struct, rename="pascal"):
    human_labeled: int | None = None
    machine_labeled: int | None = None
    failed_non_retryable_error: int | None = None
    unlabeled: int | None = None


class _Task(msgspec.Struct, rename="pascal"):
    workteam_arn: str | None = None
    number_of_human_workers_per_data_object: int | None = None


class _Algorithms(msgspec.Struct, rename="pascal"):
    labeling_job_algorithm_specification_arn: str | None = None


class _Job(Answer, kw_only=True):
    labeling_job_name: str
    labeling_job_arn: str
    labeling_job_status: str
    failure_reason: str | None = None
    creation_time: datetime
    last_modified_time: datetime
    label_attribute_name: str | None = None
    label_counters: _Counters | None = None
    input_config: _Input | None = None
    output_config: _Output | None = None
    labeling_job_output: _Result | None = None
    label_category_config: str | None = msgspec.field(name="LabelCategoryConfigS3Uri", default=None)
    human_task_config: _Task | None = None
    labeling_job_algorithms_config: _Algorithms | None = None
    role_arn: str | None = None
    tags: list[Tag] = []


def _record(details: Details, name: str) -> LabelingJob | None:
    job = details.main("sagemaker:DescribeLabelingJob", _Job, {"LabelingJobName": name})
    if job is None:
        return None
    record = LabelingJob(
        name=job.labeling_job_name,
        arn=job.labeling_job_arn,
        status=job.labeling_job_status,
        failure=failure_of(job.failure_reason),
        created_at=job.creation_time,
        ended_at=job.last_modified_time,
        label_attribute=job.label_attribute_name,
        role_arn=job.role_arn,
        tags={tag.key: tag.value for tag in job.tags},
    )
    _add_data(record, job)
    _add_work(record, job)
    return record


def _add_data(record: LabelingJob, job: _Job) -> None:
    inputs, output = job.input_config or _Input(), job.output_config or _Output()
    source, attributes = inputs.data_source, inputs.data_attributes
    record.input_uri = plain(source.s3.uri if source and source.s3 else None)
    record.content_classifiers = sorted(attributes.content_classifiers) if attributes else []
    record.output_uri = plain(output.uri)
    record.output_kms_key_id = output.kms_key_id
    record.output_dataset_uri = plain(
        job.labeling_job_output.uri if job.labeling_job_output else None
    )
    record.label_categories_uri = plain(job.label_category_config)


def _add_work(record: LabelingJob, job: _Job) -> None:
    task, counters = job.human_task_config or _Task(), job.label_counters or _Counters()
    algorithms = job.labeling_job_algorithms_config or _Algorithms()
    record.workteam_arn = task.workteam_arn
    record.workers_per_object = task.number_of_human_workers_per_data_object
    record.human_labeled = counters.human_labeled
    record.machine_labeled = counters.machine_labeled
    record.failed = counters.failed_non_retryable_error
    record.unlabeled = counters.unlabeled
    record.auto_labeling_algorithm_arn = algorithms.labeling_job_algorithm_specification_arn


LABELING_JOBS = Jobs(
    kind=LABELING_JOB,
    what="labelling job",
    listing=Listing(
        operation="sagemaker:ListLabelingJobs",
        items="LabelingJobSummaryList",
        item=_Listed,
        name=lambda item: item.labeling_job_name,
        made=lambda item: item.creation_time,
        sort_by="CreationTime",
    ),
    after="CreationTimeAfter",
    reference=lambda item: item.labeling_job_name,
    running=RUNNING,
    record=_record,
)
