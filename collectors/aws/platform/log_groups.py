"""Log groups of CloudWatch and how long they are kept."""

from datetime import UTC, datetime

import msgspec

from ...contract import Kind, Record
from ..listing import CAMEL, Listing
from ..table import Details, Table


class LogGroup(Record):
    """logs:DescribeLogGroups."""

    name: str
    arn: str | None = None
    created_at: datetime | None = None
    retention_days: int | None = None
    """Null: kept for ever."""
    kms_key_id: str | None = None
    log_class: str | None = None
    is_deletion_protected: bool | None = None


LOG_GROUP = Kind(
    name="aws.log_group",
    record=LogGroup,
    subject=lambda r: r.name,
    volatile=("storedBytes",),
    permission="logs:DescribeLogGroups",
    cross_check="none: CloudWatch Logs has one order only",
)


class _Listed(msgspec.Struct, rename="camel"):
    log_group_name: str
    arn: str | None = None
    creation_time: int | None = None
    """Milliseconds since 1970."""
    retention_in_days: int | None = None
    kms_key_id: str | None = None
    log_group_class: str | None = None
    deletion_protection_enabled: bool | None = None


def _record(details: Details, listed: _Listed) -> LogGroup:
    made = listed.creation_time
    return LogGroup(
        name=listed.log_group_name,
        arn=listed.arn,
        created_at=None if made is None else datetime.fromtimestamp(made / 1000, UTC),
        retention_days=listed.retention_in_days,
        kms_key_id=listed.kms_key_id,
        log_class=listed.log_group_class,
        is_deletion_protected=listed.deletion_protection_enabled,
    )


LOG_GROUPS = Table(
    kind=LOG_GROUP,
    what="log group",
    listing=Listing(
        operation="logs:DescribeLogGroups",
        items="logGroups",
        item=_Listed,
        name=lambda group: group.log_group_name,
        naming=CAMEL,
        is_paged=False,  # it takes a limit of 50 at most, and 50 without
    ),
    record=_record,
)
