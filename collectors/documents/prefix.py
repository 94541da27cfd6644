"""An S3 prefix: objects with all their versions, Object Lock, and what the life cycle removes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from ..aws.api import Answer, Api
from ..aws.s3_prefix import S3Prefix
from ..contract import Call, Check, Skip
from ..errors import AccessDenied, CollectionError, UnexpectedAnswer
from ..names import between
from . import records
from .place import MAX_FILES, File, History, Revision, is_candidate, named, too_many
from .prefix_answers import (
    Caller,
    Lifecycle,
    LockConfiguration,
    Objects,
    Stored,
    StoredObject,
    Versioning,
    Versions,
)
from .settings import DocumentsSettings

A = TypeVar("A", bound=Answer)

MAX_VERSIONS = 1_000_000
PAGE_SIZE = 1_000  # the most that S3 gives


class Prefix:
    """See `place.Place`. Paths begin behind the prefix."""

    client: str | None = None

    def __init__(self, settings: DocumentsSettings, place: S3Prefix) -> None:
        self._where = settings.id
        self._bucket = place.bucket
        self._prefix = place.begins_with
        self._api = Api(place.session(settings))
        self._listed: dict[str, list[Stored]] = {}
        self.threads = place.threads
        self.server = "Amazon S3"

    def identity(self, call: Call) -> tuple[str | None, str]:
        """See `place.Place.identity`."""
        caller = self._api.ask(call, "sts:GetCallerIdentity", Caller)
        return caller.arn, f"s3://{self._bucket}/{self._prefix}"

    def files(self, call: Call) -> tuple[Sequence[File], Sequence[Skip]]:
        """See `place.Place.files`."""
        self._listed = self._versions(call)
        files = [
            File(path=path, size_bytes=stored[0].size, key=stored[0].version_id)
            for path, stored in self._listed.items()
            if stored[0].e_tag is not None
        ]
        if len(files) > MAX_FILES:
            raise too_many(self._where)
        return sorted(files, key=lambda file: file.path), ()

    def read(self, call: Call, file: File) -> bytes:
        """See `place.Place.read`."""
        return self._get(call, file.path, file.key)[1]

    def whole(self, call: Call, revision: Revision) -> tuple[records.Version, bytes]:
        """See `place.Place.whole`."""
        path = revision.version.path
        found, content = self._get(call, path, revision.key)
        hold = found.object_lock_legal_hold_status
        version = msgspec.structs.replace(
            revision.version,
            lock_mode=found.object_lock_mode,
            locked_until=found.object_lock_retain_until_date,
            legal_hold=None if hold is None else hold == "ON",
        )
        return version, content

    def histories(self, paths: Iterable[str]) -> Mapping[str, History]:
        """See `place.Place.histories`: out of the listing that was made."""
        return {path: self._history(path) for path in paths}

    def keeping(self, call: Call) -> tuple[records.Place, Sequence[Skip]]:
        """See `place.Place.keeping`."""
        record = records.Place(place="s3")
        skips: list[Skip] = []
        versioning = self._setting(call, "GetBucketVersioning", Versioning, skips)
        lock = self._setting(call, "GetObjectLockConfiguration", LockConfiguration, skips)
        cycle = self._setting(call, "GetBucketLifecycleConfiguration", Lifecycle, skips)
        if versioning is not None:
            record.keeps_versions = versioning.status == "Enabled"
        rule = (
            lock.object_lock_configuration.rule if lock and lock.object_lock_configuration else None
        )
        if rule is not None and rule.default_retention is not None:
            kept = rule.default_retention
            record.lock_mode = kept.mode
            record.lock_days = kept.days or (kept.years or 0) * 365 or None
        record.expires_after_days = min(self._removals(cycle), default=None)
        return record, skips

    def check(self, call: Call, files: Sequence[File]) -> Check:
        """See `place.Place.check`: the other list that S3 has, of what is there now."""

        def fetch(token: str | None) -> tuple[Objects, str | None]:
            more = {"ContinuationToken": token} if token else {}
            wanted = {"Bucket": self._bucket, "Prefix": self._prefix, **more}
            page = self._api.fetch(call, "s3:ListObjectsV2", Objects, wanted)
            return page, page.next_continuation_token

        here = {
            self._path(one.key)
            for page in call.every_page("s3:ListObjectsV2", fetch)
            for one in page.contents
        }
        here = {path for path in here if is_candidate(path)}
        first = {file.path for file in files if is_candidate(file.path)}
        odd, differ = sorted(first ^ here), between(first, here)
        return Check(
            method="ListObjectsV2 has the objects that ListObjectVersions calls the latest",
            expected=f"{len(first)} objects",
            found=f"{len(here)} objects, {len(odd)} otherwise",
            ok=not odd,
            note=f"changed meanwhile: {named(odd)}" if odd else "",
            only_expected=differ.only_first,
            only_found=differ.only_second,
        )

    def _versions(self, call: Call) -> dict[str, list[Stored]]:
        """Path -> its versions and deletions, the newest first."""

        def fetch(token: str | None) -> tuple[Versions, str | None]:
            more: dict[str, object] = {}
            if token is not None:
                key, _, version = token.rpartition("\n")
                more["KeyMarker"] = key
                more |= {"VersionIdMarker": version} if version else {}
            wanted = {"Bucket": self._bucket, "Prefix": self._prefix, "MaxKeys": PAGE_SIZE, **more}
            page = self._api.fetch(call, "s3:ListObjectVersions", Versions, wanted)
            if not page.is_truncated:
                return page, None
            return page, f"{page.next_key_marker or ''}\n{page.next_version_id_marker or ''}"

        found: dict[str, list[Stored]] = {}
        count = 0
        for page in call.every_page("s3:ListObjectVersions", fetch, Prefix=self._prefix):
            for stored in (*page.versions, *page.delete_markers):
                path = self._path(stored.key)
                if path and not path.endswith("/"):
                    found.setdefault(path, []).append(stored)
                    count += 1
            if count > MAX_VERSIONS:
                raise too_many(self._where)
        for stored_here in found.values():
            stored_here.sort(key=lambda one: (one.is_latest, one.last_modified), reverse=True)
        return found

    def _history(self, path: str) -> History:
        listed = self._listed.get(path, [])
        if not listed:
            return History()
        return History(
            first_at=listed[-1].last_modified,
            modified_at=listed[0].last_modified,
            revisions=tuple(
                Revision(version=_version(path, stored), key=stored.version_id) for stored in listed
            ),
        )

    def _get(self, call: Call, path: str, version: str) -> tuple[StoredObject, bytes]:
        """One version of an object.

        Raises:
            OSError: This one may not be read, or went away; others may be.
        """
        wanted = {"Bucket": self._bucket, "Key": self._prefix + path, "VersionId": version}
        try:
            found, body = call.once("s3:GetObject", lambda: self._fetched(call, wanted))
        except AccessDenied as error:
            raise PermissionError(13, error.problem) from error
        except UnexpectedAnswer as error:
            raise OSError(2, error.problem) from error
        return found, body

    def _fetched(self, call: Call, wanted: Mapping[str, object]) -> tuple[StoredObject, bytes]:
        found = self._api.fetch(call, "s3:GetObject", StoredObject, wanted)
        return found, self._api.clients.last_body

    def _setting(self, call: Call, name: str, answer: type[A], skips: list[Skip]) -> A | None:
        """A setting of the bucket; None where it has none, or where it may not be read."""
        try:
            return self._api.ask(call, f"s3:{name}", answer, {"Bucket": self._bucket})
        except CollectionError as error:
            if "ObjectLockConfigurationNotFound" in error.problem or (
                "NoSuchLifecycleConfiguration" in error.problem
            ):
                return None
            skips.append(
                Skip(
                    what=f"s3:{name} of {self._bucket}",
                    problem=error.problem,
                    remedy=error.remedy,
                    denied=isinstance(error, AccessDenied),
                )
            )
            return None

    def _removals(self, cycle: Lifecycle | None) -> list[int]:
        """After how many days rules remove older versions of what is here."""
        return [
            rule.noncurrent_version_expiration.noncurrent_days
            for rule in (cycle.rules if cycle else ())
            if rule.status == "Enabled"
            and (rule.where.startswith(self._prefix) or self._prefix.startswith(rule.where))
            and rule.noncurrent_version_expiration is not None
            and rule.noncurrent_version_expiration.noncurrent_days is not None
        ]

    def _path(self, key: str) -> str:
        return key.removeprefix(self._prefix)


def _version(path: str, stored: Stored) -> records.Version:
    return records.Version(
        path=path,
        id=stored.version_id,
        is_current=stored.is_latest,
        size_bytes=stored.size,
        blob=stored.e_tag.strip('"') if stored.e_tag else None,
        at=stored.last_modified,
        is_deletion=stored.e_tag is None,
    )
