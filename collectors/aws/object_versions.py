"""Every version of the objects below the addresses that ``objects`` names: when each was written,
how large it is, what was deleted. Objects themselves are never read.

What a training run read at an address is the version that was in force then; without this nobody
can say whether it is still there.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from ..contract import Call, Check, Kind, Page, Record, Skip
from ..errors import CollectionError
from .api import Answer, Api
from .listing import skip_of
from .second_look import server_date


class ObjectVersion(Record):
    """s3:ListObjectVersions. That it is the newest is not kept: the next one's time says so."""

    bucket: str
    key: str
    version_id: str
    """``null`` where the bucket keeps no versions, or kept none then."""
    last_modified: datetime
    size_bytes: int | None = None
    """None of a delete marker."""
    etag: str | None = None
    is_delete_marker: bool = False


OBJECT_VERSION = Kind(
    name="aws.object_version",
    record=ObjectVersion,
    subject=lambda r: f"{r.bucket}/{r.key}?versionId={r.version_id}",
    permission="s3:ListBucketVersions, s3:ListBucket",
    cross_check="as many objects as s3:ListObjectsV2 counts",
)


class _Version(msgspec.Struct, rename="pascal"):
    key: str
    last_modified: datetime
    version_id: str = "null"
    is_latest: bool = False
    size: int | None = None
    e_tag: str | None = msgspec.field(name="ETag", default=None)


class _Versions(Answer, kw_only=True):
    is_truncated: bool
    """It must come, so that a broken answer is never an empty list."""
    versions: list[_Version] = []
    delete_markers: list[_Version] = []
    next_key_marker: str | None = None
    next_version_id_marker: str | None = None


class _Object(msgspec.Struct, rename="pascal"):
    last_modified: datetime


class _Objects(Answer, kw_only=True):
    key_count: int
    contents: list[_Object] = []
    next_continuation_token: str | None = None


class ObjectVersionReader:
    kind = OBJECT_VERSION

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`. An address that cannot be listed beside others is a named
        gap."""
        if not self._api.settings.objects:
            yield Page(records=[])
            yield Check(
                method="addresses in `objects`",
                expected="0",
                found="0",
                ok=True,
                note="none is named, so no version of any object is recorded",
            )
        is_read, failed = False, list[tuple[str, CollectionError]]()
        for address in self._api.settings.objects:
            bucket, _, prefix = address.removeprefix("s3://").partition("/")
            try:
                for answer in self._versions(call, bucket, prefix):
                    is_read = True
                    yield answer
            except CollectionError as error:
                failed.append((address, error))
        if failed and not is_read:
            raise failed[0][1]
        for address, problem in failed:
            yield skip_of(f"objects below {address}", problem)

    def _versions(self, call: Call, bucket: str, prefix: str) -> Iterator[Page | Check]:
        """What is written while both lists are read is in neither count."""
        began: datetime | None = None
        there = 0
        for page in self._listed(call, bucket, prefix):
            began = began or server_date(page)
            there += sum(v.is_latest and _is_older(v.last_modified, began) for v in page.versions)
            yield Page(
                records=[
                    *(_record(bucket, version, deleted=False) for version in page.versions),
                    *(_record(bucket, marker, deleted=True) for marker in page.delete_markers),
                ]
            )
        counted = self._counted(call, bucket, prefix, began)
        yield Check(
            method=f"s3:ListObjectsV2 below s3://{bucket}/{prefix}",
            expected=f"{counted} objects",
            found=f"{there} objects whose newest version is not a deletion",
            ok=counted == there,
        )

    def _listed(self, call: Call, bucket: str, prefix: str) -> Iterator[_Versions]:
        wanted = {"Bucket": bucket, "Prefix": prefix}

        def fetch(token: str | None) -> tuple[_Versions, str | None]:
            more = dict(zip(("KeyMarker", "VersionIdMarker"), _markers(token), strict=True))
            asked = {**wanted, **(more if token else {})}
            page = self._api.fetch(call, "s3:ListObjectVersions", _Versions, asked)
            return page, _token(page) if page.is_truncated else None

        return call.every_page("s3:ListObjectVersions", fetch, **wanted)

    def _counted(self, call: Call, bucket: str, prefix: str, began: datetime | None) -> int:
        wanted = {"Bucket": bucket, "Prefix": prefix}

        def fetch(token: str | None) -> tuple[_Objects, str | None]:
            asked = {**wanted, **({"ContinuationToken": token} if token else {})}
            page = self._api.fetch(call, "s3:ListObjectsV2", _Objects, asked)
            return page, page.next_continuation_token

        return sum(
            _is_older(item.last_modified, began)
            for page in call.every_page("s3:ListObjectsV2", fetch, **wanted)
            for item in page.contents
        )


def _token(page: _Versions) -> str:
    """Both markers as one page token: keys hold any character, so they are JSON."""
    return msgspec.json.encode([page.next_key_marker, page.next_version_id_marker]).decode()


def _markers(token: str | None) -> tuple[str | None, str | None]:
    return msgspec.json.decode(token or "[null,null]", type=tuple[str | None, str | None])


def _is_older(at: datetime, began: datetime | None) -> bool:
    """Than the list; ``Date`` has whole seconds, rounded down."""
    return began is None or at < began


def _record(bucket: str, version: _Version, *, deleted: bool) -> ObjectVersion:
    return ObjectVersion(
        bucket=bucket,
        key=version.key,
        version_id=version.version_id,
        last_modified=version.last_modified,
        size_bytes=version.size,
        etag=version.e_tag and version.e_tag.strip('"'),
        is_delete_marker=deleted,
    )
