"""Bedrock's custom models: trained in Bedrock from a foundation model.

Source: bedrock:ListCustomModels, GetCustomModel, ListTagsForResource.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from ...contract import Kind, Record
from ..listing import CAMEL, Listing
from ..sagemaker.containers import plain
from ..table import Details, Table
from .answer import CamelAnswer
from .tags import tags


class CustomModel(Record):
    """bedrock:GetCustomModel, ListTagsForResource."""

    name: str
    arn: str
    status: str | None = None
    created_at: datetime | None = None
    base_model_arn: str | None = None
    customization: str | None = None
    """``FINE_TUNING``, ``CONTINUED_PRE_TRAINING``, ``DISTILLATION`` …"""
    job_arn: str | None = None
    training_data_uri: str | None = None
    trained_on_logs: bool | None = None
    """Invocation logs are the training data."""
    validation_data_uris: list[str] = []
    output_uri: str | None = None
    kms_key_arn: str | None = None
    hyperparameters: dict[str, str | None] = {}
    training_loss: Decimal | None = None
    validation_losses: list[Decimal] = []
    tags: dict[str, str | None] = {}


CUSTOM_MODEL = Kind(
    name="aws.bedrock_custom_model",
    record=CustomModel,
    subject=lambda r: r.arn,
    guarded={"tags": (), "hyperparameters": ()},
    permission="bedrock:ListCustomModels, bedrock:GetCustomModel, bedrock:ListTagsForResource",
    cross_check="a second listing in the opposite sort order has the same ARNs",
)


class _Listed(msgspec.Struct, rename="camel"):
    model_arn: str
    model_name: str
    creation_time: datetime | None = None
    base_model_arn: str | None = None
    customization_type: str | None = None
    model_status: str | None = None


class Training(msgspec.Struct, rename="camel"):
    s3_uri: str | None = None
    invocation_logs_config: dict[str, object] | None = None


class Validator(msgspec.Struct, rename="camel"):
    s3_uri: str | None = None


class Validation(msgspec.Struct, rename="camel"):
    validators: list[Validator] = []

    @property
    def uris(self) -> list[str]:
        return [uri for one in self.validators if (uri := plain(one.s3_uri))]


class Output(msgspec.Struct, rename="camel"):
    s3_uri: str | None = None


class TrainingMetrics(msgspec.Struct, rename="camel"):
    training_loss: Decimal | None = None


class ValidationMetric(msgspec.Struct, rename="camel"):
    validation_loss: Decimal | None = None


class _Model(CamelAnswer, kw_only=True):
    model_arn: str
    job_arn: str | None = None
    model_kms_key_arn: str | None = None
    hyper_parameters: dict[str, str] | None = None
    training_data_config: Training | None = None
    validation_data_config: Validation | None = None
    output_data_config: Output | None = None
    training_metrics: TrainingMetrics | None = None
    validation_metrics: list[ValidationMetric] = []
    model_status: str | None = None


def finite(value: Decimal | None) -> Decimal | None:
    return value if value is not None and value.is_finite() else None


def losses(metrics: list[ValidationMetric]) -> list[Decimal]:
    """In the order of the validation data."""
    return [loss for one in metrics if (loss := finite(one.validation_loss)) is not None]


def _record(details: Details, listed: _Listed) -> CustomModel:
    record = CustomModel(
        name=listed.model_name,
        arn=listed.model_arn,
        status=listed.model_status,
        created_at=listed.creation_time,
        base_model_arn=listed.base_model_arn,
        customization=listed.customization_type,
    )
    model = details.main("bedrock:GetCustomModel", _Model, {"modelIdentifier": listed.model_arn})
    if model is not None:
        training = model.training_data_config or Training()
        record.status = model.model_status or record.status
        record.job_arn = model.job_arn
        record.training_data_uri = plain(training.s3_uri)
        record.trained_on_logs = training.invocation_logs_config is not None
        record.validation_data_uris = (model.validation_data_config or Validation()).uris
        record.output_uri = plain((model.output_data_config or Output()).s3_uri)
        record.kms_key_arn = model.model_kms_key_arn
        record.hyperparameters = {**(model.hyper_parameters or {})}
        record.training_loss = finite((model.training_metrics or TrainingMetrics()).training_loss)
        record.validation_losses = losses(model.validation_metrics)
    record.tags = tags(details, listed.model_arn)
    return record


CUSTOM_MODELS = Table(
    kind=CUSTOM_MODEL,
    what="custom model",
    listing=Listing(
        operation="bedrock:ListCustomModels",
        items="modelSummaries",
        item=_Listed,
        name=lambda item: item.model_arn,
        made=lambda item: item.creation_time,
        naming=CAMEL,
        sort_by="CreationTime",
    ),
    record=_record,
)
