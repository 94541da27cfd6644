"""What a commit says of itself, and what its signature is worth."""

import os
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from .place import printable
from .records import Commit
from .signatures import Keyring, Verdict

_ADDRESS = re.compile(r"<([^<>]*)>\s*$")
_REVIEWED = re.compile(rb"^(?:Reviewed|Approved|Acked)-by:(.*)$", re.IGNORECASE | re.MULTILINE)
_LAST_SECOND = 253_402_300_799  # of the year 9999
MAX_REVIEWERS = 20


class Commits:
    """Reads each commit of ``repository`` once, and verifies its signature once."""

    def __init__(self, repository: Any, keys: Keyring) -> None:
        self._repository = repository
        self._keys = keys
        self.brief = lru_cache(maxsize=100_000)(self._brief)
        self._verdict = lru_cache(maxsize=100_000)(self._judge)

    def _brief(self, commit_id: bytes) -> Commit:
        """The short form that stands in every record."""
        commit = self._repository[commit_id]
        verdict = self._verdict(commit_id)
        return Commit(
            id=commit_id.decode("ascii"),
            author=address(commit.author),
            committed_at=committed_at(commit),
            signed=verdict.signed,
            verified=verdict.verified,
            signer=verdict.signer,
        )

    def facts(self, commit_id: bytes) -> dict[str, Any]:
        """The fields of `records.Version` that a commit decides."""
        commit = self._repository[commit_id]
        verdict = self._verdict(commit_id)
        found = _REVIEWED.findall(commit.message[:100_000])
        return {
            "id": commit_id.decode("ascii"),
            "author": address(commit.author),
            "committer": address(commit.committer),
            "authored_at": instant(commit.author_time),
            "at": committed_at(commit),
            "signed": verdict.signed,
            "verified": verdict.verified,
            "signer": verdict.signer,
            "reviewed_by": [address(who.strip()) for who in found[:MAX_REVIEWERS]],
        }

    def path(self, name: bytes, below: bytes) -> str:
        """``name`` from the folder ``below`` on; from the top where it lay elsewhere."""
        inside = name.startswith(below + b"/") if below else False
        path = printable(os.fsdecode(name[len(below) + 1 :] if inside else name))
        return path if inside or not below else "/" + path

    def _judge(self, commit_id: bytes) -> Verdict:
        commit = self._repository[commit_id]
        return self._keys.judge(commit.as_raw_string(), committed_at(commit))


def address(person: bytes) -> str:
    """The e-mail address in ``Name <address>``; all of it where there is none."""
    text = person.decode("utf-8", "backslashreplace")
    found = _ADDRESS.search(text)
    return found[1] if found else text


def committed_at(commit: Any) -> datetime:
    return instant(commit.commit_time)


def instant(seconds: int) -> datetime:
    """Any number may stand in a commit; what is beyond the calendar becomes its edge."""
    seconds = min(max(seconds, 0), _LAST_SECOND)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
