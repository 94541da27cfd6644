"""SageMaker endpoints with their configuration, the models they serve, and tags."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from ..contract import Call, Check, Page, Skip
from .api import Answer, Api, Paged
from .kinds import ENDPOINT, Endpoint, ServedModel, Variant
from .parts import Look, Parts, fan_out
from .second_look import SecondLook
from .served_models import read_model

PAGE = 100  # the most that SageMaker allows


class _Listed(msgspec.Struct, rename="pascal"):
    endpoint_name: str
    endpoint_arn: str
    endpoint_status: str | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


class _Endpoints(Paged, kw_only=True):
    endpoints: list[_Listed]


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


class _Capture(msgspec.Struct):
    enabled: bool = msgspec.field(name="EnableCapture", default=False)
    percent: int | None = msgspec.field(name="InitialSamplingPercentage", default=None)
    uri: str | None = msgspec.field(name="DestinationS3Uri", default=None)


class _Variant(msgspec.Struct, rename="pascal"):
    variant_name: str
    model_name: str | None = None
    instance_type: str | None = None
    initial_instance_count: int | None = None


class _Config(Answer, kw_only=True):
    production_variants: list[_Variant]
    shadow_production_variants: list[_Variant] = []
    data_capture_config: _Capture | None = None
    kms_key_id: str | None = None


class EndpointReader:
    kind = ENDPOINT

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        second = SecondLook("sagemaker:ListEndpoints")

        def listed() -> Iterator[_Listed]:
            for page in self._list(call, "Ascending"):
                second.page(page)
                for endpoint in page.endpoints:
                    second.listed(endpoint.endpoint_name, endpoint.creation_time)
                    yield endpoint

        def look(endpoint: _Listed) -> Look:
            parts = Parts(f"endpoint {endpoint.endpoint_name}")
            record = self._look(call, endpoint, parts)
            if parts.gone and record is None:
                second.gone(endpoint.endpoint_name, endpoint.creation_time)
            return Look(record, parts)

        yield from fan_out(call, listed(), look, threads=self._api.settings.threads)
        yield second.compare(
            (endpoint.endpoint_name, endpoint.creation_time)
            for page in self._list(call, "Descending")
            for endpoint in page.endpoints
        )

    def _list(self, call: Call, order: str) -> Iterator[_Endpoints]:
        return self._api.pages(
            call,
            "sagemaker:ListEndpoints",
            _Endpoints,
            {"SortBy": "Name", "SortOrder": order, "MaxResults": PAGE},
        )

    def _look(self, call: Call, listed: _Listed, parts: Parts) -> Endpoint | None:
        """None: the endpoint is gone."""
        endpoint = parts.read(
            lambda: self._api.ask(
                call,
                "sagemaker:DescribeEndpoint",
                _Endpoint,
                {"EndpointName": listed.endpoint_name},
                of="each endpoint",
            )
        )
        if parts.gone:
            return None
        record = _record(listed, endpoint)
        tags = parts.read(lambda: self._api.tags(call, listed.endpoint_arn))
        record.tags = tags or {}
        if endpoint is not None and endpoint.endpoint_config_name:
            name = endpoint.endpoint_config_name
            config = parts.read(
                lambda: self._api.ask(
                    call,
                    "sagemaker:DescribeEndpointConfig",
                    _Config,
                    {"EndpointConfigName": name},
                    of="each endpoint",
                )
            )
            if config is not None:
                self._configure(call, parts, record, config, endpoint)
        return record

    def _configure(
        self, call: Call, parts: Parts, record: Endpoint, config: _Config, endpoint: _Endpoint
    ) -> None:
        capture = config.data_capture_config or _Capture()
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
                    model=self._model(call, parts, variant.model_name),
                    instance_type=variant.instance_type,
                    instance_count=variant.initial_instance_count if count is None else count,
                )
            )

    def _model(self, call: Call, parts: Parts, name: str | None) -> ServedModel | None:
        """A model that is gone or refused keeps its name; everything else of it is null."""
        if name is None:  # an endpoint of inference components
            return None
        return parts.read(lambda: read_model(self._api, call, name)) or ServedModel(name=name)


def _record(listed: _Listed, endpoint: _Endpoint | None) -> Endpoint:
    seen = endpoint or listed
    return Endpoint(
        name=listed.endpoint_name,
        arn=listed.endpoint_arn,
        status=seen.endpoint_status,
        created_at=seen.creation_time,
        modified_at=seen.last_modified_time,
        config_name=endpoint.endpoint_config_name if endpoint else None,
        variants=[],
    )
