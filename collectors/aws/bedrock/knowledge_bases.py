"""Bedrock's knowledge bases with their data sources: where an assistant's knowledge comes from.

Source: bedrock:ListKnowledgeBases, GetKnowledgeBase, ListDataSources, GetDataSource,
ListTagsForResource. Addresses of sources, never what is in them, and nothing of credentials.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..listing import CAMEL, Listing
from ..sagemaker.containers import plain
from ..table import Details, Table
from .answer import CamelAnswer
from .data_source_answer import DataSource, DataSourceAnswer, data_source
from .tags import agent_tags


class KnowledgeBase(Record):
    """bedrock:GetKnowledgeBase, ListDataSources, GetDataSource, ListTagsForResource."""

    id: str
    arn: str | None = None
    """Null where its description was refused."""
    name: str | None = None
    status: str | None = None
    type: str | None = None
    """``VECTOR``, ``KENDRA``, ``SQL``, ``MANAGED``."""
    embedding_model_arn: str | None = None
    storage: str | None = None
    """``OPENSEARCH_SERVERLESS``, ``RDS``, ``S3_VECTORS`` …"""
    storage_arn: str | None = None
    kendra_index_arn: str | None = None
    role_arn: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    data_sources: list[DataSource] = []
    tags: dict[str, str | None] = {}


KNOWLEDGE_BASE = Kind(
    name="aws.bedrock_knowledge_base",
    record=KnowledgeBase,
    subject=lambda r: r.id,
    guarded={"tags": ()},
    permission="bedrock:ListKnowledgeBases, bedrock:GetKnowledgeBase, bedrock:ListDataSources, "
    "bedrock:GetDataSource, bedrock:ListTagsForResource",
    cross_check="none: Bedrock lists knowledge bases in one order and counts them nowhere",
)


class _Listed(msgspec.Struct, rename="camel"):
    knowledge_base_id: str
    name: str | None = None
    status: str | None = None
    updated_at: datetime | None = None


class _Embedding(msgspec.Struct, rename="camel"):
    embedding_model_arn: str | None = None


class _Kendra(msgspec.Struct, rename="camel"):
    kendra_index_arn: str | None = None


class _Config(msgspec.Struct):
    type: str | None = msgspec.field(name="type", default=None)
    vector: _Embedding | None = msgspec.field(name="vectorKnowledgeBaseConfiguration", default=None)
    managed: _Embedding | None = msgspec.field(
        name="managedKnowledgeBaseConfiguration", default=None
    )
    kendra: _Kendra | None = msgspec.field(name="kendraKnowledgeBaseConfiguration", default=None)


class _OpenSearch(msgspec.Struct, rename="camel"):
    collection_arn: str | None = None


class _Domain(msgspec.Struct, rename="camel"):
    domain_arn: str | None = None


class _Rds(msgspec.Struct, rename="camel"):
    resource_arn: str | None = None


class _Graph(msgspec.Struct, rename="camel"):
    graph_arn: str | None = None


class _Vectors(msgspec.Struct, rename="camel"):
    vector_bucket_arn: str | None = None
    index_arn: str | None = None


class _Storage(msgspec.Struct):
    type: str | None = msgspec.field(name="type", default=None)
    collection: _OpenSearch | None = msgspec.field(
        name="opensearchServerlessConfiguration", default=None
    )
    domain: _Domain | None = msgspec.field(
        name="opensearchManagedClusterConfiguration", default=None
    )
    rds: _Rds | None = msgspec.field(name="rdsConfiguration", default=None)
    graph: _Graph | None = msgspec.field(name="neptuneAnalyticsConfiguration", default=None)
    vectors: _Vectors | None = msgspec.field(name="s3VectorsConfiguration", default=None)

    @property
    def arn(self) -> str | None:
        """Of stores within AWS."""
        return (
            (self.collection and self.collection.collection_arn)
            or (self.domain and self.domain.domain_arn)
            or (self.rds and self.rds.resource_arn)
            or (self.graph and self.graph.graph_arn)
            or (self.vectors and (self.vectors.vector_bucket_arn or self.vectors.index_arn))
            or None
        )


class _Base(msgspec.Struct, rename="camel"):
    knowledge_base_arn: str
    role_arn: str | None = None
    status: str | None = None
    knowledge_base_configuration: _Config | None = None
    storage_configuration: _Storage | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class _Answer(CamelAnswer, kw_only=True):
    knowledge_base: _Base


class _Source(msgspec.Struct, rename="camel"):
    data_source_id: str


_SOURCES = Listing(
    operation="bedrock-agent:ListDataSources",
    items="dataSourceSummaries",
    item=_Source,
    name=lambda item: item.data_source_id,
    naming=CAMEL,
)


def _record(details: Details, listed: _Listed) -> KnowledgeBase:
    record = KnowledgeBase(
        id=listed.knowledge_base_id,
        name=listed.name,
        status=listed.status,
        updated_at=listed.updated_at,
        data_sources=[],
    )
    key = {"knowledgeBaseId": listed.knowledge_base_id}
    found = details.main("bedrock-agent:GetKnowledgeBase", _Answer, key)
    if found is not None:
        _fill(record, found.knowledge_base)
        record.tags = agent_tags(details, found.knowledge_base.knowledge_base_arn)
    for source in details.all_of(_SOURCES, key) or []:
        wanted = {**key, "dataSourceId": source.data_source_id}
        answer = details.part("bedrock-agent:GetDataSource", DataSourceAnswer, wanted)
        if answer is not None:
            record.data_sources.append(data_source(answer))
    return record


def _fill(record: KnowledgeBase, base: _Base) -> None:
    config = base.knowledge_base_configuration or _Config()
    storage = base.storage_configuration or _Storage()
    record.arn = base.knowledge_base_arn
    record.status = base.status
    record.type = config.type
    embedding = config.vector or config.managed
    record.embedding_model_arn = embedding.embedding_model_arn if embedding else None
    record.storage = storage.type
    record.storage_arn = plain(storage.arn)
    record.kendra_index_arn = config.kendra.kendra_index_arn if config.kendra else None
    record.role_arn = base.role_arn
    record.created_at, record.updated_at = base.created_at, base.updated_at


KNOWLEDGE_BASES = Table(
    kind=KNOWLEDGE_BASE,
    what="knowledge base",
    listing=Listing(
        operation="bedrock-agent:ListKnowledgeBases",
        items="knowledgeBaseSummaries",
        item=_Listed,
        name=lambda item: item.knowledge_base_id,
        naming=CAMEL,
    ),
    record=_record,
)
