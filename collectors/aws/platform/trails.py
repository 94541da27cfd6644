"""CloudTrail's trails: whether they log, what they log, and whether it can be checked."""

import msgspec

from ...contract import Kind, Record
from ..api import Answer
from ..listing import Listing
from ..table import Details, Table


class FieldSelector(Record):
    field: str
    operator: str
    """``equals``, ``starts_with``, ``ends_with``, and each with ``not_`` before it."""
    values: list[str] = []


class EventSelector(Record):
    """One selector, of the basic or of the advanced form."""

    name: str | None = None
    management_events: bool | None = None
    read_write: str | None = None
    """``All``, ``ReadOnly``, ``WriteOnly``; of the basic form."""
    data_resources: dict[str, list[str]] = {}
    """Basic form: resource type -> ARN prefixes."""
    excluded_sources: list[str] = []
    fields: list[FieldSelector] = []
    """Advanced form."""


class Trail(Record):
    """cloudtrail:DescribeTrails (with those of other regions and of the organisation that log here
    too), GetTrailStatus, GetEventSelectors."""

    arn: str
    name: str
    home_region: str | None = None
    is_multi_region: bool | None = None
    is_organization: bool | None = None
    includes_global_events: bool | None = None
    log_file_validation: bool | None = None
    bucket: str | None = None
    prefix: str | None = None
    kms_key_id: str | None = None
    log_group_arn: str | None = None
    is_logging: bool | None = None
    delivery_error: str | None = None
    """Of the newest attempt; null: it was delivered."""
    logs_management_writes: bool | None = None
    """Some selector takes management events that write."""
    logs_management_reads: bool | None = None
    data_resource_types: list[str] = []
    """Of which data events are logged, sorted: ``AWS::S3::Object``."""
    selectors: list[EventSelector] = []


TRAIL = Kind(
    name="aws.trail",
    record=Trail,
    subject=lambda r: r.arn,
    volatile=("LatestDeliveryTime", "LatestDigestDeliveryTime", "LatestNotificationTime"),
    permission="cloudtrail:DescribeTrails, cloudtrail:GetTrailStatus, cloudtrail:GetEventSelectors",
    cross_check="none: CloudTrail gives all trails in one answer",
)


class _Listed(msgspec.Struct, rename="pascal"):
    name: str
    arn: str = msgspec.field(name="TrailARN")
    home_region: str | None = None
    is_multi_region_trail: bool | None = None
    is_organization_trail: bool | None = None
    include_global_service_events: bool | None = None
    log_file_validation_enabled: bool | None = None
    s3_bucket_name: str | None = msgspec.field(name="S3BucketName", default=None)
    s3_key_prefix: str | None = msgspec.field(name="S3KeyPrefix", default=None)
    kms_key_id: str | None = None
    log_group_arn: str | None = msgspec.field(name="CloudWatchLogsLogGroupArn", default=None)


class _Status(Answer, kw_only=True):
    is_logging: bool
    latest_delivery_error: str | None = None


class _DataResource(msgspec.Struct, rename="pascal"):
    type: str
    values: list[str] = []


class _Basic(msgspec.Struct, rename="pascal"):
    read_write_type: str = "All"
    include_management_events: bool = True
    data_resources: list[_DataResource] = []
    exclude_management_event_sources: list[str] = []


class _Advanced(msgspec.Struct, rename="pascal"):
    name: str | None = None
    field_selectors: list[dict[str, str | list[str]]] = []


class _Selectors(Answer, kw_only=True):
    event_selectors: list[_Basic] = []
    advanced_event_selectors: list[_Advanced] = []


_OPERATORS = {
    "Equals": "equals",
    "StartsWith": "starts_with",
    "EndsWith": "ends_with",
    "NotEquals": "not_equals",
    "NotStartsWith": "not_starts_with",
    "NotEndsWith": "not_ends_with",
}


def _record(details: Details, listed: _Listed) -> Trail:
    trail = Trail(
        arn=listed.arn,
        name=listed.name,
        home_region=listed.home_region,
        is_multi_region=listed.is_multi_region_trail,
        is_organization=listed.is_organization_trail,
        includes_global_events=listed.include_global_service_events,
        log_file_validation=listed.log_file_validation_enabled,
        bucket=listed.s3_bucket_name,
        prefix=listed.s3_key_prefix,
        kms_key_id=listed.kms_key_id,
        log_group_arn=listed.log_group_arn,
    )
    status = details.main("cloudtrail:GetTrailStatus", _Status, {"Name": listed.arn})
    if status is not None:
        trail.is_logging = status.is_logging
        trail.delivery_error = status.latest_delivery_error or None
    selectors = details.part("cloudtrail:GetEventSelectors", _Selectors, {"TrailName": listed.arn})
    if selectors is not None:
        _select(trail, selectors)
    return trail


def _select(trail: Trail, found: _Selectors) -> None:
    """A trail has basic or advanced selectors, never both."""
    trail.selectors = [_basic(one) for one in found.event_selectors]
    trail.selectors += [_advanced(one) for one in found.advanced_event_selectors]
    trail.logs_management_writes = any(_takes(one, "WriteOnly") for one in trail.selectors)
    trail.logs_management_reads = any(_takes(one, "ReadOnly") for one in trail.selectors)
    types = {name for one in trail.selectors for name in one.data_resources}
    for one in trail.selectors:
        types.update(name for part in one.fields if _is_type(part) for name in part.values)
    trail.data_resource_types = sorted(types)


def _basic(found: _Basic) -> EventSelector:
    return EventSelector(
        management_events=found.include_management_events,
        read_write=found.read_write_type,
        data_resources={one.type: one.values for one in found.data_resources},
        excluded_sources=found.exclude_management_event_sources,
    )


def _advanced(found: _Advanced) -> EventSelector:
    fields = [
        FieldSelector(field=str(one.get("Field", "")), operator=ours, values=list(one[theirs]))
        for one in found.field_selectors
        for theirs, ours in _OPERATORS.items()
        if one.get(theirs)
    ]
    management = any(
        part.field == "eventCategory" and part.operator == "equals" and "Management" in part.values
        for part in fields
    )
    excluded = [
        value
        for part in fields
        if part.field == "eventSource" and part.operator == "not_equals"
        for value in part.values
    ]
    return EventSelector(
        name=found.name, management_events=management, fields=fields, excluded_sources=excluded
    )


def _takes(selector: EventSelector, kind: str) -> bool:
    """Whether management events of ``kind``, ``ReadOnly`` or ``WriteOnly``, are in it."""
    if not selector.management_events:
        return False
    if selector.read_write is not None:
        return selector.read_write in ("All", kind)
    wanted = str(kind == "ReadOnly").lower()
    return all(
        wanted in part.values
        for part in selector.fields
        if part.field == "readOnly" and part.operator == "equals"
    )


def _is_type(part: FieldSelector) -> bool:
    return part.field == "resources.type" and part.operator == "equals"


TRAILS = Table(
    kind=TRAIL,
    what="trail",
    listing=Listing(
        operation="cloudtrail:DescribeTrails",
        items="trailList",
        item=_Listed,
        name=lambda trail: trail.arn,
        is_paged=False,
        parameters={"includeShadowTrails": True},
    ),
    record=_record,
)
