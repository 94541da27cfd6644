"""GitHub: how the branch is guarded, classic protection and rulesets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .github_host import (
    CLOSED,
    PROTECTION,
    A,
    github,
    person,
    protection,
)
from .host_server import HostServer
from .misbehaving import Reply, json_reply


@pytest.fixture
def host() -> Iterator[HostServer]:
    with github() as server:
        yield server


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
