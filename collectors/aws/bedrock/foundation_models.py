"""Foundation models that Bedrock offers here, and until when. Which of them are in use is said by
agents, knowledge bases, profiles and provisioned throughput, which name them.

Source: bedrock:ListFoundationModels.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..listing import CAMEL, Listing
from ..table import Table


class FoundationModel(Record):
    """bedrock:ListFoundationModels."""

    id: str
    arn: str
    name: str | None = None
    provider: str | None = None
    lifecycle: str | None = None
    """``ACTIVE``, ``LEGACY``."""
    available_from: datetime | None = None
    legacy_from: datetime | None = None
    ends_at: datetime | None = None
    inputs: list[str] = []
    outputs: list[str] = []
    inference: list[str] = []
    """``ON_DEMAND``, ``PROVISIONED``, ``INFERENCE_PROFILE``."""
    customizations: list[str] = []


FOUNDATION_MODEL = Kind(
    name="aws.bedrock_foundation_model",
    record=FoundationModel,
    subject=lambda r: r.id,
    permission="bedrock:ListFoundationModels",
    cross_check="none: a single answer without pages",
)


class _Lifecycle(msgspec.Struct, rename="camel"):
    status: str | None = None
    start_of_life_time: datetime | None = None
    legacy_time: datetime | None = None
    end_of_life_time: datetime | None = None


class _Listed(msgspec.Struct, rename="camel"):
    model_id: str
    model_arn: str
    model_name: str | None = None
    provider_name: str | None = None
    model_lifecycle: _Lifecycle | None = None
    input_modalities: list[str] = []
    output_modalities: list[str] = []
    inference_types_supported: list[str] = []
    customizations_supported: list[str] = []


def _record(listed: _Listed) -> FoundationModel:
    life = listed.model_lifecycle or _Lifecycle()
    return FoundationModel(
        id=listed.model_id,
        arn=listed.model_arn,
        name=listed.model_name,
        provider=listed.provider_name,
        lifecycle=life.status,
        available_from=life.start_of_life_time,
        legacy_from=life.legacy_time,
        ends_at=life.end_of_life_time,
        inputs=sorted(listed.input_modalities),
        outputs=sorted(listed.output_modalities),
        inference=sorted(listed.inference_types_supported),
        customizations=sorted(listed.customizations_supported),
    )


FOUNDATION_MODELS = Table(
    kind=FOUNDATION_MODEL,
    what="foundation model",
    listing=Listing(
        operation="bedrock:ListFoundationModels",
        items="modelSummaries",
        item=_Listed,
        name=lambda item: item.model_id,
        naming=CAMEL,
        is_paged=False,
    ),
    record=lambda details, item: _record(item),
)
