"""Tags of Bedrock's objects; the service of agents and knowledge bases asks for them otherwise."""

import msgspec

from ..api import Answer
from ..table import Details


class _Tag(msgspec.Struct):
    key: str
    value: str | None = None


class _Tags(Answer, kw_only=True):
    tags: list[_Tag] = msgspec.field(name="tags", default_factory=list)


class _AgentTags(Answer, kw_only=True):
    tags: dict[str, str] = msgspec.field(name="tags", default_factory=dict)


def tags(details: Details, arn: str) -> dict[str, str | None]:
    """bedrock:ListTagsForResource; empty also when refused, which is named."""
    found = details.part("bedrock:ListTagsForResource", _Tags, {"resourceARN": arn})
    return {tag.key: tag.value for tag in found.tags} if found else {}


def agent_tags(details: Details, arn: str) -> dict[str, str | None]:
    """The same of an agent, an alias or a knowledge base."""
    found = details.part("bedrock-agent:ListTagsForResource", _AgentTags, {"resourceArn": arn})
    return {**found.tags} if found else {}
