"""Bedrock's provisioned throughput: models that are served on capacity of their own.

Source: bedrock:ListProvisionedModelThroughputs, ListTagsForResource.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..listing import CAMEL, Listing
from ..table import Details, Table
from .tags import tags


class ProvisionedThroughput(Record):
    """bedrock:ListProvisionedModelThroughputs, ListTagsForResource."""

    name: str
    arn: str
    status: str | None = None
    model_arn: str | None = None
    desired_model_arn: str | None = None
    foundation_model_arn: str | None = None
    model_units: int | None = None
    commitment: str | None = None
    commitment_ends_at: datetime | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    tags: dict[str, str | None] = {}


PROVISIONED_THROUGHPUT = Kind(
    name="aws.bedrock_provisioned_throughput",
    record=ProvisionedThroughput,
    subject=lambda r: r.arn,
    guarded={"tags": ()},
    permission="bedrock:ListProvisionedModelThroughputs, bedrock:ListTagsForResource",
    cross_check="a second listing in the opposite sort order has the same ARNs",
)


class _Listed(msgspec.Struct, rename="camel"):
    provisioned_model_name: str
    provisioned_model_arn: str
    model_arn: str | None = None
    desired_model_arn: str | None = None
    foundation_model_arn: str | None = None
    model_units: int | None = None
    status: str | None = None
    commitment_duration: str | None = None
    commitment_expiration_time: datetime | None = None
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


def _record(details: Details, listed: _Listed) -> ProvisionedThroughput:
    return ProvisionedThroughput(
        name=listed.provisioned_model_name,
        arn=listed.provisioned_model_arn,
        status=listed.status,
        model_arn=listed.model_arn,
        desired_model_arn=listed.desired_model_arn,
        foundation_model_arn=listed.foundation_model_arn,
        model_units=listed.model_units,
        commitment=listed.commitment_duration,
        commitment_ends_at=listed.commitment_expiration_time,
        created_at=listed.creation_time,
        modified_at=listed.last_modified_time,
        tags=tags(details, listed.provisioned_model_arn),
    )


PROVISIONED_THROUGHPUTS = Table(
    kind=PROVISIONED_THROUGHPUT,
    what="provisioned throughput",
    listing=Listing(
        operation="bedrock:ListProvisionedModelThroughputs",
        items="provisionedModelSummaries",
        item=_Listed,
        name=lambda item: item.provisioned_model_arn,
        made=lambda item: item.creation_time,
        naming=CAMEL,
        sort_by="CreationTime",
    ),
    record=_record,
)
