"""The AI gateway's endpoints: which provider's model stands behind each, and what guards it."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from ..contract import Call, Check, Kind, Page, Record, Skip
from .access import API_3, Api
from .listing import Listing
from .wire import Pair, Wire, mapping


class GatewayModel(Record):
    name: str | None = None
    provider: str | None = None
    model_name: str | None = None
    weight: Decimal | None = None
    linkage: str | None = None
    """``PRIMARY`` or ``FALLBACK``."""


class GatewayGuardrail(Record):
    name: str
    stage: str | None = None
    action: str | None = None


class GatewayEndpoint(Record):
    name: str
    endpoint_id: str
    created_at: int | None = None
    last_updated_at: int | None = None
    created_by: str | None = None
    last_updated_by: str | None = None
    experiment_id: str | None = None
    """Where its traces go."""
    usage_tracking: bool | None = None
    routing_strategy: str | None = None
    models: list[GatewayModel] = []
    guardrails: list[GatewayGuardrail] = []
    tags: dict[str, str | None] = {}


GATEWAY_ENDPOINT = Kind(
    name="mlflow.gateway_endpoint",
    record=GatewayEndpoint,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    permission="READ on every gateway endpoint (auth app: an admin, or all granted)",
    cross_check="none: MLflow gives all endpoints in one answer, there is no second way",
)


class _Definition(Wire):
    name: str = ""
    provider: str = ""
    model_name: str = ""


class _Mapping(Wire):
    model_definition: _Definition = msgspec.field(default_factory=_Definition)
    weight: Decimal | None = None
    linkage_type: str | None = None
    fallback_order: int | None = None


class _Endpoint(Wire):
    endpoint_id: str
    name: str
    created_at: int | None = None
    last_updated_at: int | None = None
    created_by: str = ""
    last_updated_by: str = ""
    experiment_id: str = ""
    usage_tracking: bool | None = None
    routing_strategy: str | None = None
    model_mappings: list[_Mapping] = []
    tags: list[Pair] = []

    def record(self, guardrails: list[GatewayGuardrail]) -> GatewayEndpoint:
        return GatewayEndpoint(
            name=self.name,
            endpoint_id=self.endpoint_id,
            created_at=self.created_at,
            last_updated_at=self.last_updated_at,
            created_by=self.created_by or None,
            last_updated_by=self.last_updated_by or None,
            experiment_id=self.experiment_id or None,
            usage_tracking=self.usage_tracking,
            routing_strategy=self.routing_strategy,
            models=[
                GatewayModel(
                    name=one.model_definition.name or None,
                    provider=one.model_definition.provider or None,
                    model_name=one.model_definition.model_name or None,
                    weight=one.weight,
                    linkage=one.linkage_type,
                )
                for one in sorted(self.model_mappings, key=_order)
            ],
            guardrails=guardrails,
            tags=mapping(self.tags),
        )


def _order(mapping: _Mapping) -> tuple[str, int, str]:
    definition = mapping.model_definition
    return mapping.linkage_type or "", mapping.fallback_order or 0, definition.name


class _Guardrail(Wire):
    name: str
    stage: str | None = None
    action: str | None = None


class _Configured(Wire):
    guardrail: _Guardrail
    execution_order: int | None = None


class GatewayEndpointReader:
    """Endpoints with their models and guardrails; no secret is asked for."""

    kind = GATEWAY_ENDPOINT

    def __init__(self, api: Api) -> None:
        self._api = api
        self._endpoints = Listing("gateway/endpoints/list", "endpoints", _Endpoint, api=API_3)
        self._guardrails = Listing(
            "gateway/guardrails/list-for-endpoint", "configs", _Configured, api=API_3
        )

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        for endpoints in self._endpoints.get(call, self._api.get):
            yield Page(records=[one.record(self._guards(call, one)) for one in endpoints])

    def _guards(self, call: Call, endpoint: _Endpoint) -> list[GatewayGuardrail]:
        configured = self._guardrails.whole(
            call, self._api.get, of="each endpoint", endpoint_id=endpoint.endpoint_id
        )
        configured.sort(key=lambda one: (one.execution_order or 0, one.guardrail.name))
        return [
            GatewayGuardrail(one.guardrail.name, one.guardrail.stage, one.guardrail.action)
            for one in configured
        ]
