"""SageMaker's lineage graph: artifacts, actions and contexts, and what binds them together.

Source: sagemaker:ListArtifacts, ListActions, ListContexts, ListAssociations. Only lists: there is
no request for each node, however many there are.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..listing import Listing
from ..table import Table
from .containers import plain
from .people import Person, person


class LineageNode(Record):
    """sagemaker:ListArtifacts, ListActions, ListContexts."""

    arn: str
    node: str
    """``artifact``, ``action``, ``context``."""
    name: str | None = None
    type: str | None = None
    """``DataSet``, ``Model``, ``Image``, ``ModelDeployment``, ``Endpoint`` …"""
    source_uri: str | None = None
    source_type: str | None = None
    source_ids: list[str] = []
    """Of an artifact, ``type=value``: an S3 ETag, a version, a digest."""
    status: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None


LINEAGE_NODE = Kind(
    name="aws.lineage_node",
    record=LineageNode,
    subject=lambda r: r.arn,
    permission="sagemaker:ListArtifacts, sagemaker:ListActions, sagemaker:ListContexts",
    cross_check="a second listing of each type in the opposite sort order has the same ARNs",
)


class LineageAssociation(Record):
    """sagemaker:ListAssociations."""

    source_arn: str
    destination_arn: str
    type: str | None = None
    """``ContributedTo``, ``AssociatedWith``, ``DerivedFrom``, ``Produced``, ``SameAs``."""
    source_type: str | None = None
    destination_type: str | None = None
    source_name: str | None = None
    destination_name: str | None = None
    created_at: datetime | None = None
    created_by: str | None = None


LINEAGE_ASSOCIATION = Kind(
    name="aws.lineage_association",
    record=LineageAssociation,
    subject=lambda r: f"{r.source_arn} > {r.destination_arn}",
    permission="sagemaker:ListAssociations",
    cross_check="a second listing in the opposite sort order has the same pairs",
)


class _Id(msgspec.Struct, rename="pascal"):
    source_id_type: str | None = None
    value: str | None = None


class _Source(msgspec.Struct, rename="pascal"):
    source_uri: str | None = None
    source_type: str | None = None
    source_types: list[_Id] = []


class _Artifact(msgspec.Struct, rename="pascal"):
    artifact_arn: str
    artifact_name: str | None = None
    source: _Source | None = None
    artifact_type: str | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


class _Action(msgspec.Struct, rename="pascal"):
    action_arn: str
    action_name: str | None = None
    source: _Source | None = None
    action_type: str | None = None
    status: str | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


class _Context(msgspec.Struct, rename="pascal"):
    context_arn: str
    context_name: str | None = None
    source: _Source | None = None
    context_type: str | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


class _Association(msgspec.Struct, rename="pascal"):
    source_arn: str
    destination_arn: str
    source_type: str | None = None
    destination_type: str | None = None
    association_type: str | None = None
    source_name: str | None = None
    destination_name: str | None = None
    creation_time: datetime | None = None
    created_by: Person | None = None


def _node(item: _Artifact | _Action | _Context) -> LineageNode:
    source = item.source or _Source()
    record = LineageNode(
        arn="",
        node="",
        source_uri=plain(source.source_uri),
        source_type=source.source_type,
        source_ids=[f"{one.source_id_type}={one.value}" for one in source.source_types],
        created_at=item.creation_time,
        modified_at=item.last_modified_time,
    )
    match item:
        case _Artifact():
            record.node, record.arn = "artifact", item.artifact_arn
            record.name, record.type = item.artifact_name, item.artifact_type
        case _Action():
            record.node, record.arn = "action", item.action_arn
            record.name, record.type = item.action_name, item.action_type
            record.status = item.status
        case _Context():
            record.node, record.arn = "context", item.context_arn
            record.name, record.type = item.context_name, item.context_type
    return record


ARTIFACTS = Table(
    kind=LINEAGE_NODE,
    what="artifact",
    listing=Listing(
        operation="sagemaker:ListArtifacts",
        items="ArtifactSummaries",
        item=_Artifact,
        name=lambda item: item.artifact_arn,
        made=lambda item: item.creation_time,
        sort_by="CreationTime",
    ),
    record=lambda details, item: _node(item),
)
ACTIONS = Table(
    kind=LINEAGE_NODE,
    what="action",
    listing=Listing(
        operation="sagemaker:ListActions",
        items="ActionSummaries",
        item=_Action,
        name=lambda item: item.action_arn,
        made=lambda item: item.creation_time,
        sort_by="CreationTime",
    ),
    record=lambda details, item: _node(item),
)
CONTEXTS = Table(
    kind=LINEAGE_NODE,
    what="context",
    listing=Listing(
        operation="sagemaker:ListContexts",
        items="ContextSummaries",
        item=_Context,
        name=lambda item: item.context_arn,
        made=lambda item: item.creation_time,
        sort_by="CreationTime",
    ),
    record=lambda details, item: _node(item),
)
ASSOCIATIONS = Table(
    kind=LINEAGE_ASSOCIATION,
    what="association",
    listing=Listing(
        operation="sagemaker:ListAssociations",
        items="AssociationSummaries",
        item=_Association,
        name=lambda item: f"{item.source_arn} > {item.destination_arn}",
        made=lambda item: item.creation_time,
        sort_by="CreationTime",
    ),
    record=lambda details, item: LineageAssociation(
        source_arn=item.source_arn,
        destination_arn=item.destination_arn,
        type=item.association_type,
        source_type=item.source_type,
        destination_type=item.destination_type,
        source_name=item.source_name,
        destination_name=item.destination_name,
        created_at=item.creation_time,
        created_by=person(item.created_by),
    ),
)
