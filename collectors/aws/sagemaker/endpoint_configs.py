"""SageMaker endpoint configurations: variants, data capture, keys. One never changes.

Source: sagemaker:ListEndpointConfigs, DescribeEndpointConfig, ListTags.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..api import Answer
from ..listing import Listing
from ..table import Details, Table
from .containers import plain


class ConfiguredVariant(Record):
    name: str
    model_name: str | None = None
    """None: it serves inference components."""
    instance_type: str | None = None
    instance_count: int | None = None
    is_serverless: bool | None = None
    is_shadow: bool | None = None


class EndpointConfig(Record):
    """sagemaker:DescribeEndpointConfig, ListTags."""

    name: str
    arn: str
    created_at: datetime | None = None
    kms_key_id: str | None = None
    role_arn: str | None = None
    in_vpc: bool | None = None
    network_isolation: bool | None = None
    data_capture_enabled: bool | None = None
    data_capture_percent: int | None = None
    data_capture_uri: str | None = None
    data_capture_kms_key_id: str | None = None
    data_capture_modes: list[str] = []
    """``Input``, ``Output``."""
    async_output_uri: str | None = None
    explains: bool | None = None
    """Clarify explains its answers."""
    variants: list[ConfiguredVariant] = []
    tags: dict[str, str | None] = {}


ENDPOINT_CONFIG = Kind(
    name="aws.endpoint_config",
    record=EndpointConfig,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    permission="sagemaker:ListEndpointConfigs, sagemaker:DescribeEndpointConfig, "
    "sagemaker:ListTags",
    cross_check="a second listing in the opposite sort order has the same names",
)


class _Listed(msgspec.Struct, rename="pascal"):
    endpoint_config_name: str
    endpoint_config_arn: str
    creation_time: datetime | None = None


class _Mode(msgspec.Struct, rename="pascal"):
    capture_mode: str


class Capture(msgspec.Struct, rename="pascal"):
    enabled: bool = msgspec.field(name="EnableCapture", default=False)
    percent: int | None = msgspec.field(name="InitialSamplingPercentage", default=None)
    uri: str | None = msgspec.field(name="DestinationS3Uri", default=None)
    kms_key_id: str | None = None
    capture_options: list[_Mode] = []


class _Output(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3OutputPath", default=None)


class _Async(msgspec.Struct, rename="pascal"):
    output_config: _Output | None = None


class _Explainer(msgspec.Struct, rename="pascal"):
    clarify_explainer_config: dict[str, object] | None = None


class _Vpc(msgspec.Struct, rename="pascal"):
    subnets: list[str] = []


class VariantAnswer(msgspec.Struct, rename="pascal"):
    variant_name: str
    model_name: str | None = None
    instance_type: str | None = None
    initial_instance_count: int | None = None
    serverless_config: dict[str, object] | None = None


class ConfigAnswer(Answer, kw_only=True):
    production_variants: list[VariantAnswer]
    shadow_production_variants: list[VariantAnswer] = []
    data_capture_config: Capture | None = None
    kms_key_id: str | None = None
    async_inference_config: _Async | None = None
    explainer_config: _Explainer | None = None
    execution_role_arn: str | None = None
    vpc_config: _Vpc | None = None
    enable_network_isolation: bool | None = None

    @property
    def capture(self) -> Capture:
        return self.data_capture_config or Capture()


def _record(details: Details, listed: _Listed) -> EndpointConfig:
    name = listed.endpoint_config_name
    record = EndpointConfig(
        name=name, arn=listed.endpoint_config_arn, created_at=listed.creation_time
    )
    config = details.main(
        "sagemaker:DescribeEndpointConfig", ConfigAnswer, {"EndpointConfigName": name}
    )
    if config is not None:
        _fill(record, config)
    record.tags = details.tags(listed.endpoint_config_arn)
    return record


def _fill(record: EndpointConfig, config: ConfigAnswer) -> None:
    capture, explainer = config.capture, config.explainer_config
    record.kms_key_id = config.kms_key_id
    record.role_arn = config.execution_role_arn
    record.in_vpc = bool(config.vpc_config and config.vpc_config.subnets)
    record.network_isolation = config.enable_network_isolation
    record.data_capture_enabled = capture.enabled
    record.data_capture_percent = capture.percent
    record.data_capture_uri = plain(capture.uri)
    record.data_capture_kms_key_id = capture.kms_key_id
    record.data_capture_modes = sorted(option.capture_mode for option in capture.capture_options)
    output = config.async_inference_config and config.async_inference_config.output_config
    record.async_output_uri = plain(output.uri if output else None)
    record.explains = bool(explainer and explainer.clarify_explainer_config)
    for variants, is_shadow in (
        (config.production_variants, False),
        (config.shadow_production_variants, True),
    ):
        record.variants += [_variant(variant, is_shadow) for variant in variants]


def _variant(variant: VariantAnswer, is_shadow: bool) -> ConfiguredVariant:
    return ConfiguredVariant(
        name=variant.variant_name,
        model_name=variant.model_name,
        instance_type=variant.instance_type,
        instance_count=variant.initial_instance_count,
        is_serverless=variant.serverless_config is not None,
        is_shadow=is_shadow,
    )


ENDPOINT_CONFIGS = Table(
    kind=ENDPOINT_CONFIG,
    what="endpoint configuration",
    listing=Listing(
        operation="sagemaker:ListEndpointConfigs",
        items="EndpointConfigs",
        item=_Listed,
        name=lambda item: item.endpoint_config_name,
        made=lambda item: item.creation_time,
        sort_by="Name",
    ),
    record=_record,
)
