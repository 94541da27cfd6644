"""Kubernetes audit events: a real API server's log, rotated and lost files, the webhook."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.demo.parts import KubeParts
from annexa.collectors import registry
from annexa.collectors.errors import SettingsError
from annexa.collectors.inbox import Inbox
from annexa.collectors.intake import Accepted, Push, Receiving, Refused
from annexa.collectors.kubernetes_audit.kinds import EVENT
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.runner import read_source

from .audited_deployment import check_who_did_what, made_scaled_and_deleted
from .memory_sink import NOON, MemorySink, patient

REASON = 'RBAC: allowed by ClusterRoleBinding "release"'
DEPLOYMENTS = {"resource": "deployments", "apiGroup": "apps"}


def event(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "RequestResponse",
        "auditID": f"id-{number}",
        "stage": "ResponseComplete",
        "requestURI": "/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=hunter2",
        "verb": "patch",
        "user": {
            "username": "ana",
            "groups": ["release", "system:authenticated"],
            "extra": {"token": ["hunter2"]},
        },
        "impersonatedUser": {"username": "robot", "extra": {"x": ["hunter2"]}},
        "sourceIPs": ["10.0.0.7"],
        "userAgent": "kubectl/hunter2",
        "objectRef": {
            "resource": "deployments",
            "apiGroup": "apps",
            "apiVersion": "v1",
            "namespace": "shop",
            "name": "web",
            "uid": "hunter2",
        },
        "responseStatus": {"code": 200, "message": "hunter2"},
        "requestObject": {"spec": {"env": "hunter2"}},
        "responseObject": {"spec": {"env": "hunter2"}},
        "requestReceivedTimestamp": "2026-11-24T09:59:59.500000Z",
        "stageTimestamp": "2026-11-24T10:00:00.000000Z",
        "annotations": {
            "authorization.k8s.io/decision": "allow",
            "authorization.k8s.io/reason": f'{REASON} to User "ana"',
            "mutation.webhook.admission.k8s.io/round_0_index_0": "hunter2",
        },
        **changes,
    }


def line(number: int, **changes: Any) -> bytes:
    return json.dumps(event(number, **changes)).encode() + b"\n"


class Log:
    """A source that is read again and again, with a ledger's memory of cursors."""

    def __init__(self, **settings: Any) -> None:
        raw = {"id": "kubernetes_audit/eu-1", "cluster": "kubernetes/eu-1", **settings}
        self.collector, self.settings = registry.build(raw)
        self.sink = MemorySink()

    def read(self) -> KindReceipt:
        self.sink.rows.clear()
        receipt = read_source(
            self.collector, self.settings, slot=NOON, sink=self.sink, retry=patient()
        )
        return receipt.kinds[0]

    @property
    def given(self) -> list[dict[str, Any]]:
        return [json.loads(row.body) for row in self.sink.rows.get(EVENT.name, {}).values()]

    @property
    def ids(self) -> list[str]:
        return sorted(one["id"] for one in self.given)


def test_of_an_event_who_did_what_is_kept_and_never_a_body_an_address_or_an_agent(
    tmp_path: Path,
) -> None:
    (tmp_path / "audit.log").write_bytes(line(1))
    log = Log(path=str(tmp_path / "audit.log"))
    assert log.read().verdict == "complete"
    assert log.given == [
        {
            "id": "id-1",
            "verb": "patch",
            "resource": "deployments",
            "group": "apps",
            "namespace": "shop",
            "name": "web",
            "cluster": "kubernetes/eu-1",
            "user": {"username": "ana", "groups": ["release", "system:authenticated"]},
            "impersonated": {"username": "robot"},
            "code": 200,
            "level": "RequestResponse",
            "received_at": "2026-11-24T09:59:59.500000Z",
            "completed_at": "2026-11-24T10:00:00Z",
            "annotations": {
                "authorization.k8s.io/decision": "allow",
                "authorization.k8s.io/reason": REASON,
                "mutation.webhook.admission.k8s.io/round_0_index_0": None,
            },
        }
    ]


@pytest.mark.parametrize(
    ("changes", "is_kept"),
    [
        ({}, True),
        ({"stage": "RequestReceived"}, False),
        ({"stage": "ResponseStarted"}, False),
        ({"verb": "list"}, False),
        ({"verb": "deletecollection"}, True),
        ({"objectRef": {**DEPLOYMENTS, "subresource": "scale"}}, True),
        ({"objectRef": {**DEPLOYMENTS, "subresource": "status"}}, False),
        ({"verb": "get", "objectRef": {"resource": "pods", "subresource": "exec"}}, True),
        ({"verb": "get", "objectRef": {"resource": "pods", "subresource": "log"}}, False),
        ({"objectRef": {"resource": "secrets"}}, False),
        ({"objectRef": {**DEPLOYMENTS, "apiGroup": "example.com"}}, False),
        ({"objectRef": None}, False),
    ],
)  # fmt: skip
def test_changes_of_what_serves_are_kept_at_their_end(
    changes: dict[str, Any], is_kept: bool, tmp_path: Path
) -> None:
    (tmp_path / "audit.log").write_bytes(line(1, **changes))
    log = Log(path=str(tmp_path / "audit.log"))
    assert log.read().verdict == "complete"
    assert bool(log.given) == is_kept


