"""SageMaker training jobs that have ended: data, code, settings, results.

Source: sagemaker:ListTrainingJobs, DescribeTrainingJob, ListTags.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from ...contract import Kind, Record
from ..api import Answer
from ..jobs import Job, Jobs, ended_at, failure_of, subject
from ..listing import Listing
from ..table import Details
from .containers import names, plain
from .job_parts import RUNNING, Experiment, Vpc


class Channel(Record):
    name: str
    uri: str | None = None
    """Of S3, or of a data set."""
    file_system_id: str | None = None
    content_type: str | None = None


class Metric(Record):
    name: str
    value: Decimal | None = None
    at: datetime | None = None


class RuleResult(Record):
    """Of a Debugger or profiler rule."""

    name: str
    status: str | None = None


class TrainingJob(Job):
    """sagemaker:DescribeTrainingJob, ListTags. Of variables and hyperparameters the names, values
    only for allowed keys."""

    secondary_status: str | None = None
    started_at: datetime | None = None
    training_s: int | None = None
    image: str | None = None
    algorithm: str | None = None
    inputs: list[Channel] = []
    model_uri: str | None = None
    output_uri: str | None = None
    output_kms_key_id: str | None = None
    volume_kms_key_id: str | None = None
    instance_type: str | None = None
    instance_count: int | None = None
    is_spot: bool | None = None
    role_arn: str | None = None
    in_vpc: bool | None = None
    network_isolation: bool | None = None
    traffic_encrypted: bool | None = None
    hyperparameters: dict[str, str | None] = {}
    environment_names: list[str] = []
    metrics: list[Metric] = []
    """The last value of each."""
    rules: list[RuleResult] = []
    experiment: str | None = None
    trial: str | None = None
    mlflow_experiment_id: str | None = None
    mlflow_run_id: str | None = None
    base_model_arn: str | None = None
    output_model_package_arn: str | None = None
    tuning_job_arn: str | None = None
    labeling_job_arn: str | None = None
    automl_job_arn: str | None = None
    tags: dict[str, str | None] = {}


TRAINING_JOB = Kind(
    name="aws.training_job",
    record=TrainingJob,
    subject=subject,
    mode="event",
    happened_at=ended_at,
    guarded={"tags": (), "hyperparameters": ("sagemaker_program", "sagemaker_submit_directory")},
    permission="sagemaker:ListTrainingJobs, sagemaker:DescribeTrainingJob, sagemaker:ListTags",
    cross_check="a second listing of what is new, in the opposite sort order, has the same names",
)


class _Listed(msgspec.Struct, rename="pascal"):
    training_job_name: str
    creation_time: datetime


class _Algorithm(msgspec.Struct, rename="pascal"):
    training_image: str | None = None
    algorithm_name: str | None = None


class _S3(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3Uri", default=None)


class _Files(msgspec.Struct, rename="pascal"):
    file_system_id: str | None = None


class _DataSet(msgspec.Struct, rename="pascal"):
    dataset_arn: str | None = None


class _Source(msgspec.Struct):
    s3: _S3 | None = msgspec.field(name="S3DataSource", default=None)
    files: _Files | None = msgspec.field(name="FileSystemDataSource", default=None)
    dataset: _DataSet | None = msgspec.field(name="DatasetSource", default=None)


class _Channel(msgspec.Struct, rename="pascal"):
    channel_name: str
    data_source: _Source
    content_type: str | None = None


class _Output(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3OutputPath", default=None)
    kms_key_id: str | None = msgspec.field(name="KmsKeyId", default=None)


class _Artifacts(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3ModelArtifacts", default=None)


class _Resources(msgspec.Struct, rename="pascal"):
    instance_type: str | None = None
    instance_count: int | None = None
    volume_kms_key_id: str | None = None


class _Metric(msgspec.Struct, rename="pascal"):
    metric_name: str
    value: Decimal | None = None
    timestamp: datetime | None = None


class _Rule(msgspec.Struct, rename="pascal"):
    rule_configuration_name: str
    rule_evaluation_status: str | None = None


class _Serverless(msgspec.Struct, rename="pascal"):
    base_model_arn: str | None = None


class _Mlflow(msgspec.Struct, rename="pascal"):
    mlflow_experiment_id: str | None = None
    mlflow_run_id: str | None = None


class _Job(Answer, kw_only=True):
    training_job_name: str
    training_job_arn: str
    training_job_status: str
    secondary_status: str | None = None
    failure_reason: str | None = None
    creation_time: datetime
    training_start_time: datetime | None = None
    training_end_time: datetime | None = None
    last_modified_time: datetime | None = None
    training_time_in_seconds: int | None = None
    algorithm_specification: _Algorithm | None = None
    input_data_config: list[_Channel] = []
    output_data_config: _Output | None = None
    model_artifacts: _Artifacts | None = None
    resource_config: _Resources | None = None
    role_arn: str | None = None
    vpc_config: Vpc | None = None
    enable_network_isolation: bool | None = None
    enable_inter_container_traffic_encryption: bool | None = None
    enable_managed_spot_training: bool | None = None
    hyper_parameters: dict[str, str] | None = None
    environment: dict[str, object] | None = None
    final_metric_data_list: list[_Metric] = []
    debug_rule_evaluation_statuses: list[_Rule] = []
    profiler_rule_evaluation_statuses: list[_Rule] = []
    experiment_config: Experiment | None = None
    serverless_job_config: _Serverless | None = None
    mlflow_details: _Mlflow | None = None
    output_model_package_arn: str | None = None
    tuning_job_arn: str | None = None
    labeling_job_arn: str | None = None
    auto_ml_job_arn: str | None = msgspec.field(name="AutoMLJobArn", default=None)


def _record(details: Details, name: str) -> TrainingJob | None:
    job = details.main("sagemaker:DescribeTrainingJob", _Job, {"TrainingJobName": name})
    if job is None:
        return None
    record = _outline(job)
    _add_means(record, job)
    _add_results(record, job)
    record.tags = details.tags(job.training_job_arn)
    return record


def _outline(job: _Job) -> TrainingJob:
    return TrainingJob(
        name=job.training_job_name,
        arn=job.training_job_arn,
        status=job.training_job_status,
        secondary_status=job.secondary_status,
        failure=failure_of(job.failure_reason),
        created_at=job.creation_time,
        started_at=job.training_start_time,
        ended_at=job.training_end_time or job.last_modified_time or job.creation_time,
        training_s=job.training_time_in_seconds,
        role_arn=job.role_arn,
        output_model_package_arn=job.output_model_package_arn,
        tuning_job_arn=job.tuning_job_arn,
        labeling_job_arn=job.labeling_job_arn,
        automl_job_arn=job.auto_ml_job_arn,
    )


def _add_means(record: TrainingJob, job: _Job) -> None:
    algorithm = job.algorithm_specification or _Algorithm()
    resources = job.resource_config or _Resources()
    record.image = algorithm.training_image
    record.algorithm = algorithm.algorithm_name
    record.inputs = [_channel(channel) for channel in job.input_data_config]
    record.volume_kms_key_id = resources.volume_kms_key_id
    record.instance_type = resources.instance_type
    record.instance_count = resources.instance_count
    record.is_spot = job.enable_managed_spot_training
    record.in_vpc = bool(job.vpc_config and job.vpc_config.subnets)
    record.network_isolation = job.enable_network_isolation
    record.traffic_encrypted = job.enable_inter_container_traffic_encryption
    record.hyperparameters = {**(job.hyper_parameters or {})}
    record.environment_names = names(job.environment)
    if job.serverless_job_config:
        record.base_model_arn = job.serverless_job_config.base_model_arn


def _add_results(record: TrainingJob, job: _Job) -> None:
    output, artifacts = job.output_data_config or _Output(), job.model_artifacts or _Artifacts()
    experiment, mlflow = job.experiment_config or Experiment(), job.mlflow_details or _Mlflow()
    record.model_uri = plain(artifacts.uri)
    record.output_uri = plain(output.uri)
    record.output_kms_key_id = output.kms_key_id
    record.metrics = [
        Metric(name=one.metric_name, value=_finite(one.value), at=one.timestamp)
        for one in job.final_metric_data_list
    ]
    record.rules = [
        RuleResult(name=rule.rule_configuration_name, status=rule.rule_evaluation_status)
        for rule in job.debug_rule_evaluation_statuses + job.profiler_rule_evaluation_statuses
    ]
    record.experiment, record.trial = experiment.experiment_name, experiment.trial_name
    record.mlflow_experiment_id = mlflow.mlflow_experiment_id
    record.mlflow_run_id = mlflow.mlflow_run_id


def _channel(channel: _Channel) -> Channel:
    source = channel.data_source
    uri = source.s3.uri if source.s3 else source.dataset.dataset_arn if source.dataset else None
    return Channel(
        name=channel.channel_name,
        uri=plain(uri),
        file_system_id=source.files.file_system_id if source.files else None,
        content_type=channel.content_type,
    )


def _finite(value: Decimal | None) -> Decimal | None:
    return value if value is not None and value.is_finite() else None


TRAINING_JOBS = Jobs(
    kind=TRAINING_JOB,
    what="training job",
    listing=Listing(
        operation="sagemaker:ListTrainingJobs",
        items="TrainingJobSummaries",
        item=_Listed,
        name=lambda item: item.training_job_name,
        made=lambda item: item.creation_time,
        sort_by="CreationTime",
    ),
    after="CreationTimeAfter",
    reference=lambda item: item.training_job_name,
    running=RUNNING,
    record=_record,
)
