"""A GitHub that answers as its documentation says, and one reading of it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors.documents import kinds
from annexa.collectors.documents.reader import Documents
from annexa.collectors.documents.settings import DocumentsSettings
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.runner import read_source

from .host_server import TOKEN, HostServer
from .memory_sink import NOON, FakeTime, MemorySink, patient

ROOT = "/api/v3/repos/acme/docs"
A, B, C, D = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)

PROTECTION = {
    "enforce_admins": {"enabled": True},
    "required_pull_request_reviews": {
        "required_approving_review_count": 2,
        "dismiss_stale_reviews": True,
        "require_code_owner_reviews": True,
        "bypass_pull_request_allowances": {"users": [], "teams": [], "apps": []},
    },
    "required_status_checks": {"strict": True, "contexts": ["lint"]},
    "allow_force_pushes": {"enabled": False},
    "allow_deletions": {"enabled": False},
    "required_signatures": {"enabled": True},
}
OPEN = {"commit": {"sha": A}, "protected": False}
CLOSED = {"commit": {"sha": A}, "protected": True}


def person(login: str) -> dict[str, Any]:
    return {"login": login, "id": 1, "avatar_url": "https://x/hunter2"}


def commit(sha: str, email: str, date: str, parents: int = 1) -> dict[str, Any]:
    author = {"name": "hunter2", "email": email, "date": date}
    made = {"author": author, "committer": author, "message": "hunter2"}
    return {"sha": sha, "commit": made, "parents": [{"sha": "0" * 40}] * parents}


def pull(number: int, day: int, *, merged: bool = True, last: str = D) -> dict[str, Any]:
    at = f"2026-10-{day:02}T10:00:00Z"
    return {
        "number": number,
        "title": "hunter2",
        "body": "hunter2",
        "updated_at": at,
        "merged_at": at if merged else None,
        "merge_commit_sha": last,
        "user": person("ann"),
        "head": {"sha": B},
    }


def with_pull(one: dict[str, Any], commits: list[Any], reviews: list[Any]) -> dict[str, Any]:
    base = f"/pulls/{one['number']}"
    return {
        base: {**one, "merged_by": person("mia")},
        f"{base}/reviews": reviews,
        f"{base}/commits": commits,
    }


def review(login: str, state: str, day: int) -> dict[str, Any]:
    at = f"2026-10-{day:02}T09:00:00Z"
    return {"user": person(login), "state": state, "submitted_at": at, "commit_id": B, "body": "x"}


def activity(number: int, how: str, before: str, after: str, day: int) -> dict[str, Any]:
    return {
        "id": number,
        "before": before,
        "after": after,
        "ref": "refs/heads/main",
        "timestamp": f"2026-10-{day:02}T10:00:00Z",
        "activity_type": how,
        "actor": person("ann"),
    }


@contextlib.contextmanager
def github() -> Iterator[HostServer]:
    """With an empty repository; the token is in ``GITHUB_TOKEN``."""
    server = HostServer({"": {"default_branch": "main"}}, ROOT)
    server.resources |= {"/branches/main": OPEN, "/rules/branches/main": []}
    server.resources |= {"/pulls": [], "/activity": []}
    with pytest.MonkeyPatch.context() as patch, server.running():
        patch.setenv("GITHUB_TOKEN", TOKEN)
        yield server


def read(
    host: HostServer,
    folder: Path,
    sink: MemorySink | None = None,
    time: FakeTime | None = None,
    **more: Any,
) -> dict[str, KindReceipt]:
    settings = DocumentsSettings(
        id="documents/test",
        path=str(folder),
        kinds=("documents.branch_protection", "documents.merge", "documents.push"),
        host={"type": "github", "repository": "acme/docs", "url": host.url, **more}  # type: ignore[arg-type]  # pydantic makes it
        | ({} if "token_env" in more else {"token_env": "GITHUB_TOKEN"}),
    )
    receipt = read_source(
        Documents(settings, clock=lambda: NOON),
        settings,
        slot=NOON,
        sink=sink or MemorySink(),
        retry=patient(time),
    )
    assert TOKEN not in str(receipt)
    return {kind.kind.removeprefix("documents."): kind for kind in receipt.kinds}


def protection(host: HostServer, folder: Path) -> tuple[dict[str, Any], KindReceipt]:
    sink = MemorySink()
    receipt = read(host, folder, sink)["branch_protection"]
    return sink.body(kinds.BRANCH_PROTECTION, "acme/docs/main"), receipt


def merges(host: HostServer, folder: Path, cursor: str | None = None) -> MemorySink:
    sink = MemorySink({kinds.MERGE.name: cursor} if cursor else {})
    assert read(host, folder, sink)["merge"].verdict == "complete"
    return sink
