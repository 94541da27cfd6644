"""Groups of model packages: SageMaker's registered models.

Source: sagemaker:ListModelPackageGroups, DescribeModelPackageGroup, ListTags.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ...redaction import scrub
from ..api import Answer
from ..listing import Listing
from ..table import Details, Table
from .people import Person, person


class ModelPackageGroup(Record):
    """sagemaker:DescribeModelPackageGroup, ListTags."""

    name: str
    arn: str
    status: str | None = None
    description: str | None = None
    created_at: datetime | None = None
    created_by: str | None = None
    tags: dict[str, str | None] = {}


MODEL_PACKAGE_GROUP = Kind(
    name="aws.model_package_group",
    record=ModelPackageGroup,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    permission="sagemaker:ListModelPackageGroups, sagemaker:DescribeModelPackageGroup, "
    "sagemaker:ListTags",
    cross_check="a second listing in the opposite sort order has the same names",
)


class Group(msgspec.Struct, rename="pascal"):
    model_package_group_name: str
    model_package_group_arn: str
    model_package_group_description: str | None = None
    model_package_group_status: str | None = None
    creation_time: datetime | None = None


class _Group(Answer, kw_only=True):
    model_package_group_name: str
    created_by: Person | None = None


GROUPS = Listing(
    operation="sagemaker:ListModelPackageGroups",
    items="ModelPackageGroupSummaryList",
    item=Group,
    name=lambda item: item.model_package_group_name,
    made=lambda item: item.creation_time,
    sort_by="Name",
)


def _record(details: Details, listed: Group) -> ModelPackageGroup:
    name = listed.model_package_group_name
    description = listed.model_package_group_description
    record = ModelPackageGroup(
        name=name,
        arn=listed.model_package_group_arn,
        status=listed.model_package_group_status,
        description=scrub(description, limit=1024) if description else None,
        created_at=listed.creation_time,
    )
    group = details.main(
        "sagemaker:DescribeModelPackageGroup", _Group, {"ModelPackageGroupName": name}
    )
    if group is not None:
        record.created_by = person(group.created_by)
    record.tags = details.tags(listed.model_package_group_arn)
    return record


MODEL_PACKAGE_GROUPS = Table(
    kind=MODEL_PACKAGE_GROUP, what="model package group", listing=GROUPS, record=_record
)
