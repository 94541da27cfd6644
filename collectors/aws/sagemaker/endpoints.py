"""SageMaker endpoints with their configuration, the models they serve, and tags."""

from datetime import datetime

import msgspec

from ..api import Answer
from ..kinds import ENDPOINT, Endpoint, ServedModel, Variant
from ..listing import Listing
from ..table import Details, Table
from .endpoint_configs import ConfigAnswer
from .models import read_model


class _Listed(msgspec.Struct, rename="pascal"):
    endpoint_name: str
    endpoint_arn: str
    endpoint_status: str | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


class _Running(msgspec.Struct, rename="pascal"):
    variant_name: str
    current_instance_count: int | None = None


class _Endpoint(Answer, kw_only=True):
    endpoint_name: str
    endpoint_arn: str
    endpoint_config_name: str | None = None
    endpoint_status: str | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None
    production_variants: list[_Running] = []
    shadow_production_variants: list[_Running] = []


def _record(details: Details, listed: _Listed) -> Endpoint:
    endpoint = details.main(
        "sagemaker:DescribeEndpoint", _Endpoint, {"EndpointName": listed.endpoint_name}
    )
    seen = endpoint or listed
    record = Endpoint(
        name=listed.endpoint_name,
        arn=listed.endpoint_arn,
        status=seen.endpoint_status,
        created_at=seen.creation_time,
        modified_at=seen.last_modified_time,
        config_name=endpoint.endpoint_config_name if endpoint else None,
        variants=[],
    )
    record.tags = details.tags(listed.endpoint_arn)
    if endpoint is not None and endpoint.endpoint_config_name:
        config = details.part(
            "sagemaker:DescribeEndpointConfig",
            ConfigAnswer,
            {"EndpointConfigName": endpoint.endpoint_config_name},
        )
        if config is not None:
            _configure(details, record, config, endpoint)
    return record


def _configure(
    details: Details, record: Endpoint, config: ConfigAnswer, endpoint: _Endpoint
) -> None:
    capture = config.capture
    record.kms_key_id = config.kms_key_id
    record.data_capture_enabled = capture.enabled
    record.data_capture_percent = capture.percent
    record.data_capture_uri = capture.uri
    running = {
        variant.variant_name: variant.current_instance_count
        for variant in endpoint.production_variants + endpoint.shadow_production_variants
    }
    for variant in config.production_variants + config.shadow_production_variants:
        count = running.get(variant.variant_name)
        record.variants.append(
            Variant(
                name=variant.variant_name,
                model=_model(details, variant.model_name),
                instance_type=variant.instance_type,
                instance_count=variant.initial_instance_count if count is None else count,
            )
        )


def _model(details: Details, name: str | None) -> ServedModel | None:
    """A model that is gone or refused keeps its name; everything else of it is null."""
    if name is None:  # an endpoint of inference components
        return None
    found = details.parts.read(lambda: read_model(details.api, details.call, name))
    return found or ServedModel(name=name)


ENDPOINTS = Table(
    kind=ENDPOINT,
    what="endpoint",
    listing=Listing(
        operation="sagemaker:ListEndpoints",
        items="Endpoints",
        item=_Listed,
        name=lambda item: item.endpoint_name,
        made=lambda item: item.creation_time,
        sort_by="Name",
    ),
    record=_record,
)
