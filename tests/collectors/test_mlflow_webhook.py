"""MLflow's webhooks: signed as MLflow signs, recent, and reduced to names."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from annexa.collectors.contract import Identity
from annexa.collectors.errors import SettingsError
from annexa.collectors.inbox import Inbox
from annexa.collectors.intake import Accepted, Push, Refused
from annexa.collectors.mlflow.access import MLflowSettings
from annexa.collectors.mlflow.reader import MLflow
from annexa.collectors.mlflow.registry_events import REGISTRY_EVENT, RegistryEventReader
from annexa.collectors.mlflow.webhook import PATH, WINDOW_S, Webhook
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink, patient

SECRET = "a long secret, known to two"
NOBODY = Identity(caller="nobody", endpoint="none")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "entity": "model_version_alias",
    "action": "created",
    "timestamp": "2026-11-24T11:59:58.123456+00:00",
    "data": {"name": "credit-risk", "alias": "champion", "version": "7"},
}


def settings(**more: Any) -> MLflowSettings:
    return MLflowSettings(
        id="mlflow/prod",
        tracking_uri="http://127.0.0.1:1",
        push_secret_env="MLFLOW_WEBHOOK_SECRET",
        **more,
    )


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Webhook:
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET", SECRET)
    found = MLflow(settings()).receiver()
    assert isinstance(found, Webhook)
    return found


def signed(
    body: bytes, *, secret: str = SECRET, at: datetime = NOW, delivery: str = "d" * 36
) -> dict[str, str]:
    """The headers that ``mlflow.webhooks.delivery`` makes."""
    stamp = str(int(at.timestamp()))
    content = f"{delivery}.{stamp}.".encode() + body
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    return {
        "x-mlflow-delivery-id": delivery,
        "x-mlflow-timestamp": stamp,
        "x-mlflow-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def ask(webhook: Webhook, body: bytes, headers: dict[str, str]) -> Accepted | Refused:
    push = Push(path=PATH, headers=headers, body=body, received_at=NOW)
    return webhook.admits(headers, NOW) or webhook.accepts(push)


def encoded(**changes: Any) -> bytes:
    return json.dumps({**EVENT, **changes}).encode()


def test_a_signature_is_what_mlflow_itself_makes() -> None:
    delivery = pytest.importorskip("mlflow.webhooks.delivery")
    body = encoded()
    headers = signed(body)
    assert headers["x-mlflow-signature"] == delivery._generate_hmac_signature(
        SECRET, headers["x-mlflow-delivery-id"], headers["x-mlflow-timestamp"], body.decode()
    )


def test_an_event_is_reduced_to_names_and_its_moment(webhook: Webhook) -> None:
    data = {
        "name": "m",
        "version": "1",
        "key": "note",
        "value": "hunter2",
        "description": "hunter2",
    }
    body = encoded(entity="model_version_tag", action="set", data=data)
    found = ask(webhook, body, signed(body))
    assert isinstance(found, Accepted)
    (document,) = found.documents
    assert json.loads(document) == {
        "delivery_id": "d" * 36,
        "happened_at": "2026-11-24T11:59:58.123456+00:00",
        "entity": "model_version_tag",
        "action": "set",
        "name": "m",
        "version": "1",
        "key": "note",
    }


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body, headers: (body + b" ", headers),
        lambda body, headers: (body, {**headers, "x-mlflow-delivery-id": "e" * 36}),
        lambda body, headers: (
            body,
            {**headers, "x-mlflow-timestamp": str(int(headers["x-mlflow-timestamp"]) + 1)},
        ),
        lambda body, headers: (body, signed(body, secret="another secret of us")),
        lambda body, headers: (body, {**headers, "x-mlflow-signature": "v1,"}),
        lambda body, headers: (body, {**headers, "x-mlflow-signature": ""}),
        lambda body, headers: (
            body,
            {**headers, "x-mlflow-signature": headers["x-mlflow-signature"].replace("v1", "v2")},
        ),
        lambda body, headers: (body, {**headers, "x-mlflow-signature": "v1,\udcff"}),
        lambda body, headers: (
            body,
            {name: value for name, value in headers.items() if "signature" not in name},
        ),
    ],
)
def test_whatever_is_changed_on_the_way_is_refused(webhook: Webhook, spoil: Any) -> None:
    body, headers = spoil(encoded(), signed(encoded()))
    found = ask(webhook, body, headers)
    assert isinstance(found, Refused)
    assert found.status == 401
    assert SECRET not in found.problem


@pytest.mark.parametrize("late_s", [-WINDOW_S - 1, WINDOW_S + 1])
def test_what_is_not_recent_is_refused_before_its_body_is_read(
    webhook: Webhook, late_s: int
) -> None:
    at = datetime.fromtimestamp(NOW.timestamp() + late_s, UTC)
    refused = webhook.admits(signed(encoded(), at=at), NOW)
    assert refused is not None
    assert refused.status == 401


@pytest.mark.parametrize("stamp", ["", "now", "1e9", "-1", "9" * 400, "١٢٣"])
def test_a_timestamp_that_is_none_is_refused(webhook: Webhook, stamp: str) -> None:
    refused = webhook.admits({**signed(b""), "x-mlflow-timestamp": stamp}, NOW)
    assert refused is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"not json",
        b"[" * 100_000,
        encoded(entity="<script>"),
        encoded(action=None),
        encoded(timestamp="2026-11-24T12:00:00"),
        encoded(timestamp=1),
        encoded(data=[]),
        encoded(data={"name": "x" * 2_000}),
    ],
)
def test_a_signed_body_that_is_no_event_is_refused(webhook: Webhook, body: bytes) -> None:
    found = ask(webhook, body, signed(body))
    assert isinstance(found, Refused)
    assert found.status == 400


def test_while_a_secret_is_replaced_both_are_taken(
    monkeypatch: pytest.MonkeyPatch, webhook: Webhook
) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET", f"a new secret of us\n{SECRET}")
    for secret in (SECRET, "a new secret of us"):
        assert isinstance(ask(webhook, encoded(), signed(encoded(), secret=secret)), Accepted)


def test_a_secret_that_could_be_guessed_ends_the_agent_at_its_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_SECRET", "short")
    with pytest.raises(SettingsError, match="less than 16"):
        MLflow(settings()).receiver()


def test_a_repeated_delivery_is_one_event(webhook: Webhook, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox")
    for _ in range(2):
        found = ask(webhook, encoded(), signed(encoded()))
        assert isinstance(found, Accepted)
        inbox.put(found.documents)
    found_settings = settings(inbox=tmp_path / "inbox", kinds=(REGISTRY_EVENT.name,))
    collector = MLflow(found_settings)
    reader = RegistryEventReader(tmp_path / "inbox", "mlflow/prod")
    collector.readers = lambda: [reader]  # type: ignore[method-assign]  # only this one is read
    collector.identity = lambda call: NOBODY  # type: ignore[method-assign]  # only this one is read
    sink = MemorySink()
    receipt = read_source(collector, found_settings, slot=NOON, sink=sink, retry=patient())
    assert sink.subjects(REGISTRY_EVENT) == ["d" * 36]
    assert [kind.verdict for kind in receipt.kinds if kind.items] == ["complete"]


def test_without_a_secret_the_kind_is_unsupported_and_says_what_to_do() -> None:
    found = MLflowSettings(id="mlflow/prod", tracking_uri="http://127.0.0.1:1")
    assert MLflow(found).receiver() is None
    assert found.inbox is None


def test_an_event_keeps_its_fields_only() -> None:
    fields = {field.name for field in msgspec.structs.fields(REGISTRY_EVENT.record)}
    assert "value" not in fields
    assert "description" not in fields
