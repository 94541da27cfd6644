"""What the collector reads, what it leaves out, and that a refusal is never an empty list."""

import json

import pytest
from annexa.collectors.rehearsal import FAULTS, Asked, Fault, Rehearsal, rehearse, serving
from annexa_shelf import MODEL_VERSION, Shelf, ShelfSettings

VERSIONS = [
    {
        "model": "churn",
        "version": number,
        "artifact": f"s3://shelf/churn/{number}",
        "created_at": "2026-05-01T10:00:00+02:00",
        "created_by": "eve",
        "approval": {"state": "approved", "by": "dana", "at": "2026-05-02T10:00:00Z", "ip": "::1"},
        "labels": {"stage": "production", "ai-system-id": "churn", "pin": "1234"},
        "downloads": 12,
        "weights": "s3cret",
    }
    for number in (1, 2, 3)
]


def server(asked: Asked, scopes: tuple[str, ...] = ("models:*",)) -> tuple[int, bytes]:
    """Two versions a page."""
    if asked.path == "/api/me":
        return 200, json.dumps({"name": "annexa@shelf", "scopes": scopes}).encode()
    start = int(asked.query.get("after", "0"))
    after = str(start + 2) if start + 2 < len(VERSIONS) else None
    found = {"versions": VERSIONS[start : start + 2], "total": len(VERSIONS), "after": after}
    return 200, json.dumps(found).encode()


def read(url: str) -> Rehearsal:
    settings = ShelfSettings(id="shelf/test", url=url, timeout_s=0.3)
    return rehearse(Shelf(settings), settings, keep=frozenset({"ai-system-id"}))


def test_every_version_is_read_and_only_what_is_named_is_kept() -> None:
    with serving(server) as url:
        found = read(url)
    assert found.verdict(MODEL_VERSION) == "complete"
    assert found.kind(MODEL_VERSION).pages == 2
    assert list(found.records(MODEL_VERSION)) == ["churn/1", "churn/2", "churn/3"]
    assert found.records(MODEL_VERSION)["churn/3"] == {
        "model": "churn",
        "version": 3,
        "artifact": "s3://shelf/churn/3",
        "created_at": "2026-05-01T08:00:00Z",
        "created_by": "eve",
        "approval": {"state": "approved", "by": "dana", "at": "2026-05-02T10:00:00Z"},
        "labels": {"stage": "production", "ai-system-id": "churn", "pin": None},
    }


def test_a_token_that_sees_one_team_only_makes_no_complete_population() -> None:
    with serving(lambda asked: server(asked, scopes=("models:mine",))) as url:
        found = read(url)
    assert found.verdict(MODEL_VERSION) == "partial"


def test_a_total_that_does_not_match_is_a_gap() -> None:
    def one_short(asked: Asked) -> tuple[int, bytes]:
        status, body = server(asked)
        return status, body.replace(b'"total": 3', b'"total": 4')

    with serving(one_short) as url:
        found = read(url)
    assert found.verdict(MODEL_VERSION) == "partial"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize("is_known", [False, True], ids=["at once", "after the introduction"])
def test_a_server_that_misbehaves_is_a_gap_with_a_reason(fault: Fault, is_known: bool) -> None:
    def answering(asked: Asked) -> tuple[int, bytes]:
        return server(asked) if is_known and asked.path == "/api/me" else fault.answer(asked)

    with serving(answering) as url:
        found = read(url)
    assert found.verdict(MODEL_VERSION) in fault.verdicts | {"unavailable"}
    assert found.records(MODEL_VERSION) == {}
    assert found.kind(MODEL_VERSION).problem
