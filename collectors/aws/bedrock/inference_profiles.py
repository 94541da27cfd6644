"""Bedrock's application inference profiles: a model under an organisation's own name and tags.

Source: bedrock:ListInferenceProfiles, ListTagsForResource. AWS's own profiles are left out.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..listing import CAMEL, Listing
from ..table import Details, Table
from .tags import tags


class InferenceProfile(Record):
    """bedrock:ListInferenceProfiles, ListTagsForResource."""

    id: str
    arn: str
    name: str | None = None
    status: str | None = None
    model_arns: list[str] = []
    """One for each region that it may be answered in."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    tags: dict[str, str | None] = {}


INFERENCE_PROFILE = Kind(
    name="aws.bedrock_inference_profile",
    record=InferenceProfile,
    subject=lambda r: r.id,
    guarded={"tags": ()},
    permission="bedrock:ListInferenceProfiles, bedrock:ListTagsForResource",
    cross_check="none: Bedrock lists profiles in one order and counts them nowhere",
)


class _Model(msgspec.Struct, rename="camel"):
    model_arn: str | None = None


class _Listed(msgspec.Struct, rename="camel"):
    inference_profile_id: str
    inference_profile_arn: str
    inference_profile_name: str | None = None
    status: str | None = None
    models: list[_Model] = []
    created_at: datetime | None = None
    updated_at: datetime | None = None


def _record(details: Details, listed: _Listed) -> InferenceProfile:
    return InferenceProfile(
        id=listed.inference_profile_id,
        arn=listed.inference_profile_arn,
        name=listed.inference_profile_name,
        status=listed.status,
        model_arns=sorted(model.model_arn for model in listed.models if model.model_arn),
        created_at=listed.created_at,
        updated_at=listed.updated_at,
        tags=tags(details, listed.inference_profile_arn),
    )


INFERENCE_PROFILES = Table(
    kind=INFERENCE_PROFILE,
    what="inference profile",
    listing=Listing(
        operation="bedrock:ListInferenceProfiles",
        items="inferenceProfileSummaries",
        item=_Listed,
        name=lambda item: item.inference_profile_id,
        made=lambda item: item.created_at,
        naming=CAMEL,
        parameters={"typeEquals": "APPLICATION"},
    ),
    record=_record,
)
