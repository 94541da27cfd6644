"""Reports below an S3 prefix, read in ranges of an object that may be larger than memory."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from ..aws.api import Answer, Api
from ..aws.s3_prefix import S3Prefix
from ..contract import Call
from ..errors import AccessDenied, CollectionError, SourceUnavailable
from .place import ENDINGS, MAX_FILES, File, Listing
from .settings import FindingsSettings

_RANGE = 8 * 1024 * 1024


class _Stored(msgspec.Struct, rename="pascal"):
    key: str
    size: int
    last_modified: datetime
    e_tag: str = msgspec.field(name="ETag")


class _Listed(Answer, kw_only=True):
    contents: list[_Stored] = []
    key_count: int
    next_continuation_token: str | None = None


class _Fetched(Answer, kw_only=True):
    e_tag: str = msgspec.field(name="ETag")


class _Caller(Answer, kw_only=True):
    arn: str


class Prefix:
    """See `place.Place`. Paths begin behind the prefix."""

    def __init__(self, settings: FindingsSettings, place: S3Prefix) -> None:
        self._where = settings.id
        self._bucket, self._prefix = place.bucket, place.begins_with
        self._api = Api(place.session(settings))

    def identity(self, call: Call) -> tuple[str, str]:
        """See `place.Place.identity`."""
        caller = self._api.ask(call, "sts:GetCallerIdentity", _Caller)
        return caller.arn, f"s3://{self._bucket}/{self._prefix}"

    def files(self, call: Call) -> Listing:
        """See `place.Place.files`."""
        wanted = {"Bucket": self._bucket, "Prefix": self._prefix}

        def fetch(token: str | None) -> tuple[_Listed, str | None]:
            more = {"ContinuationToken": token} if token else {}
            page = self._api.fetch(call, "s3:ListObjectsV2", _Listed, {**wanted, **more})
            return page, page.next_continuation_token

        files: list[File] = []
        others = 0
        for page in call.every_page("s3:ListObjectsV2", fetch, **wanted):
            for stored in page.contents:
                if stored.key.lower().endswith(ENDINGS):
                    files.append(self._file(stored))
                elif not stored.key.endswith("/"):
                    others += 1
            if len(files) > MAX_FILES:
                raise CollectionError(
                    self._where,
                    f"there are more than {MAX_FILES:,} objects",
                    remedy="set s3 to the prefix of the reports",
                )
        return Listing(files=sorted(files, key=lambda one: one.path), others=others)

    def blocks(self, call: Call, file: File) -> Iterator[bytes]:
        """See `place.Place.blocks`."""
        for begin in range(0, file.size_bytes, _RANGE):
            end = min(begin + _RANGE, file.size_bytes) - 1
            try:
                yield call.once(
                    "s3:GetObject",
                    lambda begin=begin, end=end: self._range(call, file, begin, end),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                    of="each report",
                )
            except SourceUnavailable:
                raise
            except AccessDenied as error:
                raise PermissionError(13, error.problem) from error
            except CollectionError as error:
                raise OSError(2, error.problem) from error

    def _range(self, call: Call, file: File, begin: int, end: int) -> bytes:
        wanted = {
            "Bucket": self._bucket,
            "Key": self._prefix + file.path,
            "IfMatch": file.key,
            "Range": f"bytes={begin}-{end}",
        }
        self._api.fetch(call, "s3:GetObject", _Fetched, wanted)
        return self._api.clients.last_body

    def _file(self, stored: _Stored) -> File:
        return File(
            path=stored.key.removeprefix(self._prefix),
            size_bytes=stored.size,
            modified_at=stored.last_modified,
            key=stored.e_tag,
        )
