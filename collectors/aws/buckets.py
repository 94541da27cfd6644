"""The posture of every bucket of the account: encryption, versions, public access, tags.

Objects are never read. The settings of the account itself (its own public access block) are not
looked at: a bucket counts as blocked by its own four switches only.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

import msgspec

from ..contract import Call, Check, Page, Skip
from .api import Answer, Api, Tag
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


class _Default(msgspec.Struct):
    algorithm: str = msgspec.field(name="SSEAlgorithm")
    key: str | None = msgspec.field(name="KMSMasterKeyID", default=None)


class _Rule(msgspec.Struct):
    default: _Default | None = msgspec.field(
        name="ApplyServerSideEncryptionByDefault", default=None
    )


class _Rules(msgspec.Struct, rename="pascal"):
    rules: list[_Rule]


class _Encryption(Answer, kw_only=True):
    server_side_encryption_configuration: _Rules


class _Versioning(Answer, kw_only=True):
    status: str | None = None


class _Switches(msgspec.Struct, rename="pascal"):
    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False


class _PublicAccess(Answer, kw_only=True):
    public_access_block_configuration: _Switches


class _Tagging(Answer, kw_only=True):
    tag_set: list[Tag]


_NO_ENCRYPTION = _Encryption(server_side_encryption_configuration=_Rules(rules=[]))
_NO_SWITCHES = _PublicAccess(public_access_block_configuration=_Switches())
_NO_TAGS = _Tagging(tag_set=[])


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
        encryption = ask("GetBucketEncryption", _Encryption, _NO_ENCRYPTION)
        versioning = ask("GetBucketVersioning", _Versioning)
        access = ask("GetPublicAccessBlock", _PublicAccess, _NO_SWITCHES)
        tagging = ask("GetBucketTagging", _Tagging, _NO_TAGS)
        if parts.gone:
            return Look(None, parts)
        if encryption is not None:
            _encrypted(bucket, encryption)
        if versioning is not None:
            bucket.versioned = versioning.status == "Enabled"
        if access is not None:
            bucket.public_access_blocked = all(
                msgspec.structs.astuple(access.public_access_block_configuration)
            )
        if tagging is not None:
            bucket.tags = {tag.key: tag.value for tag in tagging.tag_set}
        return Look(bucket, parts)


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


def _encrypted(bucket: Bucket, answer: _Encryption) -> None:
    rules = answer.server_side_encryption_configuration.rules
    default = next((rule.default for rule in rules if rule.default is not None), None)
    bucket.encrypted = default is not None
    if default is not None:
        bucket.encryption_algorithm = default.algorithm
        bucket.kms_key_id = default.key
