"""GitHub: limits, refusals, tokens and addresses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from annexa.collectors.documents import kinds

from .github_host import (
    CLOSED,
    PROTECTION,
    ROOT,
    github,
    protection,
    pull,
    read,
    with_pull,
)
from .host_server import HostServer
from .memory_sink import FakeTime, MemorySink
from .misbehaving import Reply, Request, json_reply


@pytest.fixture
def host() -> Iterator[HostServer]:
    with github() as server:
        yield server


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
