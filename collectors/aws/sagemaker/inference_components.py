"""SageMaker inference components: several models on the instances of one endpoint.

Source: sagemaker:ListInferenceComponents, DescribeInferenceComponent, ListTags.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..api import Answer
from ..listing import Listing
from ..table import Details, Table
from .containers import names, plain


class InferenceComponent(Record):
    """sagemaker:DescribeInferenceComponent, ListTags."""

    name: str
    arn: str
    endpoint: str
    variant: str | None = None
    status: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    model_name: str | None = None
    image: str | None = None
    image_digest: str | None = None
    """The image as it was resolved: ``…@sha256:…``."""
    artifact_uri: str | None = None
    base_component: str | None = None
    """For an adapter: the component that it adapts."""
    environment_names: list[str] = []
    copies: int | None = None
    """Wanted."""
    tags: dict[str, str | None] = {}


INFERENCE_COMPONENT = Kind(
    name="aws.inference_component",
    record=InferenceComponent,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    volatile=("CurrentCopyCount", "PlacementStatus"),
    permission="sagemaker:ListInferenceComponents, sagemaker:DescribeInferenceComponent, "
    "sagemaker:ListTags",
    cross_check="a second listing in the opposite sort order has the same names",
)


class _Listed(msgspec.Struct, rename="pascal"):
    inference_component_name: str
    inference_component_arn: str
    endpoint_name: str
    variant_name: str | None = None
    inference_component_status: str | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


class _Image(msgspec.Struct, rename="pascal"):
    specified_image: str | None = None
    resolved_image: str | None = None


class _Container(msgspec.Struct, rename="pascal"):
    deployed_image: _Image | None = None
    artifact_url: str | None = None
    environment: dict[str, object] | None = None


class _Specification(msgspec.Struct, rename="pascal"):
    model_name: str | None = None
    container: _Container | None = None
    base_inference_component_name: str | None = None


class _Runtime(msgspec.Struct, rename="pascal"):
    desired_copy_count: int | None = None


class _Component(Answer, kw_only=True):
    inference_component_name: str
    specification: _Specification | None = None
    runtime_config: _Runtime | None = None


def _record(details: Details, listed: _Listed) -> InferenceComponent:
    name = listed.inference_component_name
    record = InferenceComponent(
        name=name,
        arn=listed.inference_component_arn,
        endpoint=listed.endpoint_name,
        variant=listed.variant_name,
        status=listed.inference_component_status,
        created_at=listed.creation_time,
        modified_at=listed.last_modified_time,
    )
    component = details.main(
        "sagemaker:DescribeInferenceComponent", _Component, {"InferenceComponentName": name}
    )
    if component is not None:
        specification = component.specification or _Specification()
        container = specification.container or _Container()
        image = container.deployed_image or _Image()
        record.model_name = specification.model_name
        record.image = image.specified_image
        record.image_digest = image.resolved_image
        record.artifact_uri = plain(container.artifact_url)
        record.base_component = specification.base_inference_component_name
        record.environment_names = names(container.environment)
        if component.runtime_config:
            record.copies = component.runtime_config.desired_copy_count
    record.tags = details.tags(listed.inference_component_arn)
    return record


INFERENCE_COMPONENTS = Table(
    kind=INFERENCE_COMPONENT,
    what="inference component",
    listing=Listing(
        operation="sagemaker:ListInferenceComponents",
        items="InferenceComponents",
        item=_Listed,
        name=lambda item: item.inference_component_name,
        made=lambda item: item.creation_time,
        sort_by="Name",
    ),
    record=_record,
)
