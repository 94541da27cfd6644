"""The bucket that a trail delivers to: days of log files and of digest files."""

from collections.abc import Iterator
from datetime import date, datetime

import msgspec

from ...contract import Call
from ..api import Answer, Api


class Stored(msgspec.Struct, rename="pascal"):
    key: str
    last_modified: datetime
    size: int = 0


class _Listed(Answer, kw_only=True):
    contents: list[Stored] = []
    key_count: int
    """It must come, so that a broken answer is never an empty list."""
    next_continuation_token: str | None = None


class Fetched(Answer, kw_only=True):
    metadata: dict[str, str] = {}


class TrailBucket:
    """What one account and region has in it. ``trail_logs`` is ``s3://bucket/…/AWSLogs``."""

    def __init__(self, api: Api, trail_logs: str, account: str, region: str) -> None:
        self._api = api
        self.name, _, root = trail_logs.removeprefix("s3://").partition("/")
        self._root, self._account, self._region = root, account, region

    def logs(self, call: Call, day: date) -> Iterator[list[Stored]]:
        """Log files whose name has this day, page by page."""
        return self._listed(call, "CloudTrail", day)

    def digests(self, call: Call, day: date) -> Iterator[list[Stored]]:
        return self._listed(call, "CloudTrail-Digest", day)

    def fetch(self, call: Call, key: str) -> tuple[bytes, dict[str, str]]:
        """An object as it is stored, and what was stored with it."""

        def fetch() -> tuple[bytes, dict[str, str]]:
            wanted = {"Bucket": self.name, "Key": key}
            found = self._api.fetch(call, "s3:GetObject", Fetched, wanted)
            return self._api.clients.last_body, found.metadata

        return call.once("s3:GetObject", fetch, of="each file")

    def _listed(self, call: Call, what: str, day: date) -> Iterator[list[Stored]]:
        prefix = f"{self._root}/{self._account}/{what}/{self._region}/{day:%Y/%m/%d}/"
        wanted = {"Bucket": self.name, "Prefix": prefix}

        def fetch(token: str | None) -> tuple[list[Stored], str | None]:
            more = {"ContinuationToken": token} if token else {}
            page = self._api.fetch(call, "s3:ListObjectsV2", _Listed, {**wanted, **more})
            return page.contents, page.next_continuation_token

        return call.every_page("s3:ListObjectsV2", fetch, **wanted)
