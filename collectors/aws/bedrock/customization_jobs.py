"""Bedrock's customization jobs that have ended: how a custom model was trained.

Source: bedrock:ListModelCustomizationJobs, GetModelCustomizationJob, ListTagsForResource.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from ...contract import Kind
from ..jobs import Job, Jobs, ended_at, failure_of, subject
from ..listing import CAMEL, Listing
from ..sagemaker.containers import plain
from ..table import Details
from .answer import CamelAnswer
from .custom_models import (
    Output,
    Training,
    TrainingMetrics,
    Validation,
    ValidationMetric,
    finite,
    losses,
)
from .tags import tags


class CustomizationJob(Job):
    """bedrock:GetModelCustomizationJob, ListTagsForResource."""

    customization: str | None = None
    base_model_arn: str | None = None
    output_model: str | None = None
    output_model_arn: str | None = None
    output_model_kms_key_arn: str | None = None
    training_data_uri: str | None = None
    trained_on_logs: bool | None = None
    validation_data_uris: list[str] = []
    output_uri: str | None = None
    role_arn: str | None = None
    in_vpc: bool | None = None
    hyperparameters: dict[str, str | None] = {}
    training_loss: Decimal | None = None
    validation_losses: list[Decimal] = []
    tags: dict[str, str | None] = {}


CUSTOMIZATION_JOB = Kind(
    name="aws.bedrock_customization_job",
    record=CustomizationJob,
    subject=subject,
    mode="event",
    happened_at=ended_at,
    guarded={"tags": (), "hyperparameters": ()},
    permission="bedrock:ListModelCustomizationJobs, bedrock:GetModelCustomizationJob, "
    "bedrock:ListTagsForResource",
    cross_check="a second listing of what is new, in the opposite sort order, has the same ARNs",
)


class _Listed(msgspec.Struct, rename="camel"):
    job_arn: str
    creation_time: datetime


class _Vpc(msgspec.Struct, rename="camel"):
    subnet_ids: list[str] = []


class _Job(CamelAnswer, kw_only=True):
    job_arn: str
    job_name: str
    status: str
    failure_message: str | None = None
    creation_time: datetime
    last_modified_time: datetime | None = None
    end_time: datetime | None = None
    customization_type: str | None = None
    base_model_arn: str | None = None
    output_model_name: str | None = None
    output_model_arn: str | None = None
    output_model_kms_key_arn: str | None = None
    role_arn: str | None = None
    vpc_config: _Vpc | None = None
    hyper_parameters: dict[str, str] | None = None
    training_data_config: Training | None = None
    validation_data_config: Validation | None = None
    output_data_config: Output | None = None
    training_metrics: TrainingMetrics | None = None
    validation_metrics: list[ValidationMetric] = []


def _record(details: Details, arn: str) -> CustomizationJob | None:
    job = details.main("bedrock:GetModelCustomizationJob", _Job, {"jobIdentifier": arn})
    if job is None:
        return None
    training = job.training_data_config or Training()
    return CustomizationJob(
        name=job.job_name,
        arn=job.job_arn,
        status=job.status,
        failure=failure_of(job.failure_message),
        created_at=job.creation_time,
        ended_at=job.end_time or job.last_modified_time or job.creation_time,
        customization=job.customization_type,
        base_model_arn=job.base_model_arn,
        output_model=job.output_model_name,
        output_model_arn=job.output_model_arn,
        output_model_kms_key_arn=job.output_model_kms_key_arn,
        training_data_uri=plain(training.s3_uri),
        trained_on_logs=training.invocation_logs_config is not None,
        validation_data_uris=(job.validation_data_config or Validation()).uris,
        output_uri=plain((job.output_data_config or Output()).s3_uri),
        role_arn=job.role_arn,
        in_vpc=bool(job.vpc_config and job.vpc_config.subnet_ids),
        hyperparameters={**(job.hyper_parameters or {})},
        training_loss=finite((job.training_metrics or TrainingMetrics()).training_loss),
        validation_losses=losses(job.validation_metrics),
        tags=tags(details, job.job_arn),
    )


CUSTOMIZATION_JOBS = Jobs(
    kind=CUSTOMIZATION_JOB,
    what="customization job",
    listing=Listing(
        operation="bedrock:ListModelCustomizationJobs",
        items="modelCustomizationJobSummaries",
        item=_Listed,
        name=lambda item: item.job_arn,
        made=lambda item: item.creation_time,
        naming=CAMEL,
        sort_by="CreationTime",
    ),
    after="creationTimeAfter",
    reference=lambda item: item.job_arn,
    running=frozenset({"InProgress", "Stopping"}),
    record=_record,
)
