"""A real MLflow server tells a real `annexa run` of its registry, by webhook."""

import json
import signal
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from annexa.ledger import Ledger

from ..mappings.small_pack import write_small_pack
from .test_run import annexa

SECRET = "a long secret, known to two"
EVENTS = (
    ("REGISTERED_MODEL", "CREATED"), ("MODEL_VERSION", "CREATED"), ("MODEL_VERSION_TAG", "SET"),
    ("MODEL_VERSION_ALIAS", "CREATED"), ("MODEL_VERSION_ALIAS", "DELETED"),
)  # fmt: skip


class Registry:
    """A model of our own in the shared server, and a webhook for what happens to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = f"push-{uuid.uuid4().hex[:8]}"

    def ask(self, method: str, path: str, **body: Any) -> Any:
        answer = requests.request(
            method, f"{self.url}/api/2.0/mlflow/{path}", json=body, timeout=60
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def webhook(self, url: str, secret: str = SECRET) -> str:
        events = [{"entity": entity, "action": action} for entity, action in EVENTS]
        made = self.ask("POST", "webhooks", name=self.name, url=url, events=events, secret=secret)
        return str(made["webhook"]["webhook_id"])

    def fill(self) -> None:
        self.ask("POST", "registered-models/create", name=self.name)
        for _ in range(2):
            self.ask("POST", "model-versions/create", name=self.name, source="s3://b/m")

    def alias(self, version: str) -> None:
        self.ask(
            "POST", "registered-models/alias", name=self.name, alias="champion", version=version
        )


def write_config(folder: Path, url: str) -> Path:
    config = folder / "annexa.yaml"
    source = {
        "id": "mlflow/prod",
        "tracking_uri": url,
        "push_secret_env": "MLFLOW_WEBHOOK_SECRET",
        "kinds": ["mlflow.registered_model", "mlflow.model_version", "mlflow.registry_event"],
    }
    config.write_text(
        json.dumps(
            {
                "organisation": {"name": "Test"},
                "pack": str(write_small_pack(folder / "few")),
                "schedule": {"every": "7d"},
                "intake": {"listen": "127.0.0.1:0"},
                "sources": [source],
            }
        )
    )
    return config


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.2)


def events(folder: Path, name: str) -> list[dict[str, Any]]:
    with Ledger.open(folder / "annexa.db", create=False) as ledger:
        found = [json.loads(r.body) for r in ledger.events("mlflow.registry_event", None, None)]
    return [event for event in found if event["name"] == name]


def test_an_alias_that_is_moved_is_in_the_ledger_within_seconds(
    mlflow_url: str, tmp_path: Path
) -> None:
    registry = Registry(mlflow_url)
    registry.fill()
    config = write_config(tmp_path, mlflow_url)
    with annexa("run", config=config, MLFLOW_WEBHOOK_SECRET=SECRET) as process:
        intake = process.wait_for("listening")["url"]
        process.wait_for("judged")  # the round that every start makes
        webhook = registry.webhook(f"{intake}/mlflow/prod/webhooks/mlflow")
        try:
            time.sleep(1.5)  # MLflow remembers for a while that it had no webhook
            registry.alias("1")
            until(lambda: len(events(tmp_path, registry.name)) == 1)
            registry.alias("2")
            until(lambda: len(events(tmp_path, registry.name)) == 2)
        finally:
            registry.ask("DELETE", f"webhooks/{webhook}")
        assert process.end(signal.SIGTERM) == 0
    first, second = events(tmp_path, registry.name)
    assert (first["entity"], first["action"]) == ("model_version_alias", "created")
    assert (first["alias"], first["version"], second["version"]) == ("champion", "1", "2")
    with Ledger.open(tmp_path / "annexa.db", create=False) as ledger:
        seen = ledger.history("mlflow/prod", "mlflow.registered_model", registry.name)
    aliases = [json.loads(one.body).get("aliases", {}) for one in seen]
    assert aliases == [{}, {"champion": "1"}, {"champion": "2"}]
    for event, one in zip((first, second), seen[1:], strict=True):
        happened = datetime.fromisoformat(event["happened_at"])
        assert timedelta(0) < one.opened_at - happened < timedelta(seconds=60)


def test_a_webhook_with_another_secret_is_refused_and_makes_nothing_be_read(
    mlflow_url: str, tmp_path: Path
) -> None:
    registry = Registry(mlflow_url)
    config = write_config(tmp_path, mlflow_url)
    with annexa("run", config=config, MLFLOW_WEBHOOK_SECRET=SECRET) as process:
        intake = process.wait_for("listening")["url"]
        process.wait_for("judged")
        address = f"{intake}/mlflow/prod/webhooks/mlflow"
        webhook = registry.webhook(address, secret="another secret than ours")
        try:
            tested = registry.ask("POST", f"webhooks/{webhook}/test")["result"]
        finally:
            registry.ask("DELETE", f"webhooks/{webhook}")
        assert tested["response_status"] == 401
        assert SECRET not in json.dumps(tested)
        assert list((tmp_path / "inbox" / "mlflow" / "prod").iterdir()) == []
        assert process.wait_for("push refused")["status"] == 401
        assert process.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("path", ["/mlflow/prod/webhooks/mlflow", "/webhooks/mlflow"])
def test_mlflows_own_test_of_a_webhook_succeeds(mlflow_url: str, tmp_path: Path, path: str) -> None:
    registry = Registry(mlflow_url)
    config = write_config(tmp_path, mlflow_url)
    with annexa("run", config=config, MLFLOW_WEBHOOK_SECRET=SECRET) as process:
        intake = process.wait_for("listening")["url"]
        webhook = registry.webhook(intake + path)
        try:
            tested = registry.ask("POST", f"webhooks/{webhook}/test")["result"]
        finally:
            registry.ask("DELETE", f"webhooks/{webhook}")
        assert (tested["success"], tested["response_status"]) == (True, 200)
        assert process.end(signal.SIGTERM) == 0
