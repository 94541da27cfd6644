"""Feature groups of the SageMaker Feature Store: which features, where, how protected.

Source: sagemaker:ListFeatureGroups, DescribeFeatureGroup, ListTags. Never records of the store.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..api import Answer
from ..listing import Listing
from ..table import Details, Table
from .containers import plain


class Feature(Record):
    name: str
    type: str | None = None


class FeatureGroup(Record):
    """sagemaker:DescribeFeatureGroup, ListTags."""

    name: str
    arn: str
    status: str | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    record_identifier: str | None = None
    event_time: str | None = None
    features: list[Feature] = []
    online: bool | None = None
    online_kms_key_id: str | None = None
    offline_status: str | None = None
    offline_uri: str | None = None
    offline_kms_key_id: str | None = None
    catalog_database: str | None = None
    catalog_table: str | None = None
    role_arn: str | None = None
    tags: dict[str, str | None] = {}


FEATURE_GROUP = Kind(
    name="aws.feature_group",
    record=FeatureGroup,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    volatile=("OnlineStoreTotalSizeBytes",),
    permission="sagemaker:ListFeatureGroups, sagemaker:DescribeFeatureGroup, sagemaker:ListTags",
    cross_check="a second listing in the opposite sort order has the same names",
)


class _OfflineStatus(msgspec.Struct, rename="pascal"):
    status: str | None = None


class _Listed(msgspec.Struct, rename="pascal"):
    feature_group_name: str
    feature_group_arn: str
    creation_time: datetime | None = None
    feature_group_status: str | None = None
    offline_store_status: _OfflineStatus | None = None


class _Feature(msgspec.Struct, rename="pascal"):
    feature_name: str
    feature_type: str | None = None


class _Security(msgspec.Struct, rename="pascal"):
    kms_key_id: str | None = None


class _Online(msgspec.Struct, rename="pascal"):
    enable_online_store: bool | None = None
    security_config: _Security | None = None


class _Storage(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3Uri", default=None)
    kms_key_id: str | None = msgspec.field(name="KmsKeyId", default=None)


class _Catalog(msgspec.Struct, rename="pascal"):
    database: str | None = None
    table_name: str | None = None


class _Offline(msgspec.Struct):
    storage: _Storage | None = msgspec.field(name="S3StorageConfig", default=None)
    catalog: _Catalog | None = msgspec.field(name="DataCatalogConfig", default=None)


class _Group(Answer, kw_only=True):
    feature_group_name: str
    feature_definitions: list[_Feature]
    record_identifier_feature_name: str | None = None
    event_time_feature_name: str | None = None
    last_modified_time: datetime | None = None
    online_store_config: _Online | None = None
    offline_store_config: _Offline | None = None
    role_arn: str | None = None
    next_token: str | None = None


_FEATURES = Listing(
    operation="sagemaker:DescribeFeatureGroup",
    items="FeatureDefinitions",
    item=_Feature,
    name=lambda item: item.feature_name,
    is_paged=False,  # it takes a token and no size
)


def _record(details: Details, listed: _Listed) -> FeatureGroup:
    offline = listed.offline_store_status
    record = FeatureGroup(
        name=listed.feature_group_name,
        arn=listed.feature_group_arn,
        status=listed.feature_group_status,
        created_at=listed.creation_time,
        offline_status=offline.status if offline else None,
    )
    key = {"FeatureGroupName": listed.feature_group_name}
    group = details.main("sagemaker:DescribeFeatureGroup", _Group, key)
    if group is not None:
        features: list[_Feature] | None = group.feature_definitions
        if group.next_token:
            features = details.all_of(_FEATURES, key)
        record.features = [
            Feature(name=f.feature_name, type=f.feature_type) for f in features or []
        ]
        _fill(record, group)
    record.tags = details.tags(listed.feature_group_arn)
    return record


def _fill(record: FeatureGroup, group: _Group) -> None:
    online, offline = group.online_store_config or _Online(), group.offline_store_config
    storage = (offline and offline.storage) or _Storage()
    catalog = (offline and offline.catalog) or _Catalog()
    record.record_identifier = group.record_identifier_feature_name
    record.event_time = group.event_time_feature_name
    record.modified_at = group.last_modified_time
    record.online = bool(online.enable_online_store)
    record.online_kms_key_id = online.security_config.kms_key_id if online.security_config else None
    record.offline_uri = plain(storage.uri)
    record.offline_kms_key_id = storage.kms_key_id
    record.catalog_database = catalog.database
    record.catalog_table = catalog.table_name
    record.role_arn = group.role_arn


FEATURE_GROUPS = Table(
    kind=FEATURE_GROUP,
    what="feature group",
    listing=Listing(
        operation="sagemaker:ListFeatureGroups",
        items="FeatureGroupSummaries",
        item=_Listed,
        name=lambda item: item.feature_group_name,
        made=lambda item: item.creation_time,
        sort_by="Name",
    ),
    record=_record,
)
