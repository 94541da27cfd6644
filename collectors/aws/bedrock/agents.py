"""Bedrock's agents with their aliases: which model acts, behind which guardrail.

Source: bedrock:ListAgents, GetAgent, ListAgentAliases, ListTagsForResource. Never instructions or
prompts.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..listing import CAMEL, Listing
from ..table import Details, Table
from .answer import CamelAnswer
from .tags import agent_tags


class Alias(Record):
    id: str
    name: str | None = None
    status: str | None = None
    versions: list[str] = []
    """Of the agent, that it leads to."""
    provisioned_throughput: str | None = None
    accepts_invocations: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Agent(Record):
    """bedrock:GetAgent, ListAgentAliases, ListTagsForResource."""

    id: str
    arn: str | None = None
    """Null where the agent's description was refused."""
    name: str | None = None
    status: str | None = None
    latest_version: str | None = None
    foundation_model: str | None = None
    orchestration: str | None = None
    collaboration: str | None = None
    guardrail: str | None = None
    guardrail_version: str | None = None
    overrides_prompts: bool | None = None
    remembers: bool | None = None
    role_arn: str | None = None
    kms_key_arn: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    prepared_at: datetime | None = None
    aliases: list[Alias] = []
    tags: dict[str, str | None] = {}


AGENT = Kind(
    name="aws.bedrock_agent",
    record=Agent,
    subject=lambda r: r.id,
    guarded={"tags": ()},
    permission="bedrock:ListAgents, bedrock:GetAgent, bedrock:ListAgentAliases, "
    "bedrock:ListTagsForResource",
    cross_check="none: Bedrock lists agents in one order and counts them nowhere",
)


class _Listed(msgspec.Struct, rename="camel"):
    agent_id: str
    agent_name: str | None = None
    agent_status: str | None = None
    latest_agent_version: str | None = None
    updated_at: datetime | None = None


class _Guardrail(msgspec.Struct, rename="camel"):
    guardrail_identifier: str | None = None
    guardrail_version: str | None = None


class _Prompt(msgspec.Struct, rename="camel"):
    prompt_creation_mode: str | None = None


class _Prompts(msgspec.Struct, rename="camel"):
    prompt_configurations: list[_Prompt] = []


class _Memory(msgspec.Struct, rename="camel"):
    enabled_memory_types: list[str] = []


class _Agent(msgspec.Struct):
    agent_arn: str = msgspec.field(name="agentArn")
    status: str | None = msgspec.field(name="agentStatus", default=None)
    foundation_model: str | None = msgspec.field(name="foundationModel", default=None)
    orchestration: str | None = msgspec.field(name="orchestrationType", default=None)
    collaboration: str | None = msgspec.field(name="agentCollaboration", default=None)
    role_arn: str | None = msgspec.field(name="agentResourceRoleArn", default=None)
    kms_key_arn: str | None = msgspec.field(name="customerEncryptionKeyArn", default=None)
    created_at: datetime | None = msgspec.field(name="createdAt", default=None)
    updated_at: datetime | None = msgspec.field(name="updatedAt", default=None)
    prepared_at: datetime | None = msgspec.field(name="preparedAt", default=None)
    guardrail: _Guardrail | None = msgspec.field(name="guardrailConfiguration", default=None)
    prompts: _Prompts | None = msgspec.field(name="promptOverrideConfiguration", default=None)
    memory: _Memory | None = msgspec.field(name="memoryConfiguration", default=None)


class _Answer(CamelAnswer, kw_only=True):
    agent: _Agent


class _Route(msgspec.Struct, rename="camel"):
    agent_version: str | None = None
    provisioned_throughput: str | None = None


class _Alias(msgspec.Struct, rename="camel"):
    agent_alias_id: str
    agent_alias_name: str | None = None
    agent_alias_status: str | None = None
    alias_invocation_state: str | None = None
    routing_configuration: list[_Route] = []
    created_at: datetime | None = None
    updated_at: datetime | None = None


_ALIASES = Listing(
    operation="bedrock-agent:ListAgentAliases",
    items="agentAliasSummaries",
    item=_Alias,
    name=lambda item: item.agent_alias_id,
    naming=CAMEL,
)


def _record(details: Details, listed: _Listed) -> Agent:
    record = Agent(
        id=listed.agent_id,
        name=listed.agent_name,
        status=listed.agent_status,
        latest_version=listed.latest_agent_version,
        updated_at=listed.updated_at,
    )
    key = {"agentId": listed.agent_id}
    found = details.main("bedrock-agent:GetAgent", _Answer, key)
    if found is not None:
        _fill(record, found.agent)
        record.tags = agent_tags(details, found.agent.agent_arn)
    record.aliases = [_alias(alias) for alias in details.all_of(_ALIASES, key) or []]
    return record


def _fill(record: Agent, agent: _Agent) -> None:
    guardrail, prompts = agent.guardrail or _Guardrail(), agent.prompts or _Prompts()
    record.arn = agent.agent_arn
    record.status = agent.status
    record.foundation_model = agent.foundation_model
    record.orchestration = agent.orchestration
    record.collaboration = agent.collaboration
    record.guardrail = guardrail.guardrail_identifier
    record.guardrail_version = guardrail.guardrail_version
    record.overrides_prompts = any(
        prompt.prompt_creation_mode == "OVERRIDDEN" for prompt in prompts.prompt_configurations
    )
    record.remembers = bool(agent.memory and agent.memory.enabled_memory_types)
    record.role_arn = agent.role_arn
    record.kms_key_arn = agent.kms_key_arn
    record.created_at, record.updated_at = agent.created_at, agent.updated_at
    record.prepared_at = agent.prepared_at


def _alias(alias: _Alias) -> Alias:
    routes = alias.routing_configuration
    state = alias.alias_invocation_state
    return Alias(
        id=alias.agent_alias_id,
        name=alias.agent_alias_name,
        status=alias.agent_alias_status,
        versions=[route.agent_version for route in routes if route.agent_version],
        provisioned_throughput=next(
            (route.provisioned_throughput for route in routes if route.provisioned_throughput), None
        ),
        accepts_invocations=None if state is None else state == "ACCEPT_INVOCATIONS",
        created_at=alias.created_at,
        updated_at=alias.updated_at,
    )


AGENTS = Table(
    kind=AGENT,
    what="agent",
    listing=Listing(
        operation="bedrock-agent:ListAgents",
        items="agentSummaries",
        item=_Listed,
        name=lambda item: item.agent_id,
        naming=CAMEL,
    ),
    record=_record,
)
