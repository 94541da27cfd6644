"""Who may read a cluster: namespaces, credentials, and whose word the caller is."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors.kubernetes.access import KubernetesSettings
from annexa.collectors.kubernetes.kinds import KINDS, RESOURCES
from annexa.collectors.kubernetes.reader import Kubernetes
from annexa.collectors.runner import read_source

from .kubernetes_reading import (
    DEPLOYMENTS,
    cluster,
    deployment,
    listing,
    read,
    read_deployments,
    refusal,
)
from .memory_sink import NOON, MemorySink, patient
from .misbehaving import Reply, Request, json_reply


def test_configured_namespaces_are_read_one_by_one_and_denied_ones_are_named(
    tmp_path: Path,
) -> None:
    def answer(request: Request) -> Reply | None:
        if "/namespaces/secret" in request.path:
            return refusal(403, "no")
        if request.path == "/api/v1/namespaces/typo":
            return refusal(404)
        if request.path == "/api/v1/namespaces/shop":
            return json_reply({"metadata": {"name": "shop"}})
        if request.path == "/apis/apps/v1/namespaces/shop/deployments":
            return listing([deployment("a")])
        return refusal(403) if request.path in (DEPLOYMENTS, "/api/v1/namespaces") else None

    sink = MemorySink()
    names = ("kubernetes.namespace", "kubernetes.deployment")
    with cluster(answer) as server:
        receipt = read(server, tmp_path, sink, namespaces=("shop", "secret", "typo"), kinds=names)
    namespace, deployments = receipt.kinds
    assert (namespace.verdict, deployments.verdict) == ("partial", "partial")
    assert [(skip.what, skip.denied) for skip in namespace.skipped] == [
        ("namespace secret", True),
        ("namespace typo", False),
    ]
    assert [skip.what for skip in deployments.skipped] == ["deployments.apps in namespace secret"]
    assert sink.subjects(KINDS["namespace"]) == ["shop"]
    assert sink.subjects(KINDS["deployment"]) == ["shop/a"]


def test_when_all_namespaces_are_denied_the_kind_is_denied(tmp_path: Path) -> None:
    receipt = read_deployments(lambda r: refusal(403), tmp_path, namespaces=("a", "b"))
    assert (receipt.verdict, len(receipt.skipped)) == ("denied", 2)


@pytest.mark.parametrize(
    ("status", "verdict"), [(401, "denied"), (503, "unavailable"), (404, "unavailable")]
)
def test_a_server_that_does_not_let_us_in_gives_every_kind_that_verdict(
    status: int, verdict: str, tmp_path: Path
) -> None:
    with cluster(lambda request: refusal(status)) as server:
        receipt = read(server, tmp_path)
    assert [kind.verdict for kind in receipt.kinds] == [verdict] * len(RESOURCES)


def test_a_server_that_is_down_is_one_line_without_secrets(tmp_path: Path) -> None:
    with cluster(lambda request: None) as server:
        pass
    receipt = read(server, tmp_path)
    assert receipt.kinds[0].verdict == "unavailable"
    assert receipt.kinds[0].problem == "GET /version: no connection"


def jwt(subject: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": subject}).encode()).decode().rstrip("=")
    return f"e30.{claims}.c2ln"


@pytest.mark.parametrize(
    ("review", "token", "caller"),
    [
        ("alice", "hunter2", "alice"),
        (None, jwt("system:serviceaccount:a:b"), "system:serviceaccount:a:b (as its token says); "),
        (None, "hunter2", "the owner of a bearer token; the server has no SelfSubjectReview"),
        (None, "a.%%%.c", "the owner of a bearer token; "),
    ],
)
def test_the_caller_is_the_servers_word_or_says_whose_word_it_is(
    review: str | None, token: str, caller: str, tmp_path: Path
) -> None:
    def answer(request: Request) -> Reply | None:
        if request.method == "POST" and review:
            return json_reply({"status": {"userInfo": {"username": review}}}, 201)
        return None

    with cluster(answer) as server:
        receipt = read(server, tmp_path, token=token, kinds=())
    assert receipt.identity is not None
    assert receipt.identity.caller.startswith(caller)
    assert receipt.identity.server == "Kubernetes v1.30.0"
    assert receipt.identity.endpoint == server.url
    assert abs(float(receipt.clock_offset_s or "99")) < 5


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"server": "https://h", "token_file": "/nowhere/token"}, "/nowhere/token cannot be read"),
        ({"kubeconfig": "/nowhere/config"}, "no usable access to a cluster: "),
        ({"in_cluster": True}, "no usable access to a cluster: "),
    ],
)
def test_unusable_credentials_are_named_before_any_request(
    settings: dict[str, Any], text: str
) -> None:
    found = KubernetesSettings(id="kubernetes/test", **settings)
    receipt = read_source(Kubernetes(found), found, slot=NOON, sink=MemorySink(), retry=patient())
    assert {kind.verdict for kind in receipt.kinds} == {"denied"}
    assert (receipt.kinds[0].problem or "").startswith(text)
