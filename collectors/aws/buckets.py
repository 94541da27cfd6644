"""The posture of every bucket of the account: encryption, versions, access, retention, tags.

Objects are never read. A bucket counts as blocked by its own four switches only.
"""

import fnmatch
from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

import msgspec

from ..contract import Call, Check, Page, Skip
from .api import Answer, Api
from .bucket_answers import (
    NO_ENCRYPTION,
    NO_LIFECYCLE,
    NO_LOCK,
    NO_POLICY,
    NO_SWITCHES,
    NO_TAGS,
    Encryption,
    Lifecycle,
    Lock,
    PolicyStatus,
    PublicAccess,
    Tagging,
    Versioning,
    rule_of,
)
from .kinds import BUCKET, Bucket
from .parts import Look, Parts, fan_out

A = TypeVar("A", bound=Answer)

LIST_BUCKETS = 10_000  # the most that AWS allows; only a list with a limit is paged and has regions


class _Listed(msgspec.Struct, rename="pascal"):
    name: str
    creation_date: datetime | None = None
    bucket_region: str | None = None


class _Buckets(Answer, kw_only=True):
    buckets: list[_Listed]
    continuation_token: str | None = None


class BucketReader:
    kind = BUCKET

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        return fan_out(
            call,
            self._listed(call),
            lambda listed: self._look(call, listed),
            threads=self._api.settings.threads,
        )

    def _listed(self, call: Call) -> Iterator[_Listed]:
        def fetch(token: str | None) -> tuple[_Buckets, str | None]:
            more = {"ContinuationToken": token} if token else {}
            wanted = {"MaxBuckets": LIST_BUCKETS, **more}
            page = self._api.fetch(call, "s3:ListBuckets", _Buckets, wanted)
            return page, page.continuation_token

        for page in call.every_page("s3:ListBuckets", fetch, MaxBuckets=LIST_BUCKETS):
            yield from page.buckets

    def _look(self, call: Call, listed: _Listed) -> Look:
        parts = Parts(f"bucket {listed.name}")
        ask = _Asker(self._api, call, listed, parts)
        bucket = Bucket(
            name=listed.name, region=listed.bucket_region, created_at=listed.creation_date
        )
        wanted = self._api.settings.bucket_details
        if wanted is not None and not any(fnmatch.fnmatchcase(listed.name, one) for one in wanted):
            bucket.listed_only = True
            return Look(bucket, parts)
        _protection(ask, bucket)
        _retention(ask, bucket)
        tagging = ask("GetBucketTagging", Tagging, NO_TAGS)
        if tagging is not None:
            bucket.tags = {tag.key: tag.value for tag in tagging.tag_set}
        return Look(None if parts.gone else bucket, parts)


class _Asker:
    """Asks for one bucket's settings, in the bucket's own region; nothing more once it is gone."""

    def __init__(self, api: Api, call: Call, listed: _Listed, parts: Parts) -> None:
        self._api, self._call, self._listed, self._parts = api, call, listed, parts

    def __call__(self, name: str, answer: type[A], absent: A | None = None) -> A | None:
        if self._parts.gone:
            return None
        return self._parts.read(
            lambda: self._api.ask(
                self._call,
                f"s3:{name}",
                answer,
                {"Bucket": self._listed.name},
                of="each bucket",
                region=self._listed.bucket_region,
                absent=absent,
            )
        )


def _protection(ask: _Asker, bucket: Bucket) -> None:
    encryption = ask("GetBucketEncryption", Encryption, NO_ENCRYPTION)
    if encryption is not None:
        _encrypted(bucket, encryption)
    access = ask("GetPublicAccessBlock", PublicAccess, NO_SWITCHES)
    if access is not None:
        bucket.public_access_blocked = all(
            msgspec.structs.astuple(access.public_access_block_configuration)
        )
    policy = ask("GetBucketPolicyStatus", PolicyStatus, NO_POLICY)
    if policy is not None:
        bucket.policy_is_public = policy.policy_status.is_public


def _encrypted(bucket: Bucket, answer: Encryption) -> None:
    rules = answer.server_side_encryption_configuration.rules
    default = next((rule.default for rule in rules if rule.default is not None), None)
    bucket.encrypted = default is not None
    if default is not None:
        bucket.encryption_algorithm = default.algorithm
        bucket.kms_key_id = default.key


def _retention(ask: _Asker, bucket: Bucket) -> None:
    versioning = ask("GetBucketVersioning", Versioning)
    if versioning is not None:
        bucket.versioned = versioning.status == "Enabled"
    lifecycle = ask("GetBucketLifecycleConfiguration", Lifecycle, NO_LIFECYCLE)
    if lifecycle is not None:
        bucket.lifecycle = [rule_of(rule) for rule in lifecycle.rules]
    lock = ask("GetObjectLockConfiguration", Lock, NO_LOCK)
    if lock is not None:
        found = lock.object_lock_configuration
        bucket.object_lock = found.object_lock_enabled == "Enabled"
        bucket.object_lock_mode = found.rule.default_retention.mode
        bucket.object_lock_days = found.rule.default_retention.in_days
