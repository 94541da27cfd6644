"""GitLab: approvals, protected branches, pushes; a server answers as its documentation says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors.documents import kinds
from annexa.collectors.documents.reader import Documents
from annexa.collectors.documents.settings import DocumentsSettings
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.runner import read_source

from .git_repository import DOCUMENT, Git
from .host_server import TOKEN, HostServer
from .memory_sink import NOON, FakeTime, MemorySink, patient
from .misbehaving import Reply, Request

ROOT = "/api/v4/projects/acme/governance/docs"
A, B, C, D = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)


def level(number: int, name: str) -> dict[str, Any]:
    return {"id": 1, "access_level": number, "access_level_description": name}


def guarded(name: str, *push: dict[str, Any], force: bool = False) -> dict[str, Any]:
    return {
        "id": 1,
        "name": name,
        "push_access_levels": list(push),
        "merge_access_levels": [level(40, "Maintainers")],
        "allow_force_push": force,
        "code_owner_approval_required": True,
    }


def request(number: int, day: int) -> dict[str, Any]:
    at = f"2026-10-{day:02}T10:00:00.000Z"
    return {
        "iid": number,
        "title": "hunter2",
        "updated_at": at,
        "merged_at": at,
        "author": {"username": "ann"},
        "merge_user": {"username": "mia"},
        "merge_commit_sha": D,
        "squash_commit_sha": None,
        "sha": B,
    }


def with_request(number: int, by: list[tuple[str, str | None]]) -> dict[str, Any]:
    base = f"/merge_requests/{number}"
    given = [{"user": {"username": name}, "approved_at": at} for name, at in by]
    commits = [
        {"id": B, "author_email": "ann@example.com", "message": "hunter2"},
        {"id": C, "author_email": "cy@example.com"},
        {"id": A, "author_email": "ann@example.com"},
    ]
    return {f"{base}/approvals": {"approved_by": given}, f"{base}/commits": commits}


@pytest.fixture
def host() -> Iterator[HostServer]:
    server = HostServer({"": {"default_branch": "main"}}, ROOT)
    server.resources |= {
        "/repository/branches/main": {"commit": {"id": A}, "protected": True},
        "/protected_branches": [guarded("main", level(0, "No one"))],
        "/approvals": {"reset_approvals_on_push": True, "merge_requests_author_approval": False},
        "/approval_rules": [{"name": "board", "approvals_required": 2, "protected_branches": []}],
        "/merge_requests": [],
        "/events": [],
    }
    with server.running():
        yield server


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", TOKEN)


def read(
    host: HostServer, folder: Path, sink: MemorySink, time: FakeTime | None = None
) -> dict[str, KindReceipt]:
    settings = DocumentsSettings.model_validate(
        {
            "id": "documents/test",
            "path": str(folder),
            "kinds": ("documents.branch_protection", "documents.merge", "documents.push"),
            "host": {
                "type": "gitlab",
                "repository": "acme/governance/docs",
                "url": host.url,
                "token_env": "GITLAB_TOKEN",
            },
        }
    )
    receipt = read_source(
        Documents(settings, clock=lambda: NOON),
        settings,
        slot=NOON,
        sink=sink,
        retry=patient(time),
    )
    return {kind.kind.removeprefix("documents."): kind for kind in receipt.kinds}


def protection(host: HostServer, folder: Path) -> tuple[dict[str, Any], KindReceipt]:
    sink = MemorySink()
    receipt = read(host, folder, sink)["branch_protection"]
    return sink.body(kinds.BRANCH_PROTECTION, "acme/governance/docs/main"), receipt


def test_a_branch_that_nobody_may_push_to_asks_for_a_merge_request(
    host: HostServer, tmp_path: Path
) -> None:
    record, receipt = protection(host, tmp_path)
    assert receipt.verdict == "complete"
    assert record == {
        "host": "gitlab",
        "repository": "acme/governance/docs",
        "branch": "main",
        "head": A,
        "protected": True,
        "required_approvals": 2,
        "dismisses_stale_approvals": True,
        "author_may_approve": False,
        "code_owners_must_approve": True,
        "enforce_admins": True,
        "review_required": True,
        "may_bypass": [],
        "allows_force_push": False,
        "allows_deletion": False,
        "rulesets": ["board"],
    }


def test_wildcards_guard_too_and_who_may_push_is_named(host: HostServer, tmp_path: Path) -> None:
    host.resources["/protected_branches"] = [
        guarded("release-*", level(0, "No one")),
        guarded("other", level(0, "No one")),
        guarded("ma*", level(40, "Maintainers"), force=True),
    ]
    record, _ = protection(host, tmp_path)
    assert record["may_bypass"] == ["Maintainers"]
    assert (record["enforce_admins"], record["allows_force_push"]) == (False, True)


def test_a_branch_without_a_rule_is_known_to_be_open(host: HostServer, tmp_path: Path) -> None:
    host.resources["/protected_branches"] = []
    record, receipt = protection(host, tmp_path)
    assert receipt.verdict == "complete"
    assert (record["protected"], record["review_required"]) == (False, False)


def test_what_only_paid_tiers_have_is_null_elsewhere(host: HostServer, tmp_path: Path) -> None:
    del host.resources["/approvals"]
    record, receipt = protection(host, tmp_path)
    assert receipt.verdict == "complete"
    assert "required_approvals" not in record
    assert "author_may_approve" not in record


def test_rules_that_may_not_be_seen_are_a_gap(host: HostServer, tmp_path: Path) -> None:
    host.resources["/protected_branches"] = Reply(403, b'{"message": "403 Forbidden"}')
    record, receipt = protection(host, tmp_path)
    assert "review_required" not in record
    assert (receipt.verdict, receipt.skipped[0].denied) == ("partial", True)
    assert "Maintainer" in receipt.skipped[0].remedy


@pytest.mark.parametrize("links", [True, False])
def test_merge_requests_come_with_their_approvals_whichever_way_pages_are_named(
    host: HostServer, tmp_path: Path, links: bool
) -> None:
    host.links = links
    host.resources["/merge_requests"] = [request(n, n) for n in range(5, 0, -1)]
    for number in range(1, 6):
        host.resources |= with_request(number, [("bob", "2026-10-01T09:00:00Z"), ("eve", None)])
    sink = MemorySink()
    assert read(host, tmp_path, sink)["merge"].verdict == "complete"
    assert len(sink.subjects(kinds.MERGE)) == 5
    record = sink.body(kinds.MERGE, "acme/governance/docs/3")
    assert record["reviews"] == [
        {"by": "bob", "state": "approved", "at": "2026-10-01T09:00:00Z"},
        {"by": "eve", "state": "approved"},
    ]
    assert (record["author"], record["merged_by"], record["commit"]) == ("ann", "mia", D)
    assert record["commits"] == [D, B, C, A]
    assert record["authors"] == ["ann@example.com", "cy@example.com"]
    assert b"hunter2" not in sink.rows[kinds.MERGE.name]["acme/governance/docs/3"].body
    host.seen.clear()
    read(host, tmp_path, MemorySink(sink.cursors))
    listed = [one for one in host.seen if one.path.endswith("/merge_requests")]
    assert listed[0].query["updated_after"] == "2026-10-05T10:00:00+00:00"


def test_a_push_that_left_commits_behind_is_seen_as_forced_with_the_clone(
    host: HostServer, tmp_path: Path
) -> None:
    git = Git(tmp_path / "clone")
    git.write("a.md", DOCUMENT)
    first = git.commit()
    git.write("a.md", DOCUMENT + "x\n")
    second = git.commit()
    git("reset", "-q", "--hard", first)
    git.write("a.md", DOCUMENT + "y\n")
    third = git.commit()

    def event(number: int, before: str, after: str, ref: str = "main") -> dict[str, Any]:
        data = {"commit_from": before, "commit_to": after, "ref": ref, "commit_title": "hunter2"}
        data |= {"action": "pushed", "ref_type": "branch"}
        at = f"2026-10-{number:02}T10:00:00Z"
        return {"id": number, "created_at": at, "author_username": "ann", "push_data": data}

    host.resources["/events"] = [
        event(3, second, third),
        event(2, A, B, "side"),
        event(1, first, second),
    ]
    sink = MemorySink()
    receipt = read(host, git.root, sink)
    found = [sink.body(kinds.PUSH, name) for name in sink.subjects(kinds.PUSH)]
    assert [(one["how"], one["commits"]) for one in found] == [
        ("push", [second]),
        ("force_push", [third]),
    ]
    assert receipt["push"].verdict == "complete"
    (check,) = receipt["branch_protection"].checks
    assert (check.found, "behind" in check.note) == (third[:12], True)


def test_gitlabs_own_headers_for_limits_are_understood(host: HostServer, tmp_path: Path) -> None:
    import time as clock

    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(clock.time()) + 30)}
    asked: list[str] = []

    def once(one: Request) -> Reply | None:
        asked.append(one.path)
        is_first = one.path.endswith("/merge_requests") and asked.count(one.path) == 1
        return Reply(429, b"Retry later", headers) if is_first else None

    host.intercept = once
    time = FakeTime()
    assert read(host, tmp_path, MemorySink(), time)["merge"].verdict == "complete"
    assert [abs(slept - 30) <= 2 for slept in time.slept] == [True]


def test_a_wrong_token_is_denied(
    host: HostServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", "glpat-other")
    found = read(host, tmp_path, MemorySink())
    assert {receipt.verdict for receipt in found.values()} == {"denied"}
    assert "glpat" not in str(found)
