"""SageMaker processing jobs that have ended: data preparation, evaluation, monitoring.

Source: sagemaker:ListProcessingJobs, DescribeProcessingJob, ListTags.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..api import Answer
from ..jobs import Job, Jobs, ended_at, failure_of, subject
from ..listing import Listing
from ..table import Details
from .containers import names, plain
from .job_parts import RUNNING, Experiment, Vpc


class ProcessedData(Record):
    """An input or an output."""

    name: str
    uri: str | None = None
    feature_group: str | None = None
    database: str | None = None
    """The database of Athena or Redshift that was asked."""


class ProcessingJob(Job):
    """sagemaker:DescribeProcessingJob, ListTags. Of variables the names; arguments are not kept."""

    started_at: datetime | None = None
    image: str | None = None
    inputs: list[ProcessedData] = []
    outputs: list[ProcessedData] = []
    output_kms_key_id: str | None = None
    volume_kms_key_id: str | None = None
    instance_type: str | None = None
    instance_count: int | None = None
    role_arn: str | None = None
    in_vpc: bool | None = None
    network_isolation: bool | None = None
    traffic_encrypted: bool | None = None
    environment_names: list[str] = []
    experiment: str | None = None
    trial: str | None = None
    monitoring_schedule_arn: str | None = None
    training_job_arn: str | None = None
    automl_job_arn: str | None = None
    tags: dict[str, str | None] = {}


PROCESSING_JOB = Kind(
    name="aws.processing_job",
    record=ProcessingJob,
    subject=subject,
    mode="event",
    happened_at=ended_at,
    guarded={"tags": ()},
    permission="sagemaker:ListProcessingJobs, sagemaker:DescribeProcessingJob, sagemaker:ListTags",
    cross_check="a second listing of what is new, in the opposite sort order, has the same names",
)


class _Listed(msgspec.Struct, rename="pascal"):
    processing_job_name: str
    creation_time: datetime


class _S3(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3Uri", default=None)


class _Table(msgspec.Struct, rename="pascal"):
    database: str | None = None


class _DataSet(msgspec.Struct, rename="pascal"):
    athena: _Table | None = msgspec.field(name="AthenaDatasetDefinition", default=None)
    redshift: _Table | None = msgspec.field(name="RedshiftDatasetDefinition", default=None)


class _Input(msgspec.Struct):
    name: str = msgspec.field(name="InputName")
    s3: _S3 | None = msgspec.field(name="S3Input", default=None)
    dataset: _DataSet | None = msgspec.field(name="DatasetDefinition", default=None)


class _FeatureStore(msgspec.Struct, rename="pascal"):
    feature_group_name: str | None = None


class _Output(msgspec.Struct):
    name: str = msgspec.field(name="OutputName")
    s3: _S3 | None = msgspec.field(name="S3Output", default=None)
    features: _FeatureStore | None = msgspec.field(name="FeatureStoreOutput", default=None)


class _Outputs(msgspec.Struct, rename="pascal"):
    outputs: list[_Output] = []
    kms_key_id: str | None = None


class _Cluster(msgspec.Struct, rename="pascal"):
    instance_type: str | None = None
    instance_count: int | None = None
    volume_kms_key_id: str | None = None


class _Resources(msgspec.Struct, rename="pascal"):
    cluster_config: _Cluster | None = None


class _Application(msgspec.Struct, rename="pascal"):
    image_uri: str | None = None


class _Network(msgspec.Struct, rename="pascal"):
    enable_network_isolation: bool | None = None
    enable_inter_container_traffic_encryption: bool | None = None
    vpc_config: Vpc | None = None


class _Job(Answer, kw_only=True):
    processing_job_name: str
    processing_job_arn: str
    processing_job_status: str
    failure_reason: str | None = None
    creation_time: datetime
    processing_start_time: datetime | None = None
    processing_end_time: datetime | None = None
    last_modified_time: datetime | None = None
    processing_inputs: list[_Input] = []
    processing_output_config: _Outputs | None = None
    processing_resources: _Resources | None = None
    app_specification: _Application | None = None
    environment: dict[str, object] | None = None
    network_config: _Network | None = None
    role_arn: str | None = None
    experiment_config: Experiment | None = None
    monitoring_schedule_arn: str | None = None
    training_job_arn: str | None = None
    auto_ml_job_arn: str | None = msgspec.field(name="AutoMLJobArn", default=None)


def _record(details: Details, name: str) -> ProcessingJob | None:
    job = details.main("sagemaker:DescribeProcessingJob", _Job, {"ProcessingJobName": name})
    if job is None:
        return None
    experiment = job.experiment_config or Experiment()
    record = ProcessingJob(
        name=job.processing_job_name,
        arn=job.processing_job_arn,
        status=job.processing_job_status,
        failure=failure_of(job.failure_reason),
        created_at=job.creation_time,
        started_at=job.processing_start_time,
        ended_at=job.processing_end_time or job.last_modified_time or job.creation_time,
        role_arn=job.role_arn,
        environment_names=names(job.environment),
        experiment=experiment.experiment_name,
        trial=experiment.trial_name,
        monitoring_schedule_arn=job.monitoring_schedule_arn,
        training_job_arn=job.training_job_arn,
        automl_job_arn=job.auto_ml_job_arn,
    )
    _add_means(record, job)
    record.tags = details.tags(job.processing_job_arn)
    return record


def _add_means(record: ProcessingJob, job: _Job) -> None:
    outputs = job.processing_output_config or _Outputs()
    cluster = (job.processing_resources and job.processing_resources.cluster_config) or _Cluster()
    network = job.network_config or _Network()
    record.image = job.app_specification.image_uri if job.app_specification else None
    record.inputs = [_input(one) for one in job.processing_inputs]
    record.outputs = [_output(one) for one in outputs.outputs]
    record.output_kms_key_id = outputs.kms_key_id
    record.volume_kms_key_id = cluster.volume_kms_key_id
    record.instance_type = cluster.instance_type
    record.instance_count = cluster.instance_count
    record.in_vpc = bool(network.vpc_config and network.vpc_config.subnets)
    record.network_isolation = network.enable_network_isolation
    record.traffic_encrypted = network.enable_inter_container_traffic_encryption


def _input(one: _Input) -> ProcessedData:
    table = one.dataset and (one.dataset.athena or one.dataset.redshift)
    return ProcessedData(
        name=one.name,
        uri=plain(one.s3.uri) if one.s3 else None,
        database=table.database if table else None,
    )


def _output(one: _Output) -> ProcessedData:
    return ProcessedData(
        name=one.name,
        uri=plain(one.s3.uri) if one.s3 else None,
        feature_group=one.features.feature_group_name if one.features else None,
    )


PROCESSING_JOBS = Jobs(
    kind=PROCESSING_JOB,
    what="processing job",
    listing=Listing(
        operation="sagemaker:ListProcessingJobs",
        items="ProcessingJobSummaries",
        item=_Listed,
        name=lambda item: item.processing_job_name,
        made=lambda item: item.creation_time,
        sort_by="CreationTime",
    ),
    after="CreationTimeAfter",
    reference=lambda item: item.processing_job_name,
    running=RUNNING,
    record=_record,
)
