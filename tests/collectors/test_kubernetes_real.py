"""The Kubernetes reader on a real kube-apiserver, as a user with the shipped ClusterRole only."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml
from annexa.agent.demo.parts import KubeParts, User
from annexa.collectors.kubernetes.access import KubernetesSettings
from annexa.collectors.kubernetes.kinds import KINDS, RESOURCES
from annexa.collectors.kubernetes.reader import Kubernetes
from annexa.collectors.receipt import Receipt
from annexa.collectors.runner import read_source

from .kubernetes_admin import RBAC, ROLE_FILE, Admin
from .memory_sink import NOON, MemorySink

KSERVE = "/apis/serving.kserve.io/v1beta1"


@pytest.fixture(scope="module")
def shop(kube: KubeParts) -> str:
    """A namespace of this module's own, with something of each kind in it."""
    admin = Admin(kube)
    name = f"shop-{uuid.uuid4().hex[:8]}"
    admin.define("inferenceservices", "serving.kserve.io", "v1beta1", kind="InferenceService")
    admin.post(
        "/api/v1/namespaces", {"metadata": {"name": name, "labels": {"environment": "prod"}}}
    )
    for number in range(5):
        label = {"app": f"m{number}"}
        container = {"name": "m", "image": "m:1", "env": [{"name": "KEY", "value": "hunter2"}]}
        admin.post(
            f"/apis/apps/v1/namespaces/{name}/deployments",
            {
                "metadata": {"name": f"m{number}", "annotations": {"approved-by": "alice"}},
                "spec": {
                    "selector": {"matchLabels": label},
                    "template": {
                        "metadata": {"labels": label},
                        "spec": {"containers": [container]},
                    },
                },
            },
        )
        admin.post(
            f"{KSERVE}/namespaces/{name}/inferenceservices",
            {
                "apiVersion": "serving.kserve.io/v1beta1",
                "kind": "InferenceService",
                "metadata": {"name": f"i{number}"},
                "spec": {"predictor": {"model": {"storageUri": f"models:/credit/{number}"}}},
            },
        )
    rule = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]}
    admin.post(f"{RBAC}/namespaces/{name}/roles", {"metadata": {"name": "lister"}, "rules": [rule]})
    role = yaml.safe_load(ROLE_FILE.read_text())
    admin.post(f"{RBAC}/clusterroles", role)
    account = "system:serviceaccount:annexa:annexa"
    admin.bind(name, {"kind": "ClusterRole", "name": role["metadata"]["name"]}, account)
    limited = "system:serviceaccount:edge:annexa"
    admin.bind("lister", {"kind": "Role", "name": "lister"}, limited, namespace=name)
    return name


def read(kube: KubeParts, user: User, sink: MemorySink, **settings: Any) -> Receipt:
    found = KubernetesSettings(
        id="kubernetes/real",
        server=kube.server,
        ca_file=str(kube.ca_file),
        token_file=str(kube.token_files[user]),
        **settings,
    )
    keep = frozenset({"approved-by"})
    return read_source(Kubernetes(found), found, slot=NOON, sink=sink, keep=keep)


def test_the_shipped_role_is_enough_to_read_every_kind_completely(
    kube: KubeParts, shop: str
) -> None:
    sink = MemorySink()
    receipt = read(kube, "reader", sink, page_size=2)
    for kind in receipt.kinds:
        assert kind.verdict in ("complete", "unsupported"), (kind.kind, kind.problem)
    assert {f"{shop}/m{n}" for n in range(5)} <= set(sink.subjects(KINDS["deployment"]))
    assert {f"{shop}/i{n}" for n in range(5)} <= set(sink.subjects(KINDS["inference_service"]))
    assert shop in sink.subjects(KINDS["namespace"])
    assert "cluster-admin" in sink.subjects(KINDS["cluster_role"])
    assert f"{shop}/lister" in sink.subjects(KINDS["role"])
    assert f"{shop}/lister" in sink.subjects(KINDS["role_binding"])
    assert shop in sink.subjects(KINDS["cluster_role_binding"])
    body = sink.body(KINDS["deployment"], f"{shop}/m1")
    assert body["metadata"]["annotations"] == {"approved-by": "alice"}
    assert body["spec"]["template"]["spec"]["containers"] == [
        {"name": "m", "image": "m:1", "env": [{"name": "KEY"}], "resources": {}}
    ]
    service = sink.body(KINDS["inference_service"], f"{shop}/i3")
    assert service["spec"]["predictor"]["model"]["storageUri"] == "models:/credit/3"


