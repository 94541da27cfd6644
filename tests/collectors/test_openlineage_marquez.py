"""OpenLineage events that a Marquez keeps: every page, whatever comes late."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .lineage_events import run_event
from .misbehaving import Reply, Request, json_reply, misbehaving
from .openlineage_source import Source, jobs


class Marquez:
    """Answers as ``OpenLineageDao`` queries: by event time, ties in any order."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events = events

    def __call__(self, request: Request) -> Reply:
        if request.path != "/api/v1/events/lineage":
            return Reply(404)
        after, before = (_time(request.query[name]) for name in ("after", "before"))
        found = [e for e in self.events if after <= _time(e["eventTime"]) < before]
        ties = request.number % 2 == 1  # another plan of the database, another order of ties
        found.sort(key=lambda e: e["run"]["runId"], reverse=ties)
        found.sort(
            key=lambda e: _time(e["eventTime"]), reverse=request.query["sortDirection"] == "desc"
        )
        start, size = int(request.query["offset"]), int(request.query["limit"])
        return json_reply({"events": found[start : start + size], "totalCount": len(found)})


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def spread(count: int, step: timedelta) -> Iterator[dict[str, Any]]:
    for number in range(count):
        at = datetime(2026, 11, 20, tzinfo=UTC) + number * step
        yield run_event(number, at=at.isoformat(), job=str(number))


@pytest.mark.parametrize("step", [timedelta(seconds=1), timedelta(microseconds=1)])
def test_every_page_of_a_marquez_is_read(step: timedelta) -> None:
    with misbehaving(Marquez(list(spread(97, step)))) as server:
        source = Source(marquez_url=server.url + "/api/v1/", page_size=10)
        receipt = source.read()
        assert receipt.verdict == "complete"
        assert len(source.given) == 97
        (check,) = receipt.checks
        assert "97" in check.note


def test_events_of_one_instant_beyond_a_page_are_paged_within_it() -> None:
    same = [run_event(n, at="2026-11-20T10:00:00Z", job=str(n)) for n in range(30)]
    marquez = Marquez(same + list(spread(5, timedelta(seconds=1))))
    marquez.events.sort(key=lambda event: event["run"]["runId"])
    with misbehaving(lambda request: marquez(Request("GET", request.path, request.query, 0))) as m:
        source = Source(marquez_url=m.url, page_size=8)
        source.read()
    assert len(source.given) == 35


def test_what_reaches_a_marquez_late_is_still_read() -> None:
    marquez = Marquez(list(spread(20, timedelta(minutes=1))))
    with misbehaving(marquez) as server:
        source = Source(marquez_url=server.url, page_size=7)
        source.read()
        late = run_event(100, at="2026-11-20T00:00:30Z", job="late")
        marquez.events.append(late)
        source.read()
        assert jobs(source.new) == ["late"]


def test_a_marquez_that_keeps_events_back_is_partial() -> None:
    marquez = Marquez(list(spread(5, timedelta(seconds=1))))

    def forgetful(request: Request) -> Reply:
        if request.query["sortDirection"] == "asc":
            return json_reply({"events": marquez.events[:3]})
        return marquez(request)

    with misbehaving(forgetful) as server:
        receipt = Source(marquez_url=server.url).read()
    assert receipt.verdict == "partial"


def test_a_token_goes_to_marquez_and_a_missing_one_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MARQUEZ_TOKEN", "t0k3n")
    with misbehaving(Marquez([])) as server:
        Source(marquez_url=server.url, token_env="MARQUEZ_TOKEN").read()
        assert {r.headers["authorization"] for r in server.requests} == {"Bearer t0k3n"}
        monkeypatch.delenv("MARQUEZ_TOKEN")
        receipt = Source(marquez_url=server.url, token_env="MARQUEZ_TOKEN").read()
    assert receipt.verdict == "denied"


def test_an_event_of_a_marquez_that_is_none_is_named() -> None:
    bad = run_event(1) | {"job": None, "run": None}
    with misbehaving(lambda request: json_reply({"events": [bad, run_event(2)]})) as server:
        source = Source(marquez_url=server.url)
        receipt = source.read()
    assert receipt.verdict == "partial"
    assert len(source.given) == 1
