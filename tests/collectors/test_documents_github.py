"""GitHub: reviews, branch protection, pushes; a server answers as its documentation says."""

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
from .misbehaving import Reply, Request, json_reply

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


@pytest.fixture
def host() -> Iterator[HostServer]:
    server = HostServer({"": {"default_branch": "main"}}, ROOT)
    server.resources |= {"/branches/main": OPEN, "/rules/branches/main": []}
    server.resources |= {"/pulls": [], "/activity": []}
    with server.running():
        yield server


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)


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


def test_a_protected_branch_says_who_must_approve_and_that_nobody_goes_around(
    host: HostServer, tmp_path: Path
) -> None:
    host.resources |= {"/branches/main": CLOSED, "/branches/main/protection": PROTECTION}
    record, receipt = protection(host, tmp_path)
    assert receipt.verdict == "complete"
    assert record == {
        "host": "github",
        "repository": "acme/docs",
        "branch": "main",
        "head": A,
        "protected": True,
        "required_approvals": 2,
        "dismisses_stale_approvals": True,
        "author_may_approve": False,
        "code_owners_must_approve": True,
        "last_push_needs_approval": False,
        "enforce_admins": True,
        "review_required": True,
        "may_bypass": [],
        "allows_force_push": False,
        "allows_deletion": False,
        "signatures_required": True,
        "status_checks": ["lint"],
    }


def test_a_branch_without_any_protection_is_known_to_be_open(
    host: HostServer, tmp_path: Path
) -> None:
    record, receipt = protection(host, tmp_path)
    assert receipt.verdict == "complete"
    assert (record["protected"], record["review_required"]) == (False, False)
    assert record["allows_force_push"] is True
    assert record["required_approvals"] == 0


def test_administrators_and_named_people_who_may_go_around_are_named(
    host: HostServer, tmp_path: Path
) -> None:
    allowed = {"users": [person("root")], "teams": [{"slug": "ops"}], "apps": [{"slug": "bot"}]}
    reviews = {"required_approving_review_count": 1, "bypass_pull_request_allowances": allowed}
    found = PROTECTION | {
        "enforce_admins": {"enabled": False},
        "required_pull_request_reviews": reviews,
    }
    host.resources |= {"/branches/main": CLOSED, "/branches/main/protection": found}
    record, _ = protection(host, tmp_path)
    assert record["may_bypass"] == ["user root", "team ops", "app bot", "administrators"]
    assert record["enforce_admins"] is False


def rules(actors: list[Any] | None) -> dict[str, Any]:
    parameters = {"required_approving_review_count": 1, "dismiss_stale_reviews_on_push": True}
    ruleset: dict[str, Any] = {"id": 7, "name": "documents"}
    if actors is not None:
        ruleset["bypass_actors"] = actors
    return {
        "/branches/main": CLOSED,
        "/branches/main/protection": json_reply({"message": "Branch not protected"}, 404),
        "/rules/branches/main": [
            {"type": "deletion", "ruleset_id": 7},
            {"type": "non_fast_forward", "ruleset_id": 7},
            {"type": "pull_request", "ruleset_id": 7, "parameters": parameters},
        ],
        "/rulesets/7": ruleset,
    }


def test_rulesets_count_like_the_classic_protection(host: HostServer, tmp_path: Path) -> None:
    host.resources |= rules([])
    record, receipt = protection(host, tmp_path)
    assert receipt.verdict == "complete"
    assert (record["protected"], record["review_required"]) == (True, True)
    assert (record["required_approvals"], record["dismisses_stale_approvals"]) == (1, True)
    assert (record["may_bypass"], record["enforce_admins"]) == ([], True)
    assert (record["allows_force_push"], record["rulesets"]) == (False, ["documents"])


def test_who_may_bypass_a_ruleset_is_null_where_github_does_not_tell(
    host: HostServer, tmp_path: Path
) -> None:
    host.resources |= rules(None)
    record, receipt = protection(host, tmp_path)
    assert receipt.verdict == "complete"
    assert record["review_required"] is True
    assert "may_bypass" not in record
    assert "enforce_admins" not in record
    host.resources |= rules([{"actor_type": "Team", "actor_id": 5, "bypass_mode": "always"}])
    assert protection(host, tmp_path)[0]["may_bypass"] == ["Team 5"]


def test_a_404_that_hides_the_protection_is_a_gap_and_never_an_open_branch(
    host: HostServer, tmp_path: Path
) -> None:
    host.resources["/branches/main"] = CLOSED
    needs = {"X-Accepted-GitHub-Permissions": "administration=read"}
    host.resources["/branches/main/protection"] = Reply(404, b'{"message": "Not Found"}', needs)
    record, receipt = protection(host, tmp_path)
    assert record["protected"] is True
    assert "review_required" not in record
    assert "allows_force_push" not in record
    (skip,) = receipt.skipped
    assert (receipt.verdict, skip.denied) == ("partial", True)
    assert "hides that as 404" in skip.problem
    assert "administration=read" in skip.remedy


def test_rules_that_close_the_branch_need_no_look_at_the_rest(
    host: HostServer, tmp_path: Path
) -> None:
    host.resources |= rules([])
    host.resources["/branches/main/protection"] = Reply(403, b'{"message": "no"}')
    record, receipt = protection(host, tmp_path)
    assert receipt.verdict == "complete"
    assert record["may_bypass"] == []


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


def limited(**headers: str) -> Reply:
    return json_reply({"message": "API rate limit exceeded"}, 403, **headers)


