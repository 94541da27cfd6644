"""Bedrock's guardrails, each version: which policies it has, never what they block in words.

Source: bedrock:ListGuardrails, GetGuardrail, ListTagsForResource.
"""

from datetime import datetime
from decimal import Decimal

import msgspec

from ...contract import Kind, Record
from ..listing import CAMEL, Listing, Within
from ..table import Details, Table
from .answer import CamelAnswer
from .tags import tags


class Filter(Record):
    """Of content (``HATE``, ``PROMPT_ATTACK`` …) with strengths, of grounding with a threshold."""

    type: str
    input: str | None = None
    output: str | None = None
    threshold: Decimal | None = None
    enabled: bool | None = None
    """False: switched off on the way in and out."""


class Pii(Record):
    type: str
    action: str | None = None


class Guardrail(Record):
    """bedrock:GetGuardrail, ListTagsForResource. Of topics, words and patterns only how many."""

    id: str
    version: str
    """``DRAFT`` or a number; a numbered version never changes."""
    arn: str
    name: str | None = None
    status: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    kms_key_arn: str | None = None
    profile: str | None = None
    """Of cross-region inference."""
    denied_topics: int | None = None
    content_filters: list[Filter] = []
    words: int | None = None
    word_lists: list[str] = []
    pii: list[Pii] = []
    patterns: int | None = None
    grounding: list[Filter] = []
    reasoning_policies: list[str] = []
    tags: dict[str, str | None] = {}


GUARDRAIL = Kind(
    name="aws.bedrock_guardrail",
    record=Guardrail,
    subject=lambda r: f"{r.id}/{r.version}",
    guarded={"tags": ()},
    permission="bedrock:ListGuardrails, bedrock:GetGuardrail, bedrock:ListTagsForResource",
    cross_check="none: Bedrock lists guardrails in one order and counts them nowhere",
)


class _Listed(msgspec.Struct, rename="camel"):
    id: str
    arn: str
    version: str
    name: str | None = None
    status: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class _Topics(msgspec.Struct, rename="camel"):
    topics: list[dict[str, object]] = []


class _ContentFilter(msgspec.Struct, rename="camel"):
    type: str
    input_strength: str | None = None
    output_strength: str | None = None
    input_enabled: bool = True
    output_enabled: bool = True


class _Content(msgspec.Struct, rename="camel"):
    filters: list[_ContentFilter] = []


class _WordList(msgspec.Struct, rename="camel"):
    type: str


class _Words(msgspec.Struct, rename="camel"):
    words: list[dict[str, object]] = []
    managed_word_lists: list[_WordList] = []


class _Pii(msgspec.Struct, rename="camel"):
    type: str
    action: str | None = None


class _Sensitive(msgspec.Struct, rename="camel"):
    pii_entities: list[_Pii] = []
    regexes: list[dict[str, object]] = []


class _GroundingFilter(msgspec.Struct, rename="camel"):
    type: str
    threshold: Decimal | None = None
    enabled: bool = True


class _Grounding(msgspec.Struct, rename="camel"):
    filters: list[_GroundingFilter] = []


class _Reasoning(msgspec.Struct, rename="camel"):
    policies: list[str] = []


class _Profile(msgspec.Struct, rename="camel"):
    guardrail_profile_id: str | None = None


class _Guardrail(CamelAnswer, kw_only=True):
    guardrail_id: str
    version: str
    kms_key_arn: str | None = None
    cross_region_details: _Profile | None = None
    topic_policy: _Topics | None = None
    content_policy: _Content | None = None
    word_policy: _Words | None = None
    sensitive_information_policy: _Sensitive | None = None
    contextual_grounding_policy: _Grounding | None = None
    automated_reasoning_policy: _Reasoning | None = None


def _record(details: Details, listed: _Listed) -> Guardrail:
    record = Guardrail(
        id=listed.id,
        version=listed.version,
        arn=listed.arn,
        name=listed.name,
        status=listed.status,
        created_at=listed.created_at,
        updated_at=listed.updated_at,
    )
    found = details.main(
        "bedrock:GetGuardrail",
        _Guardrail,
        {"guardrailIdentifier": listed.id, "guardrailVersion": listed.version},
    )
    if found is not None:
        _fill(record, found)
    record.tags = tags(details, listed.arn)
    return record


def _fill(record: Guardrail, found: _Guardrail) -> None:
    words = found.word_policy or _Words()
    sensitive = found.sensitive_information_policy or _Sensitive()
    record.kms_key_arn = found.kms_key_arn
    record.profile = (found.cross_region_details or _Profile()).guardrail_profile_id
    record.denied_topics = len((found.topic_policy or _Topics()).topics)
    record.content_filters = [
        Filter(
            type=one.type,
            input=one.input_strength,
            output=one.output_strength,
            enabled=one.input_enabled or one.output_enabled,
        )
        for one in (found.content_policy or _Content()).filters
    ]
    record.words = len(words.words)
    record.word_lists = sorted(one.type for one in words.managed_word_lists)
    record.pii = [Pii(type=one.type, action=one.action) for one in sensitive.pii_entities]
    record.patterns = len(sensitive.regexes)
    record.grounding = [
        Filter(type=one.type, threshold=one.threshold, enabled=one.enabled)
        for one in (found.contextual_grounding_policy or _Grounding()).filters
    ]
    record.reasoning_policies = (found.automated_reasoning_policy or _Reasoning()).policies


def _listing(within: Within | None) -> Listing[_Listed]:
    return Listing(
        operation="bedrock:ListGuardrails",
        items="guardrails",
        item=_Listed,
        name=lambda item: f"{item.id}/{item.version}",
        made=lambda item: item.created_at,
        naming=CAMEL,
        within=within,
    )


GUARDRAILS = Table(
    kind=GUARDRAIL,
    what="guardrail",
    listing=_listing(
        Within(
            parents=_listing(None),  # without an identifier: the draft of each
            parameters=lambda draft: {"guardrailIdentifier": draft.id},
        )
    ),
    record=_record,
)
