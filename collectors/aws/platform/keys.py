"""Keys of KMS and whether they are rotated."""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..api import Answer
from ..listing import Listing, Naming
from ..table import Details, Table


class Key(Record):
    """kms:ListKeys, DescribeKey, GetKeyRotationStatus."""

    arn: str
    key_id: str
    manager: str | None = None
    """``CUSTOMER`` or ``AWS``."""
    state: str | None = None
    usage: str | None = None
    spec: str | None = None
    origin: str | None = None
    is_multi_region: bool | None = None
    created_at: datetime | None = None
    deletion_at: datetime | None = None
    rotation_enabled: bool | None = None
    """Null where KMS cannot rotate by itself: asymmetric and imported keys, keys of AWS itself."""
    rotation_period_days: int | None = None


KEY = Kind(
    name="aws.key",
    record=Key,
    subject=lambda r: r.arn,
    volatile=("NextRotationDate",),
    permission="kms:ListKeys, kms:DescribeKey, kms:GetKeyRotationStatus",
    cross_check="none: KMS has one order only",
)


class _Listed(msgspec.Struct, rename="pascal"):
    key_id: str
    key_arn: str


class _Metadata(msgspec.Struct, rename="pascal"):
    arn: str
    key_id: str
    key_manager: str | None = None
    key_state: str | None = None
    key_usage: str | None = None
    key_spec: str | None = None
    origin: str | None = None
    multi_region: bool | None = None
    creation_date: datetime | None = None
    deletion_date: datetime | None = None


class _Described(Answer, kw_only=True):
    key_metadata: _Metadata


class _Rotation(Answer, kw_only=True):
    key_rotation_enabled: bool
    rotation_period_in_days: int | None = None


def _record(details: Details, listed: _Listed) -> Key | None:
    answer = details.main("kms:DescribeKey", _Described, {"KeyId": listed.key_id})
    if answer is None:
        return None
    found = answer.key_metadata
    key = Key(
        arn=found.arn,
        key_id=found.key_id,
        manager=found.key_manager,
        state=found.key_state,
        usage=found.key_usage,
        spec=found.key_spec,
        origin=found.origin,
        is_multi_region=found.multi_region,
        created_at=found.creation_date,
        deletion_at=found.deletion_date,
    )
    if _is_rotated_by_kms(found):
        rotation = details.part("kms:GetKeyRotationStatus", _Rotation, {"KeyId": listed.key_id})
        if rotation is not None:
            key.rotation_enabled = rotation.key_rotation_enabled
            key.rotation_period_days = rotation.rotation_period_in_days
    return key


def _is_rotated_by_kms(key: _Metadata) -> bool:
    return (
        key.key_manager == "CUSTOMER"
        and key.key_spec == "SYMMETRIC_DEFAULT"
        and key.origin == "AWS_KMS"
        and key.key_state != "PendingDeletion"
    )


KEYS = Table(
    kind=KEY,
    what="key",
    listing=Listing(
        operation="kms:ListKeys",
        items="Keys",
        item=_Listed,
        name=lambda key: key.key_id,
        naming=Naming(resume="Marker", next="NextMarker", size="Limit", by="", order=""),
    ),
    record=_record,
)
