"""An archive in an S3 bucket: written once, locked in compliance mode, read by first versions.

Permissions: s3:GetBucketObjectLockConfiguration, s3:ListBucketVersions, s3:GetObject and
s3:GetObjectVersion to read; to write also s3:PutObject and s3:PutObjectRetention.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from ..collectors.aws.errors import NotConfigured, from_botocore
from ..collectors.errors import CollectionError
from ..exporters.archive.store import Opened, Stored
from ..exporters.errors import ArchiveDamaged, ArchiveError

_CHUNK = 1 << 20
_MAX_BYTES = 5 << 30
"""Of an object that is put in one request, and so as a whole or not at all."""


@dataclass
class _Versions:
    first: str | None = None
    count: int = 0
    is_deleted: bool = False


class S3Store:
    def __init__(
        self,
        client: Any,
        bucket: str,
        prefix: str,
        *,
        retain: timedelta | None,
        clock: Callable[[], datetime],
    ) -> None:
        """``retain``: how long nobody can delete what is put; None: it is not locked."""
        self.where = f"s3://{bucket}/{prefix}".rstrip("/")
        self.locks = True
        self._client, self._bucket = client, bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._retain, self._clock = retain, clock
        self._known: dict[str, _Versions] | None = None

    def is_lockable(self) -> bool:
        """Whether the bucket was made with Object Lock.

        Raises:
            ArchiveError: It does not answer, or may not be asked.
        """
        try:
            answer = self._call("GetObjectLockConfiguration", Bucket=self._bucket)
        except _NoLock:
            return False
        found = answer.get("ObjectLockConfiguration", {})
        return bool(found.get("ObjectLockEnabled") == "Enabled")

    def names(self, prefix: str = "") -> Iterator[Stored]:
        """See `Store.names`."""
        for name, versions in sorted(self._versions().items()):
            if name.startswith(prefix) and versions.first is not None:
                yield Stored(
                    name=name, overwrites=versions.count - 1, is_deleted=versions.is_deleted
                )

    @contextmanager
    def open(self, name: str) -> Iterator[Opened]:
        """See `Store.open`."""
        found = self._versions().get(name)
        if found is None or found.first is None:
            raise ArchiveDamaged(f"{self.where}/{name}", "is missing", remedy="restore it")
        where = {"Bucket": self._bucket, "Key": self._prefix + name}
        version = {} if found.first == "null" else {"VersionId": found.first}
        answer = self._call("GetObject", **where, **version)
        is_locked = answer.get("ObjectLockMode") == "COMPLIANCE"
        until = answer.get("ObjectLockRetainUntilDate") if is_locked else None
        with closing(answer["Body"]) as body:
            yield Opened(chunks=self._chunks(body), locked_until=until)

    def put(self, name: str, content: BinaryIO, *, sha256: bytes, size: int) -> bool:
        """See `Store.put`."""
        if size > _MAX_BYTES:
            raise ArchiveError(
                f"{self.where}/{name}",
                "is larger than the 5 GiB that S3 takes in one request",
                remedy="archive it to a folder",
            )
        if name not in self._versions() and self._is_put(name, content, sha256, size):
            self._versions()[name] = _Versions(first="null", count=1)
            return True
        self._check_same(name, sha256)
        return False

    def _is_put(self, name: str, content: BinaryIO, sha256: bytes, size: int) -> bool:
        lock: dict[str, object] = {}
        if self._retain is not None:
            until = self._clock() + self._retain
            lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
        try:
            self._call(
                "PutObject",
                Bucket=self._bucket,
                Key=self._prefix + name,
                Body=content,
                ContentLength=size,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=base64.b64encode(sha256).decode(),
                IfNoneMatch="*",
                **lock,
            )
        except _Taken:
            self._known = None
            return False
        return True

    def _check_same(self, name: str, sha256: bytes) -> None:
        found = hashlib.sha256()
        with self.open(name) as there:
            for chunk in there.chunks:
                found.update(chunk)
        if found.digest() != sha256:
            raise ArchiveDamaged(
                f"{self.where}/{name}",
                "is there already, with other content",
                remedy="check it with `annexa archive verify`, or archive to a new place",
            )

    def _versions(self) -> dict[str, _Versions]:
        """Name -> its versions; listed once."""
        if self._known is not None:
            return self._known
        known: dict[str, _Versions] = {}
        more: dict[str, object] = {}
        while True:
            page = self._call(
                "ListObjectVersions", Bucket=self._bucket, Prefix=self._prefix, **more
            )
            for one in page.get("Versions", ()):  # of one key the newest first
                found = known.setdefault(one["Key"].removeprefix(self._prefix), _Versions())
                found.first = one["VersionId"]
                found.count += 1
            for one in page.get("DeleteMarkers", ()):
                name = one["Key"].removeprefix(self._prefix)
                known.setdefault(name, _Versions()).is_deleted |= bool(one["IsLatest"])
            if not page.get("IsTruncated"):
                self._known = known
                return known
            more = {
                "KeyMarker": page["NextKeyMarker"],
                "VersionIdMarker": page.get("NextVersionIdMarker", ""),
            }

    def _chunks(self, body: Any) -> Iterator[bytes]:
        try:
            yield from body.iter_chunks(_CHUNK)
        except Exception as error:  # botocore has a class for each error
            raise self._explained("GetObject", error) from error

    def _call(self, operation: str, **arguments: object) -> Any:
        try:
            method = _METHODS[operation]
            return getattr(self._client, method)(**arguments)
        except Exception as error:  # botocore has a class for each error
            raise self._explained(operation, error) from error

    def _explained(self, operation: str, error: Exception) -> ArchiveError:
        answer = getattr(error, "response", None) or {}
        code = answer.get("Error", {}).get("Code", "")
        if code in ("PreconditionFailed", "ConditionalRequestConflict"):
            return _Taken(self.where, "is there already", remedy="nothing needs to be done")
        found: CollectionError = from_botocore(
            self.where, f"s3:{operation}", error, offered=lambda: True
        )
        remedy = found.remedy.replace("deploy/aws/policy.json", "docs/platform-engineer.md")
        if code == "NoSuchBucket":
            remedy = "name a bucket that is there"
        form = _NoLock if isinstance(found, NotConfigured) else ArchiveError
        return form(self.where, found.problem, remedy=remedy)


_METHODS = {
    "GetObject": "get_object",
    "GetObjectLockConfiguration": "get_object_lock_configuration",
    "ListObjectVersions": "list_object_versions",
    "PutObject": "put_object",
}


class _Taken(ArchiveError):
    """Somebody put an object of that name first."""


class _NoLock(ArchiveError):
    """The bucket has no Object Lock."""
