"""A gap that opens and closes is told once each, whatever the target does in between."""

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from annexa.agent.alerts.alertmanager import AlertmanagerTarget
from annexa.agent.alerts.delivery import post
from annexa.agent.alerts.notice import Notice, RuleFacts
from annexa.agent.alerts.webhook import WebhookTarget, event, secret_from, signature
from annexa.agent.errors import AlertError, ConfigError
from annexa.ledger import Gap

from .receivers import Receiver, alertmanager, needs_alertmanager, receiving

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
FACTS = RuleFacts(title="Buckets are encrypted", controls=("A.7.2", "A.4.3"), severity="major")
SECRET = b"a secret of enough bytes"


def gap(**changes: Any) -> Gap:
    facts: dict[str, Any] = {
        "id": 7,
        "rule": "A.7.2-1",
        "system": "credit-risk",
        "source": None,
        "owner": "dana@example.org",
        "outcome": "fail",
        "cause": "1 of 3 buckets is not encrypted",
        "subjects": ["aws/eu:bucket:raw"],
        "count": 1,
        "opened_at": NOON,
        "closed_at": None,
        "opened_leaf": 3,
        "closed_leaf": None,
        "silenced_until": None,
    }
    return Gap(**{**facts, **changes})


def opened(**changes: Any) -> Notice:
    return Notice(id="7/opened", event="opened", gap=gap(**changes), facts=FACTS)


def closed(at: datetime, **changes: Any) -> Notice:
    ended = gap(closed_at=at, closed_leaf=4, **changes)
    return Notice(id="7/closed", event="closed", gap=ended, facts=FACTS)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as state:
        yield state


def test_a_webhook_gets_a_cloudevent_whose_signature_the_receiver_can_check(
    receiver: Receiver,
) -> None:
    WebhookTarget(receiver.url + "/hook", SECRET, origin="annexa/l1").send(opened())
    (seen,) = receiver.seen
    document = json.loads(seen.body)
    assert (seen.path, seen.headers["content-type"]) == (
        "/hook",
        "application/cloudevents+json; charset=utf-8",
    )
    assert document["specversion"] == "1.0"
    assert document["type"] == "dev.annexa.gap.opened"
    assert document["source"] == "annexa/l1"
    assert document["data"]["subjects"] == ["aws/eu:bucket:raw"]
    signed = f"{seen.headers['webhook-id']}.{seen.headers['webhook-timestamp']}.".encode()
    digest = hmac.new(SECRET, signed + seen.body, hashlib.sha256).digest()
    assert seen.headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


def test_a_changed_body_id_or_time_changes_the_signature() -> None:
    right = signature(SECRET, "7/opened", 100, b"{}")
    others = [
        signature(SECRET, "7/opened", 100, b"{ }"),
        signature(SECRET, "7/closed", 100, b"{}"),
        signature(SECRET, "7/opened", 101, b"{}"),
        signature(SECRET + b"x", "7/opened", 100, b"{}"),
    ]
    assert right not in others


def test_every_try_sends_the_same_event() -> None:
    assert event(opened(), "annexa/l1") == event(opened(), "annexa/l1")


def test_labels_hold_no_subject() -> None:
    labels = opened(subjects=["arn:aws:s3:::raw"]).labels()
    assert labels == {
        "rule": "A.7.2-1",
        "control": "A.7.2,A.4.3",
        "system": "credit-risk",
        "severity": "major",
        "owner": "dana@example.org",
    }


def test_a_busy_target_is_tried_again_a_few_times(receiver: Receiver) -> None:
    receiver.statuses = [503, 429]
    post(receiver.url, b"{}", {})
    assert len(receiver.seen) == 3


def test_a_target_that_stays_down_is_an_error_that_says_when_it_is_tried_again(
    receiver: Receiver,
) -> None:
    receiver.statuses = [500, 500, 500]
    with pytest.raises(AlertError, match="answered HTTP 500; it is sent again in the next round"):
        post(receiver.url, b"{}", {})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(AlertError, match="did not answer"):
            post(f"http://127.0.0.1:{free.getsockname()[1]}", b"{}", {}, attempts=1)


def test_a_refusal_and_a_redirect_are_not_tried_again(receiver: Receiver) -> None:
    for status in (400, 302):
        receiver.statuses = [status]
        with pytest.raises(AlertError, match=rf"refused the notification \(HTTP {status}\)"):
            post(receiver.url, b"{}", {})
    assert len(receiver.seen) == 2


@pytest.mark.parametrize(
    ("value", "problem"),
    [("", "is not set"), ("brief", "shorter than 16 bytes"), ("whsec_***", "is not whsec_")],
)
def test_a_secret_that_is_none_is_an_error_without_its_value(value: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        secret_from({"HOOK": value}, "HOOK")
    assert not value or value not in str(caught.value)


def test_a_standard_webhooks_secret_is_decoded() -> None:
    encoded = "whsec_" + base64.b64encode(SECRET).decode()
    assert secret_from({"HOOK": encoded}, "HOOK") == SECRET
    assert secret_from({"HOOK": SECRET.decode()}, "HOOK") == SECRET


def test_the_real_alertmanager_tells_its_receiver_once_when_a_gap_opens_and_once_when_it_closes(
    tmp_path: Path, receiver: Receiver
) -> None:
    needs_alertmanager()
    began = datetime.now(UTC) - timedelta(minutes=1)
    with alertmanager(tmp_path, receiver.url) as url:
        target = AlertmanagerTarget(url, lasts=timedelta(hours=12))
        target.send(opened(opened_at=began))
        assert receiver.wait_for(1)
        for _ in range(3):  # rounds that find it open still
            target.remind([opened(opened_at=began)], datetime.now(UTC) + timedelta(hours=12))
            time.sleep(0.4)
        active = httpx2.get(f"{url}/api/v2/alerts").json()
        assert [one["labels"]["rule"] for one in active] == ["A.7.2-1"]
        ended = closed(datetime.now(UTC), opened_at=began)
        target.send(ended)
        target.send(ended)  # the agent died before it could note that it was sent
        assert receiver.wait_for(2)
        time.sleep(1.5)
    told = [json.loads(one.body) for one in receiver.seen]
    assert [one["status"] for one in told] == ["firing", "resolved"]
    labels = told[1]["alerts"][0]["labels"]
    assert labels == told[0]["alerts"][0]["labels"]
    assert labels["control"] == "A.7.2,A.4.3"


def test_the_real_alertmanager_keeps_an_alert_open_beyond_its_own_resolve_timeout(
    tmp_path: Path, receiver: Receiver
) -> None:
    needs_alertmanager()
    with alertmanager(tmp_path, receiver.url) as url:
        AlertmanagerTarget(url, lasts=timedelta(hours=12)).send(opened(opened_at=NOON))
        (active,) = httpx2.get(f"{url}/api/v2/alerts").json()
    ends = datetime.fromisoformat(active["endsAt"])
    assert ends > datetime.now(UTC) + timedelta(hours=11)