def test_all_resources_are_kept_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "audit.log").write_bytes(line(1, objectRef={"resource": "secrets"}))
    log = Log(path=str(tmp_path / "audit.log"), resources=None)
    log.read()
    assert log.ids == ["id-1"]


def test_a_request_that_only_tries_says_so(tmp_path: Path) -> None:
    (tmp_path / "audit.log").write_bytes(line(1, requestURI="/apis/x?dryRun=All"))
    log = Log(path=str(tmp_path / "audit.log"))
    log.read()
    assert log.given[0]["dry_run"] is True


def test_a_rotated_log_is_followed_and_nothing_is_read_twice(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_bytes(line(1))
    log = Log(path=str(path))
    log.read()
    with path.open("ab") as file:
        file.write(line(2))
    path.rename(tmp_path / "audit-2026-11-24T10-00-00.000.log")
    path.write_bytes(line(3))
    assert log.read().verdict == "complete"
    assert log.ids == ["id-2", "id-3"]
    assert log.read().items == 0


def test_what_was_lost_between_two_readings_is_a_named_gap_once(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_bytes(line(1))
    log = Log(path=str(path))
    log.read()
    path.unlink()  # rotated, and the rotated file removed
    path.write_bytes(line(3))
    found = log.read()
    assert found.verdict == "partial"
    assert found.skipped[0].what == f"audit.log, behind byte {len(line(1))} of what was read last"
    assert "is lost" in found.skipped[0].problem
    assert log.ids == ["id-3"]
    assert log.read().verdict == "complete"


def test_a_log_that_was_cut_is_a_gap_too(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_bytes(line(1) + line(2))
    log = Log(path=str(path))
    log.read()
    os.truncate(path, 0)
    assert log.read().verdict == "partial"
    with path.open("ab") as file:
        file.write(line(3))
    log.read()
    assert log.ids == ["id-3"]


def test_lines_that_are_no_audit_events_are_counted_and_the_others_are_read(tmp_path: Path) -> None:
    old = line(1, apiVersion="audit.k8s.io/v1beta1")
    (tmp_path / "audit.log").write_bytes(b"klog: x\n" + old + line(2))
    log = Log(path=str(tmp_path / "audit.log"))
    found = log.read()
    assert found.verdict == "partial"
    assert found.skipped[0].problem.startswith("lines that are no audit events: 2")
    assert log.ids == ["id-2"]


KEY = "k" * 32


def batch(*events: dict[str, Any]) -> dict[str, Any]:
    """As the API server posts it: what is in the list does not say again what it is."""
    items = [
        {name: value for name, value in one.items() if name not in ("kind", "apiVersion")}
        for one in events
    ]
    return {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": items}


def pushed(log: Log, body: Any, key: str = KEY) -> Accepted | Refused:
    assert isinstance(log.collector, Receiving)
    receiver = log.collector.receiver()
    assert receiver is not None
    headers = {"authorization": f"Bearer {key}"}
    refused = receiver.admits(headers, NOON)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return refused or receiver.accepts(
        Push(path="/audit", headers=headers, body=raw, received_at=NOON)
    )


def test_a_batch_of_the_webhook_waits_in_the_inbox_for_the_next_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_TOKEN", KEY)
    log = Log(push_secret_env="AUDIT_TOKEN", inbox=str(tmp_path / "inbox"))
    assert isinstance(pushed(log, {}, key="x" * 32), Refused)
    taken = pushed(log, batch(event(1), event(2, verb="get"), event(3)))
    assert isinstance(taken, Accepted)
    assert taken.can_wait
    assert b"hunter2" not in b"".join(taken.documents)
    Inbox(tmp_path / "inbox").put(taken.documents)
    assert log.read().verdict == "complete"
    assert log.ids == ["id-1", "id-3"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        batch() | {"kind": "Event"},
        batch() | {"apiVersion": "audit.k8s.io/v1beta1"},
        {"kind": "EventList", "apiVersion": "audit.k8s.io/v1"},
    ],
)
def test_what_is_no_batch_is_refused(body: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_TOKEN", KEY)
    refused = pushed(Log(push_secret_env="AUDIT_TOKEN"), body)
    assert isinstance(refused, Refused)
    assert refused.status == 400


def test_a_spoiled_event_of_a_batch_is_a_gap_and_the_others_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_TOKEN", KEY)
    log = Log(push_secret_env="AUDIT_TOKEN", inbox=str(tmp_path / "inbox"))
    taken = pushed(log, batch(event(1), {"auditID": "id-2"}))
    assert isinstance(taken, Accepted)
    Inbox(tmp_path / "inbox").put(taken.documents)
    found = log.read()
    assert (found.verdict, log.ids) == ("partial", ["id-1"])
    assert "is damaged" in found.skipped[0].problem


def test_a_source_has_one_place() -> None:
    with pytest.raises(SettingsError, match="give one of path and push_secret_env"):
        Log()


def test_a_real_api_server_writes_who_made_scaled_and_deleted_a_deployment(kube: KubeParts) -> None:
    space = made_scaled_and_deleted(kube)
    log = Log(path=str(kube.audit_log))
    assert log.read().verdict == "complete"
    check_who_did_what([one for one in log.given if one.get("namespace") == space])
