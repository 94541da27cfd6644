"""The audit webhook of a real kube-apiserver pushes to the intake; the ledger has the events."""

import json
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.config import load
from annexa.agent.demo.parts import KubeParts
from annexa.agent.intake.reception import reception
from annexa.agent.intake.trigger import Trigger
from annexa.agent.reading import made
from annexa.collectors.runner import read_source
from annexa.ledger import Ledger
from structlog import get_logger

from ..collectors.audited_deployment import check_who_did_what, made_scaled_and_deleted
from ..collectors.memory_sink import NOON
from ..collectors.misbehaving import wait_until


def write_config(folder: Path, intake: dict[str, str]) -> Path:
    source = {"id": "kubernetes_audit/push", "push_secret_env": "AUDIT_TOKEN"}
    path = folder / "annexa.yaml"
    path.write_text(
        json.dumps({"organisation": {"name": "Test"}, "intake": intake, "sources": [source]})
    )
    return path


def test_a_real_api_server_pushes_who_made_scaled_and_deleted_a_deployment(
    kube: KubeParts,
    kube_with_webhook: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AUDIT_TOKEN", kube_with_webhook["token"])
    config = load(write_config(tmp_path, kube_with_webhook["intake"]))
    inbox = tmp_path / "inbox" / "kubernetes_audit" / "push"

    def pushed() -> list[bytes]:
        return [line for file in inbox.glob("*.ndjson") for line in file.read_bytes().splitlines()]

    def waits(_seconds: float, _call: object) -> None:
        """The next slot reads it."""

    with reception(config, lambda source: Trigger(lambda: None, waits), log=get_logger()):
        space = made_scaled_and_deleted(kube)
        assert wait_until(
            lambda: sum(space.encode() in one and b"deployments" in one for one in pushed()) >= 4,
            timeout_s=60,
        )
    (source,) = config.sources
    collector, _ = made(source)
    assert collector is not None
    with Ledger.open(tmp_path / "annexa.db") as ledger:
        with ledger.begin(source.id, NOON) as run:
            run.commit(read_source(collector, source.settings, slot=NOON, sink=run))
        events = [json.loads(one.body) for one in ledger.events("kubernetes_audit.event")]
    check_who_did_what([one for one in events if one.get("namespace") == space])
