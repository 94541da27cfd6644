"""What S3 answers about a prefix, its versions and its bucket: the fields that are needed."""

from datetime import datetime

import msgspec

from ..aws.api import Answer


class Stored(msgspec.Struct, rename="pascal"):
    key: str
    version_id: str
    is_latest: bool
    last_modified: datetime
    size: int | None = None
    e_tag: str | None = msgspec.field(name="ETag", default=None)
    """None: a marker that says that the object was deleted."""


class Versions(Answer, kw_only=True):
    versions: list[Stored] = []
    delete_markers: list[Stored] = []
    is_truncated: bool
    next_key_marker: str | None = None
    next_version_id_marker: str | None = None


class Key(msgspec.Struct, rename="pascal"):
    key: str


class Objects(Answer, kw_only=True):
    contents: list[Key] = []
    key_count: int
    next_continuation_token: str | None = None


class StoredObject(Answer, kw_only=True):
    version_id: str | None = None
    last_modified: datetime
    object_lock_mode: str | None = None
    object_lock_retain_until_date: datetime | None = None
    object_lock_legal_hold_status: str | None = None


class Caller(Answer, kw_only=True):
    arn: str


class Versioning(Answer, kw_only=True):
    status: str | None = None


class Retention(msgspec.Struct, rename="pascal"):
    mode: str | None = None
    days: int | None = None
    years: int | None = None


class LockRule(msgspec.Struct, rename="pascal"):
    default_retention: Retention | None = None


class Lock(msgspec.Struct, rename="pascal"):
    object_lock_enabled: str | None = None
    rule: LockRule | None = None


class LockConfiguration(Answer, kw_only=True):
    object_lock_configuration: Lock | None = None


class Noncurrent(msgspec.Struct, rename="pascal"):
    noncurrent_days: int | None = None


class And(msgspec.Struct, rename="pascal"):
    prefix: str = ""


class Filter(msgspec.Struct, rename="pascal"):
    prefix: str = ""
    both: And | None = msgspec.field(name="And", default=None)


class LifecycleRule(msgspec.Struct, rename="pascal"):
    status: str
    prefix: str = ""
    filter: Filter | None = None
    noncurrent_version_expiration: Noncurrent | None = None

    @property
    def where(self) -> str:
        if self.filter is None:
            return self.prefix
        return self.filter.both.prefix if self.filter.both else self.filter.prefix


class Lifecycle(Answer, kw_only=True):
    rules: list[LifecycleRule] = []
