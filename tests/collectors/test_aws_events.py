"""CloudTrail's management events: a cursor that never skips, and values that never leak."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from annexa.agent.demo.moto_lookup_events import event, seed
from annexa.collectors.aws import management_events
from annexa.collectors.aws.event_details import LookedUp, event_of
from hypothesis import given
from hypothesis import strategies as st

from .aws_server import Account, Reply, Server, aws_server, refusal

EVENT = "aws.management_event"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ANNA = "arn:aws:sts::{}:assumed-role/Deployer/anna"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with aws_server() as running:
        yield running


@pytest.fixture
def account(server: Server, monkeypatch: pytest.MonkeyPatch) -> Account:
    server.behave()
    seed(server.url, [], replace=True)
    account = Account(server)
    for name, value in account.keys.items():
        monkeypatch.setenv(name, value)
    return account


def happen(account: Account, *times: datetime, name: str = "UpdateModelPackage") -> list[str]:
    events = [
        event(
            name=name,
            at=at,
            actor=ANNA.format(account.number),
            account=account.number,
            request={
                "modelPackageArn": f"arn:{number}",
                "modelApprovalStatus": "Approved",
                "approvalDescription": "contains secrets",
                "nested": {"password": "hunter2"},
            },
        )
        for number, at in enumerate(times)
    ]
    seed(account.server.url, events)
    return [made["EventId"] for made in events]


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def test_the_first_run_reads_ninety_days_over_all_pages(account: Account) -> None:
    ids = happen(account, *(ago(hours=number) for number in range(1, 400)))
    happen(account, ago(days=91))
    receipt, records = account.read_one(EVENT, clock=lambda: NOW)
    assert receipt.verdict == "complete", receipt
    assert sorted(records) == sorted(ids)
    assert json.loads(account.sink.cursors[EVENT]) == {"end": "2026-11-24T12:00:00Z"}


def test_an_event_says_who_did_what_and_keeps_no_free_value(account: Account) -> None:
    (event_id,) = happen(account, ago(hours=1))
    receipt, records = account.read_one(EVENT, clock=lambda: NOW)
    found = records[event_id]
    assert found["actor"] == ANNA.format(account.number)
    assert (found["actor_type"], found["session_name"]) == ("AssumedRole", "anna")
    assert (found["event_name"], found["read_only"]) == ("UpdateModelPackage", False)
    assert found["event_time"] == "2026-11-24T11:00:00Z"
    assert found["request"] == {
        "modelPackageArn": "arn:0",
        "modelApprovalStatus": "Approved",
        "approvalDescription": None,
    }
    assert receipt.guarded_values == 1
    assert account.sink.rows[EVENT][event_id].happened_at == ago(hours=1)


def test_the_next_run_goes_on_with_an_overlap(account: Account) -> None:
    early = happen(account, ago(days=2))
    account.read_one(EVENT, clock=lambda: ago(days=1))
    late = happen(account, ago(days=1, minutes=30), ago(hours=2))  # the first came late
    account.sink.rows.clear()
    account.server.requests.clear()
    receipt, records = account.read_one(EVENT, clock=lambda: NOW)
    assert sorted(records) == sorted(late)
    assert early[0] not in records
    assert receipt.verdict == "complete"
    assert [check.ok for check in receipt.checks] == [True]
    assert account.server.requests.count("LookupEvents") == 2


def test_an_agent_that_was_away_too_long_says_what_is_lost(account: Account) -> None:
    account.sink.cursors[EVENT] = '{"end":"2026-06-01T00:00:00Z"}'
    receipt, _ = account.read_one(EVENT, clock=lambda: NOW)
    assert receipt.verdict == "partial"
    assert [(check.ok, check.found) for check in receipt.checks] == [
        (False, "2026-06-01T00:00:00Z")
    ]


def test_a_read_that_breaks_off_goes_on_where_its_last_full_slice_ended(
    account: Account, server: Server
) -> None:
    ids = happen(account, *(ago(hours=number) for number in range(1, 300)))
    server.fail("LookupEvents", refusal("InternalFailure", 500), after=7)
    receipt, records = account.read_one(EVENT, clock=lambda: NOW)
    assert receipt.verdict == "partial"
    reached = datetime.fromisoformat(json.loads(account.sink.cursors[EVENT])["end"])
    assert ago(days=90) < reached < NOW
    server.behave()
    _, records = account.read_one(EVENT, clock=lambda: NOW)
    assert sorted(records) == sorted(ids)


def test_the_cursor_does_not_move_before_a_slice_is_read_in_full(
    account: Account, server: Server
) -> None:
    account.sink.cursors[EVENT] = before = '{"end":"2026-11-24T00:00:00Z"}'
    ids = happen(account, *(ago(minutes=number) for number in range(1, 120)))
    server.fail("LookupEvents", refusal("AccessDeniedException"), after=1)
    receipt, records = account.read_one(EVENT, clock=lambda: NOW)
    assert receipt.verdict == "partial"
    assert sorted(records) == sorted(ids[:50])
    assert account.sink.cursors[EVENT] == before


@pytest.mark.parametrize("body", [b'{"Events": [{"EventId": "1", ', b"<html>log in</html>", b""])
def test_a_broken_answer_is_never_a_day_without_events(
    account: Account, server: Server, body: bytes
) -> None:
    server.fail("LookupEvents", Reply(200, body))
    receipt, _ = account.read_one(EVENT, clock=lambda: NOW)
    assert receipt.verdict == "unavailable"
    assert EVENT not in account.sink.cursors


def test_a_cursor_that_cannot_be_read_begins_again(account: Account) -> None:
    ids = happen(account, ago(days=80))
    account.sink.cursors[EVENT] = "what?"
    receipt, records = account.read_one(EVENT, clock=lambda: NOW)
    assert (receipt.verdict, list(records)) == ("complete", ids)


def test_cloudtrails_own_throttle_is_waited_out(account: Account, server: Server) -> None:
    ids = happen(account, *(ago(minutes=number) for number in range(1, 120)))
    server.fail("LookupEvents", refusal("ThrottlingException"), times=3)
    receipt, records = account.read_one(EVENT, clock=lambda: NOW)
    assert (receipt.verdict, sorted(records)) == ("complete", sorted(ids))


def test_only_writes_of_the_services_that_matter_are_kept(account: Account) -> None:
    wanted = happen(account, ago(hours=1))
    actor = ANNA.format(account.number)
    made = partial(event, at=ago(hours=1), actor=actor, account=account.number)
    other = made(name="RunInstances", source="ec2.amazonaws.com")
    seed(account.server.url, [other, made(name="ListModels", read_only=True)])
    _, records = account.read_one(EVENT, clock=lambda: NOW)
    assert list(records) == wanted
    _, records = account.read_one(EVENT, clock=lambda: NOW, event_sources=None)
    assert sorted(records) == sorted([*wanted, other["EventId"]])


def test_slices_grow_where_little_happens(account: Account) -> None:
    account.read_one(EVENT, clock=lambda: NOW)
    assert account.server.requests.count("LookupEvents") <= 11


def test_requests_keep_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    pace = management_events.Pace(2.0)
    for _ in range(4):
        pace.wait()
    assert slept == [0.0, 0.5, 1.0, 1.5]


@given(st.text() | st.dictionaries(st.text(), st.integers() | st.text()).map(json.dumps))
def test_details_that_are_not_as_documented_never_lose_the_event(text: str) -> None:
    found = LookedUp(
        event_id="1", event_name="n", event_time=NOW, event_source="s", cloud_trail_event=text
    )
    record, skip = event_of(found)
    assert record.event_id == "1"
    assert skip is None or "event 1" in skip.what


HOSTILE = ["'; drop table x; --", "a\nb", "../../etc", "<script>", "=cmd()", "😀", "\x1b[31m"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_kept_as_they_are_and_harm_nothing(account: Account, name: str) -> None:
    actor = f"arn:aws:sts::{account.number}:assumed-role/x/{name}"
    made = event(
        name="UpdateModelPackage",
        at=ago(hours=1),
        actor=actor,
        account=account.number,
        request={"modelPackageName": name, name: name},
    )
    seed(account.server.url, [made])
    receipt, records = account.read_one(EVENT, clock=lambda: NOW)
    assert receipt.verdict == "complete"
    assert records[made["EventId"]]["actor"] == actor
    assert records[made["EventId"]]["request"] == {"modelPackageName": name, name: None}
