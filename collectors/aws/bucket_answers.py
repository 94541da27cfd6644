"""What S3 says of one bucket, setting by setting."""

import msgspec

from .api import Answer, Tag
from .kinds import LifecycleRule

DAYS_A_YEAR = 365  # as S3 counts Object Lock's years


class _Default(msgspec.Struct):
    algorithm: str = msgspec.field(name="SSEAlgorithm")
    key: str | None = msgspec.field(name="KMSMasterKeyID", default=None)


class _Rule(msgspec.Struct):
    default: _Default | None = msgspec.field(
        name="ApplyServerSideEncryptionByDefault", default=None
    )


class _Rules(msgspec.Struct, rename="pascal"):
    rules: list[_Rule]


class Encryption(Answer, kw_only=True):
    server_side_encryption_configuration: _Rules


class Versioning(Answer, kw_only=True):
    status: str | None = None


class _Switches(msgspec.Struct, rename="pascal"):
    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False


class PublicAccess(Answer, kw_only=True):
    public_access_block_configuration: _Switches


class Tagging(Answer, kw_only=True):
    tag_set: list[Tag]


NO_ENCRYPTION = Encryption(server_side_encryption_configuration=_Rules(rules=[]))
NO_SWITCHES = PublicAccess(public_access_block_configuration=_Switches())
NO_TAGS = Tagging(tag_set=[])


class _Verdict(msgspec.Struct, rename="pascal"):
    is_public: bool


class PolicyStatus(Answer, kw_only=True):
    policy_status: _Verdict


class _Expiration(msgspec.Struct, rename="pascal"):
    days: int | None = None


class _OldExpiration(msgspec.Struct, rename="pascal"):
    noncurrent_days: int | None = None


class _Transition(msgspec.Struct, rename="pascal"):
    days: int | None = None
    storage_class: str | None = None


class _And(msgspec.Struct, rename="pascal"):
    prefix: str | None = None


class _Filter(msgspec.Struct, rename="pascal"):
    prefix: str | None = None
    both: _And = msgspec.field(name="And", default_factory=_And)


class _LifecycleRule(msgspec.Struct, rename="pascal"):
    status: str
    id: str | None = msgspec.field(name="ID", default=None)
    prefix: str | None = None
    filter: _Filter = msgspec.field(default_factory=_Filter)
    expiration: _Expiration = msgspec.field(default_factory=_Expiration)
    noncurrent_version_expiration: _OldExpiration = msgspec.field(default_factory=_OldExpiration)
    transitions: list[_Transition] = []


class Lifecycle(Answer, kw_only=True):
    rules: list[_LifecycleRule]


class _Retention(msgspec.Struct, rename="pascal"):
    mode: str | None = None
    days: int | None = None
    years: int | None = None

    @property
    def in_days(self) -> int | None:
        return self.days if self.years is None else DAYS_A_YEAR * self.years


class _LockRule(msgspec.Struct, rename="pascal"):
    default_retention: _Retention = msgspec.field(default_factory=_Retention)


class _LockState(msgspec.Struct, rename="pascal"):
    object_lock_enabled: str | None = None
    rule: _LockRule = msgspec.field(default_factory=_LockRule)


class Lock(Answer, kw_only=True):
    object_lock_configuration: _LockState


NO_POLICY = PolicyStatus(policy_status=_Verdict(is_public=False))
NO_LIFECYCLE = Lifecycle(rules=[])
NO_LOCK = Lock(object_lock_configuration=_LockState())


def rule_of(found: _LifecycleRule) -> LifecycleRule:
    return LifecycleRule(
        id=found.id,
        enabled=found.status == "Enabled",
        prefix=found.prefix or found.filter.prefix or found.filter.both.prefix or None,
        expires_days=found.expiration.days,
        old_versions_expire_days=found.noncurrent_version_expiration.noncurrent_days,
        transitions=[
            f"{one.days}d {one.storage_class}" for one in found.transitions if one.days is not None
        ],
    )
