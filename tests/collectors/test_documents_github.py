"""GitHub: merged requests with their reviews, and pushes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors.documents import kinds

from .github_host import (
    ROOT,
    A,
    B,
    C,
    D,
    activity,
    commit,
    github,
    merges,
    pull,
    read,
    review,
    with_pull,
)
from .host_server import HostServer
from .memory_sink import MemorySink


@pytest.fixture
def host() -> Iterator[HostServer]:
    with github() as server:
        yield server


def test_merged_requests_come_with_who_reviewed_when_and_who_merged(
    host: HostServer, tmp_path: Path
) -> None:
    one = pull(7, 3)
    host.resources["/pulls"] = [one, pull(6, 2, merged=False)]
    commits = [commit(B, "ann@example.com", "2026-10-01T10:00:00Z")]
    reviews = [
        review("bob", "COMMENTED", 1),
        review("bob", "APPROVED", 2),
        review("eve", "CHANGES_REQUESTED", 2),
    ]
    host.resources |= with_pull(one, commits, reviews)
    sink = merges(host, tmp_path)
    assert sink.subjects(kinds.MERGE) == ["acme/docs/7"]
    record = sink.body(kinds.MERGE, "acme/docs/7")
    assert record["reviews"] == [
        {"by": "bob", "state": "commented", "at": "2026-10-01T09:00:00Z", "commit": B},
        {"by": "bob", "state": "approved", "at": "2026-10-02T09:00:00Z", "commit": B},
        {"by": "eve", "state": "changes_requested", "at": "2026-10-02T09:00:00Z", "commit": B},
    ]
    assert (record["author"], record["merged_by"]) == ("ann", "mia")
    assert (record["commit"], record["commits"]) == (D, [D, B])
    assert record["authors"] == ["ann@example.com"]
    assert record["merged_at"] == "2026-10-03T10:00:00Z"
    assert b"hunter2" not in sink.rows[kinds.MERGE.name]["acme/docs/7"].body


def test_what_github_says_of_the_commits_signatures_is_kept_without_the_signatures(
    host: HostServer, tmp_path: Path
) -> None:
    one = pull(7, 3)
    host.resources["/pulls"] = [one]
    commits = [commit(sha, "ann@x", "2026-10-01T10:00:00Z") for sha in (A, B, C)]
    said = {"signature": "hunter2", "payload": "hunter2"}
    commits[0]["commit"]["verification"] = {"verified": True, "reason": "valid", **said}
    commits[1]["commit"]["verification"] = {"verified": False, "reason": "unsigned"}
    host.resources |= with_pull(one, commits, []) | {"/commits": []}
    sink = merges(host, tmp_path)
    assert sink.body(kinds.MERGE, "acme/docs/7")["signatures"] == [
        {"commit": A, "verified": True, "reason": "valid"},
        {"commit": B, "verified": False, "reason": "unsigned"},
    ]
    assert b"hunter2" not in sink.rows[kinds.MERGE.name]["acme/docs/7"].body


def test_every_page_of_requests_reviews_and_commits_is_read(
    host: HostServer, tmp_path: Path
) -> None:
    pulls = [pull(number, number, last=f"{number:040}") for number in range(9, 0, -1)]
    host.resources["/pulls"] = pulls
    for one in pulls:
        commits = [commit(f"{n:040}", f"{n}@x", "2026-10-01T10:00:00Z") for n in range(100, 105)]
        reviews = [review(f"r{n}", "APPROVED", 1) for n in range(5)]
        host.resources |= with_pull(one, commits, reviews)
    host.resources["/commits"] = [commit(D, "x", "2026-10-01T10:00:00Z", parents=2)]
    sink = merges(host, tmp_path)
    assert len(sink.subjects(kinds.MERGE)) == 9
    record = sink.body(kinds.MERGE, "acme/docs/9")
    assert (len(record["reviews"]), len(record["commits"])) == (5, 6)
    assert {
        request.query.get("per_page") for request in host.seen if "/reviews" in request.path
    } == {"100"}


def test_the_next_run_asks_for_what_changed_since_and_stops_there(
    host: HostServer, tmp_path: Path
) -> None:
    pulls = [pull(number, number) for number in range(9, 0, -1)]
    host.resources["/pulls"] = pulls
    for one in pulls:
        host.resources |= with_pull(one, [], [])
    cursor = merges(host, tmp_path).cursors[kinds.MERGE.name]
    assert cursor == "2026-10-09T10:00:00+00:00"
    host.resources["/pulls"] = [ten := pull(10, 10), *pulls]
    host.resources |= with_pull(ten, [], [])
    host.seen.clear()
    sink = merges(host, tmp_path, cursor)
    assert sorted(sink.subjects(kinds.MERGE)) == ["acme/docs/10", "acme/docs/9"]
    assert len([request for request in host.seen if request.path == ROOT + "/pulls"]) == 2


SQUASH = [commit(D, "ann@x", "2026-10-02T10:00:00Z"), commit(C, "eve@x", "2026-09-01T10:00:00Z")]
REBASE = [commit(D, "bob@x", "2026-10-02T10:00:00Z"), commit(C, "ann@x", "2026-10-01T10:00:00Z")]


@pytest.mark.parametrize(("branch", "is_rebase"), [(SQUASH, False), (REBASE, True)])
def test_a_squash_is_not_taken_for_a_rebase_that_would_make_others_commits_reviewed(
    host: HostServer, tmp_path: Path, branch: list[Any], is_rebase: bool
) -> None:
    one = pull(7, 3)
    host.resources["/pulls"] = [one]
    own = [commit(A, "ann@x", "2026-10-01T10:00:00Z"), commit(B, "bob@x", "2026-10-02T10:00:00Z")]
    host.resources |= with_pull(one, own, []) | {"/commits": branch}
    record = merges(host, tmp_path).body(kinds.MERGE, "acme/docs/7")
    assert (C in record["commits"]) is is_rebase


def test_pushes_are_told_by_the_host_forced_ones_too(host: HostServer, tmp_path: Path) -> None:
    host.resources["/activity"] = [
        activity(3, "force_push", C, D, 3),
        activity(2, "push", B, C, 2),
        activity(1, "pr_merge", A, B, 1),
    ]
    sink = MemorySink()
    receipt = read(host, tmp_path, sink)["push"]
    found = [sink.body(kinds.PUSH, name) for name in sink.subjects(kinds.PUSH)]
    assert [(one["how"], one["by"], one["before"]) for one in found] == [
        ("merge", "ann", A),
        ("push", "ann", B),
        ("force_push", "ann", C),
    ]
    assert receipt.verdict == "complete"
    assert [request.query["ref"] for request in host.seen if "/activity" in request.path] == [
        "refs/heads/main"
    ] * 2
    cursor = sink.cursors[kinds.PUSH.name]
    host.resources["/activity"] = [
        activity(5, "push", B, A, 5),
        *host.resources["/activity"],
    ]
    again = read(host, tmp_path, MemorySink({kinds.PUSH.name: cursor}))["push"]
    assert again.verdict == "partial"
    assert again.checks[0].note == "missing before github/5"


def test_an_older_github_that_knows_no_activities_is_unsupported(
    host: HostServer, tmp_path: Path
) -> None:
    del host.resources["/activity"]
    assert read(host, tmp_path)["push"].verdict == "unsupported"