def test_every_list_is_checked_at_one_resource_version_down_to_none(
    kube: KubeParts, shop: str
) -> None:
    receipt = read(kube, "reader", MemorySink(), page_size=2)
    for kind in receipt.kinds:
        if kind.verdict == "unsupported":
            continue
        assert [check.ok for check in kind.checks] == [True, True], kind
        assert kind.checks[1].expected == kind.checks[1].found == str(kind.items)
        pages = [size for trace in kind.operations for size in trace.items_per_page]
        assert 0 <= max(pages) <= 2


def test_reading_twice_gives_the_same_bytes(kube: KubeParts, shop: str) -> None:
    first, second = MemorySink(), MemorySink()
    settings: dict[str, Any] = {"kinds": ("kubernetes.deployment",), "namespaces": (shop,)}
    read(kube, "reader", first, **settings)
    read(kube, "reader", second, page_size=1, **settings)
    assert len(first.subjects(KINDS["deployment"])) == 5
    assert first.rows == second.rows


def test_a_user_without_the_role_is_denied_every_kind_by_name(kube: KubeParts, shop: str) -> None:
    sink = MemorySink()
    receipt = read(kube, "nobody", sink)
    assert sink.rows == {}
    denied = [kind for kind in receipt.kinds if kind.verdict != "unsupported"]
    assert {kind.verdict for kind in denied} == {"denied"}
    assert len(denied) >= 18
    for kind in denied:
        assert "system:serviceaccount:edge:annexa" in (kind.problem or "")
        assert kind.remedy == "bind deploy/kubernetes/clusterrole.yaml to this user"


def test_a_role_in_one_namespace_reads_that_one_and_names_the_other(
    kube: KubeParts, shop: str
) -> None:
    sink = MemorySink()
    names = ("kubernetes.deployment",)
    receipt = read(kube, "nobody", sink, namespaces=(shop, "kube-system"), kinds=names)
    assert receipt.kinds[0].verdict == "partial"
    assert len(sink.subjects(KINDS["deployment"])) == 5
    (skip,) = receipt.kinds[0].skipped
    assert (skip.what, skip.denied) == ("deployments.apps in namespace kube-system", True)


def test_a_wrong_token_is_denied_and_a_wrong_ca_is_not_trusted(
    kube: KubeParts, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("wrong")
    wrong = KubeParts.from_json({**kube.to_json(), "token_files": {"reader": str(token)}})
    receipt = read(wrong, "reader", MemorySink())
    assert {kind.verdict for kind in receipt.kinds} == {"denied"}
    assert "HTTP 401" in (receipt.kinds[0].problem or "")
    other = KubernetesSettings(id="kubernetes/r", server=kube.server, token_file=str(token))
    receipt = read_source(Kubernetes(other), other, slot=NOON, sink=MemorySink())
    assert {kind.verdict for kind in receipt.kinds} == {"unavailable"}
    assert receipt.kinds[0].problem == "the server's certificate is not trusted"


def test_the_receipt_says_as_whom_and_what_answered(kube: KubeParts) -> None:
    receipt = read(kube, "reader", MemorySink(), kinds=())
    assert receipt.identity is not None
    assert receipt.identity.endpoint == kube.server
    assert (receipt.identity.server or "").startswith("Kubernetes v")
    assert receipt.identity.server_time is not None
    # 1.20 has no SelfSubjectReview, and an opaque token says nothing: so we say that.
    assert receipt.identity.caller == (
        "the owner of a bearer token; the server has no SelfSubjectReview"
    )


def test_a_kubeconfig_with_a_context_works_as_well(
    kube: KubeParts, shop: str, tmp_path: Path
) -> None:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "c",
                "cluster": {"server": kube.server, "certificate-authority": str(kube.ca_file)},
            }
        ],
        "users": [{"name": "u", "user": {"token": kube.tokens["reader"]}}],
        "contexts": [{"name": "eu", "context": {"cluster": "c", "user": "u"}}],
    }
    path = tmp_path / "config"
    path.write_text(json.dumps(config))
    names = ("kubernetes.namespace",)
    settings = KubernetesSettings(
        id="kubernetes/k", kubeconfig=str(path), context="eu", kinds=names
    )
    receipt = read_source(Kubernetes(settings), settings, slot=NOON, sink=MemorySink())
    assert [kind.verdict for kind in receipt.kinds] == ["complete"]


def test_the_shipped_role_is_exactly_what_the_kinds_need() -> None:
    rules = yaml.safe_load(ROLE_FILE.read_text())["rules"]
    granted = {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    needed = {
        (target.group, target.plural, "list")
        for resource in RESOURCES
        for target in resource.targets
    }
    assert granted == needed | {("", "namespaces", "get")}
