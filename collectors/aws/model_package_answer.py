"""sagemaker:DescribeModelPackage: its answer's shape, and the record that is made of it."""

from datetime import datetime

import msgspec

from ..redaction import scrub
from .api import Answer
from .kinds import ModelPackage, PackageContainer


class _IamIdentity(msgspec.Struct, rename="pascal"):
    arn: str | None = None


class _Person(msgspec.Struct, rename="pascal"):
    user_profile_arn: str | None = None
    user_profile_name: str | None = None
    iam_identity: _IamIdentity | None = None


class _S3Source(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3Uri", default=None)


class _DataSource(msgspec.Struct):
    s3: _S3Source | None = msgspec.field(name="S3DataSource", default=None)


class _Container(msgspec.Struct, rename="pascal"):
    image: str | None = None
    image_digest: str | None = None
    model_data_url: str | None = None
    model_data_source: _DataSource | None = None


class _Inference(msgspec.Struct, rename="pascal"):
    containers: list[_Container] = []


class _Metrics(msgspec.Struct, rename="pascal"):
    model_quality: dict[str, object] = {}
    model_data_quality: dict[str, object] = {}
    bias: dict[str, object] = {}


class _Origin(msgspec.Struct, rename="pascal"):
    commit_id: str | None = None
    repository: str | None = None


class _Card(msgspec.Struct, rename="pascal"):
    model_card_status: str | None = None
    model_card_content: str | None = None


class Package(Answer, kw_only=True):
    model_package_arn: str
    model_package_group_name: str | None = None
    model_package_version: int | None = None
    model_approval_status: str | None = None
    approval_description: str | None = None
    model_package_status: str | None = None
    creation_time: datetime | None = None
    created_by: _Person | None = None
    last_modified_time: datetime | None = None
    last_modified_by: _Person | None = None
    inference_specification: _Inference | None = None
    metadata_properties: _Origin | None = None
    model_metrics: _Metrics | None = None
    model_card: _Card | None = None
    customer_metadata_properties: dict[str, str] | None = None


def record_of(package: Package) -> ModelPackage:
    inference = package.inference_specification or _Inference()
    origin = package.metadata_properties or _Origin()
    metrics = package.model_metrics or _Metrics()
    return ModelPackage(
        arn=package.model_package_arn,
        group=package.model_package_group_name,
        version=package.model_package_version,
        approval_status=package.model_approval_status,
        approval_description=package.approval_description,
        status=package.model_package_status,
        created_at=package.creation_time,
        created_by=_person(package.created_by),
        modified_at=package.last_modified_time,
        modified_by=_person(package.last_modified_by),
        containers=[_container(container) for container in inference.containers],
        commit_id=origin.commit_id,
        repository=_plain(origin.repository),
        has_metrics=bool(metrics.model_quality or metrics.model_data_quality),
        has_bias_metrics=bool(metrics.bias),
        has_card=bool(package.model_card and package.model_card.model_card_content),
    )


def _person(person: _Person | None) -> str | None:
    if person is None:
        return None
    arn = person.iam_identity.arn if person.iam_identity else None
    return arn or person.user_profile_arn or person.user_profile_name


def _container(container: _Container) -> PackageContainer:
    source = container.model_data_source
    other = source.s3.uri if source and source.s3 else None
    return PackageContainer(
        image=container.image,
        image_digest=container.image_digest,
        model_data_url=_plain(container.model_data_url or other),
    )


def _plain(url: str | None) -> str | None:
    """Without user name, password and query."""
    return scrub(url, limit=2000) if url else None
