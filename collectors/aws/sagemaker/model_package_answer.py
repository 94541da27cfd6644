"""sagemaker:DescribeModelPackage: its answer's shape, and the record that is made of it."""

from datetime import datetime

import msgspec

from ..api import Answer
from ..kinds import ModelPackage, PackageContainer
from .containers import Container, plain
from .people import Person, person


class _Inference(msgspec.Struct, rename="pascal"):
    containers: list[Container] = []


class _File(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3Uri", default=None)


class _Quality(msgspec.Struct, rename="pascal"):
    statistics: _File | None = None
    constraints: _File | None = None


class _Reports(msgspec.Struct, rename="pascal"):
    report: _File | None = None
    pre_training_report: _File | None = None
    post_training_report: _File | None = None


class _Metrics(msgspec.Struct, rename="pascal"):
    model_quality: _Quality | None = None
    model_data_quality: _Quality | None = None
    bias: _Reports | None = None
    explainability: _Reports | None = None


class _Origin(msgspec.Struct, rename="pascal"):
    commit_id: str | None = None
    repository: str | None = None


class _Card(msgspec.Struct, rename="pascal"):
    model_card_status: str | None = None
    model_card_content: str | None = None


class _LifeCycle(msgspec.Struct, rename="pascal"):
    stage: str | None = None
    stage_status: str | None = None


class Package(Answer, kw_only=True):
    model_package_arn: str
    model_package_group_name: str | None = None
    model_package_version: int | None = None
    model_approval_status: str | None = None
    approval_description: str | None = None
    model_package_status: str | None = None
    creation_time: datetime | None = None
    created_by: Person | None = None
    last_modified_time: datetime | None = None
    last_modified_by: Person | None = None
    inference_specification: _Inference | None = None
    metadata_properties: _Origin | None = None
    model_metrics: _Metrics | None = None
    model_card: _Card | None = None
    customer_metadata_properties: dict[str, str] | None = None
    drift_check_baselines: dict[str, object] | None = None
    model_life_cycle: _LifeCycle | None = None
    source_uri: str | None = None
    domain: str | None = None
    task: str | None = None
    skip_model_validation: str | None = None


def record_of(package: Package) -> ModelPackage:
    inference = package.inference_specification or _Inference()
    origin = package.metadata_properties or _Origin()
    stage = package.model_life_cycle or _LifeCycle()
    card = package.model_card or _Card()
    record = ModelPackage(
        arn=package.model_package_arn,
        group=package.model_package_group_name,
        version=package.model_package_version,
        approval_status=package.model_approval_status,
        approval_description=package.approval_description,
        status=package.model_package_status,
        created_at=package.creation_time,
        created_by=person(package.created_by),
        modified_at=package.last_modified_time,
        modified_by=person(package.last_modified_by),
        containers=[_container(container) for container in inference.containers],
        commit_id=origin.commit_id,
        repository=plain(origin.repository),
        has_card=bool(card.model_card_content),
        card_status=card.model_card_status,
        stage=stage.stage,
        stage_status=stage.stage_status,
        source_uri=plain(package.source_uri),
        domain=package.domain,
        task=package.task,
        drift_baselines=sorted(package.drift_check_baselines or {}),
    )
    if package.skip_model_validation is not None:
        record.validation_skipped = package.skip_model_validation == "All"
    _measure(record, package.model_metrics or _Metrics())
    return record


def _measure(record: ModelPackage, metrics: _Metrics) -> None:
    quality = metrics.model_quality or _Quality()
    data = metrics.model_data_quality or _Quality()
    bias = metrics.bias or _Reports()
    record.quality_statistics_uri = _uri(quality.statistics)
    record.quality_constraints_uri = _uri(quality.constraints)
    record.data_quality_statistics_uri = _uri(data.statistics)
    record.data_quality_constraints_uri = _uri(data.constraints)
    record.bias_report_uri = _uri(bias.report)
    record.bias_pre_training_report_uri = _uri(bias.pre_training_report)
    record.bias_post_training_report_uri = _uri(bias.post_training_report)
    record.explainability_report_uri = _uri((metrics.explainability or _Reports()).report)
    record.has_metrics = any(
        part is not None
        for part in (quality.statistics, quality.constraints, data.statistics, data.constraints)
    )
    record.has_bias_metrics = any(
        part is not None
        for part in (bias.report, bias.pre_training_report, bias.post_training_report)
    )
    record.has_explainability = record.explainability_report_uri is not None


def _uri(file: _File | None) -> str | None:
    return plain(file.uri) if file else None


def _container(container: Container) -> PackageContainer:
    return PackageContainer(
        image=container.image, image_digest=container.image_digest, model_data_url=container.data
    )