@pytest.mark.parametrize(
    ("reply", "waited_s"),
    [
        (limited(X_RateLimit_Remaining="0", X_RateLimit_Reset="{in_90}"), 90),
        (limited(Retry_After="40"), 40),
        (Reply(429, b"{}", {"Retry_After": "7"}), 7),
        (json_reply({"message": "You have exceeded a secondary rate limit."}, 403), 60),
    ],
)
def test_a_rate_limit_is_waited_out(
    host: HostServer, tmp_path: Path, reply: Reply, waited_s: int
) -> None:
    import time as clock

    in_90 = {
        name: value.format(in_90=int(clock.time()) + 90) for name, value in reply.headers.items()
    }
    held = Reply(reply.status, reply.body, in_90)
    asked: list[str] = []

    def once(request: Request) -> Reply | None:
        asked.append(request.path)
        return held if asked.count(request.path) == 1 and request.path.endswith("/pulls") else None

    host.intercept = once
    time = FakeTime()
    receipt = read(host, tmp_path, time=time)["merge"]
    assert receipt.verdict == "complete"
    assert [abs(slept - waited_s) <= 2 for slept in time.slept] == [True]


def test_a_limit_that_lasts_is_a_gap_that_says_when_and_keeps_what_was_read(
    host: HostServer, tmp_path: Path
) -> None:
    pulls = [pull(number, 1, last=f"{number:040}") for number in range(160, 0, -1)]
    for index, one in enumerate(reversed(pulls)):
        one["updated_at"] = f"2026-10-01T{index // 60:02}:{index % 60:02}:00Z"
        host.resources |= with_pull(one, [], [])
    host.resources["/pulls"] = pulls
    host.page_size = 100

    def from_120(request: Request) -> Reply | None:
        number = request.path.removeprefix(ROOT + "/pulls/").partition("/")[0]
        if number.isdecimal() and int(number) > 120:
            return limited(X_RateLimit_Remaining="0", X_RateLimit_Reset="4102444800")
        return None

    host.intercept = from_120
    sink = MemorySink()
    receipt = read(host, tmp_path, sink)["merge"]
    assert receipt.verdict == "partial"
    assert "rate limit" in (receipt.problem or "")
    assert len(sink.subjects(kinds.MERGE)) == 100
    host.intercept = lambda request: None
    rest = MemorySink(sink.cursors)
    assert read(host, tmp_path, rest)["merge"].verdict == "complete"
    assert {*sink.subjects(kinds.MERGE), *rest.subjects(kinds.MERGE)} == {
        f"acme/docs/{number}" for number in range(1, 161)
    }


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (401, {}, "is wrong, revoked or has expired"),
        (403, {"X-GitHub-SSO": "required; url=https://github.com/x"}, "single sign-on"),
        (403, {"X-Accepted-GitHub-Permissions": "pull_requests=read"}, "pull_requests=read"),
        (404, {}, "hides that as 404"),
    ],
)
def test_a_refusal_is_denied_with_what_to_do_and_never_an_empty_list(
    host: HostServer, tmp_path: Path, status: int, headers: dict[str, str], words: str
) -> None:
    host.intercept = lambda request: Reply(status, b'{"message": "hunter2"}', headers)
    sink = MemorySink()
    for receipt in read(host, tmp_path, sink).values():
        assert receipt.verdict == "denied"
        assert words in f"{receipt.problem} {receipt.remedy}"
        assert "hunter2" not in str(receipt)
    assert sink.rows == {}


def test_a_token_that_is_not_set_is_denied_before_anything_is_asked(
    host: HostServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in ("", " ", "a\nb"):
        monkeypatch.setenv("OTHER_TOKEN", value)
        found = read(host, tmp_path, token_env="OTHER_TOKEN")["merge"]
        assert (found.verdict, "OTHER_TOKEN" in (found.problem or "")) == ("denied", True)
    assert host.seen == []


def test_the_token_goes_to_no_other_server(host: HostServer, tmp_path: Path) -> None:
    link = {"Link": '<https://evil.example/pulls?page=2>; rel="next"'}
    host.intercept = lambda request: (
        Reply(200, b"[]", link) if request.path.endswith("/pulls") else None
    )
    found = read(host, tmp_path)["merge"]
    assert "another server, evil.example" in (found.problem or "")
    away = {"Location": "https://evil.example/x"}
    host.intercept = lambda request: Reply(307, b"", away)
    assert "another server" in (read(host, tmp_path)["merge"].problem or "")


def test_a_renamed_repository_is_followed_on_the_same_server(
    host: HostServer, tmp_path: Path
) -> None:
    host.resources |= {"/branches/main": CLOSED, "/branches/main/protection": PROTECTION}
    moved = {"Location": "/api/v3/repositories/42"}

    def renamed(request: Request) -> Reply | None:
        if request.path == ROOT:
            return Reply(301, b"{}", moved)
        return json_reply({"default_branch": "main"}) if "repositories" in request.path else None

    host.intercept = renamed
    assert protection(host, tmp_path)[1].verdict == "complete"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("", "https://api.github.com"),
        ("https://api.github.com", "https://api.github.com"),
        ("https://git.example.com", "https://git.example.com/api/v3"),
        ("https://git.example.com/api/v3/", "https://git.example.com/api/v3"),
    ],
)
def test_the_address_of_the_api_is_found(url: str, base: str) -> None:
    from annexa.collectors.documents.settings import Host

    assert Host(type="github", repository="a/b", url=url).base == base
