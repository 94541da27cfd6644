"""Every kind on a real kube-apiserver, custom resources too, with the shipped ClusterRole only."""

import json
import time
import uuid
from typing import Any

import pytest
import yaml
from annexa.agent.demo.parts import KubeParts
from annexa.collectors.kubernetes.kinds import RESOURCES
from annexa.collectors.receipt import Receipt

from .kubernetes_admin import RBAC, ROLE_FILE, Admin
from .kubernetes_objects import OBJECTS, SECRET
from .kubernetes_reading import BY_NAME
from .memory_sink import MemorySink
from .test_kubernetes_real import read

ABSENT = {  # from a kube-apiserver of 1.20
    "kubernetes.validating_admission_policy",
    "kubernetes.validating_admission_policy_binding",
}
BUILT_IN = {"", "apps", "batch", "policy", "networking.k8s.io", "admissionregistration.k8s.io"}
BUILT_IN.add("rbac.authorization.k8s.io")
NAMES = {"inferenceservices": "InferenceService"}
"""Where other tests on this server define the same resource."""
LABEL = {"app": "m"}
POD = {
    "restartPolicy": "Never",
    "containers": [
        {
            "name": "m",
            "image": "m:1",
            "env": [{"name": "KEY", "value": SECRET}],
            "resources": {"limits": {"cpu": 1, "nvidia.com/gpu": "1"}},
        }
    ],
}
TEMPLATE: dict[str, Any] = {"metadata": {"labels": LABEL}, "spec": POD}
ALWAYS = {**TEMPLATE, "spec": {**POD, "restartPolicy": "Always"}}
RUN: dict[str, Any] = {"selector": {"matchLabels": LABEL}, "template": ALWAYS}
HOOK: dict[str, Any] = {
    "webhooks": [
        {
            "name": "images.example.com",
            "clientConfig": {"url": "https://images.example.com/check"},
            "rules": [],
            "sideEffects": "None",
            "failurePolicy": "Ignore",
            "admissionReviewVersions": ["v1"],
        }
    ]
}
OBJECTS_OF_KUBERNETES: dict[str, tuple[str, dict[str, Any]]] = {
    # kind -> where 1.20 has it, and an object that it accepts
    "stateful_set": ("/apis/apps/v1/{}/statefulsets", {"spec": {"serviceName": "m", **RUN}}),
    "daemon_set": ("/apis/apps/v1/{}/daemonsets", {"spec": RUN}),
    "replica_set": ("/apis/apps/v1/{}/replicasets", {"spec": RUN}),
    "job": ("/apis/batch/v1/{}/jobs", {"spec": {"template": TEMPLATE}}),
    "cron_job": (
        "/apis/batch/v1beta1/{}/cronjobs",
        {"spec": {"schedule": "0 3 * * 1", "jobTemplate": {"spec": {"template": TEMPLATE}}}},
    ),
    "pod": ("/api/v1/{}/pods", {"spec": POD}),
    "service_account": ("/api/v1/{}/serviceaccounts", {"automountServiceAccountToken": False}),
    "network_policy": (
        "/apis/networking.k8s.io/v1/{}/networkpolicies",
        {"spec": {"podSelector": {}, "egress": [{"ports": [{"port": "http"}, {"port": 53}]}]}},
    ),
    "resource_quota": ("/api/v1/{}/resourcequotas", {"spec": {"hard": {"pods": "99"}}}),
    "pod_disruption_budget": (
        "/apis/policy/v1beta1/{}/poddisruptionbudgets",
        {"spec": {"minAvailable": 1, "selector": {"matchLabels": LABEL}}},
    ),
    "validating_webhook_configuration": (
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
        HOOK,
    ),
    "mutating_webhook_configuration": (
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
        HOOK,
    ),
}


@pytest.fixture(scope="module")
def company(kube: KubeParts) -> str:
    """A namespace with an object of every kind in it; what is cluster-wide has its name."""
    admin, name = Admin(kube), f"all-{uuid.uuid4().hex[:8]}"
    admin.post("/api/v1/namespaces", {"metadata": {"name": name}})
    role = yaml.safe_load(ROLE_FILE.read_text())
    admin.post(f"{RBAC}/clusterroles", role)
    account = "system:serviceaccount:annexa:annexa"
    admin.bind(name, {"kind": "ClusterRole", "name": role["metadata"]["name"]}, account)
    for path, body in OBJECTS_OF_KUBERNETES.values():
        admin.post(path.format(f"namespaces/{name}"), {"metadata": {"name": name}, **body})
    custom = list(custom_resources())
    for plural, group, kind, namespaced, _ in custom:
        admin.define(plural, group, "v1beta1", "v1alpha1", kind=kind, namespaced=namespaced)
    for plural, group, kind, namespaced, body in custom:
        inside = f"/namespaces/{name}" if namespaced else ""
        about = {"apiVersion": f"{group}/v1beta1", "kind": kind, "metadata": {"name": name}}
        admin.post(f"/apis/{group}/v1beta1{inside}/{plural}", {**body, **about})
    return name


def custom_resources() -> list[tuple[str, str, str, bool, dict[str, Any]]]:
    """Plural, group, kind, namespaced, and the object without its metadata."""
    found = []
    for resource in RESOURCES:
        short = resource.kind.name.partition(".")[2].replace(
            "kyverno_policy", "kyverno_cluster_policy"
        )
        body = OBJECTS.get(short, ({}, {}))[0]
        for target in resource.targets:
            if target.group not in BUILT_IN:
                plural = "k8spinned" if target.plural == "*" else target.plural
                found.append(
                    (
                        plural,
                        target.group,
                        NAMES.get(plural, plural.capitalize()),
                        resource.namespaced,
                        body,
                    )
                )
    return found


@pytest.fixture(scope="module")
def reading(kube: KubeParts, company: str) -> tuple[Receipt, MemorySink]:
    """In which nothing failed. New custom resources take a moment to be discovered."""
    for _ in range(50):
        sink = MemorySink()
        receipt = read(kube, "reader", sink)
        if {kind.kind for kind in receipt.kinds if kind.verdict == "unsupported"} == ABSENT:
            break
        time.sleep(0.2)
    return receipt, sink


def test_the_shipped_role_is_enough_to_read_every_kind_completely(
    reading: tuple[Receipt, MemorySink], company: str
) -> None:
    receipt, sink = reading
    verdicts = {kind.kind: (kind.verdict, kind.problem) for kind in receipt.kinds}
    missing = {name: verdicts.pop(name)[0] for name in ABSENT}
    assert set(missing.values()) == {"unsupported"}
    assert set(verdicts.values()) == {("complete", None)}
    for short, resource in BY_NAME.items():
        if resource.kind.name in ABSENT or short in ("deployment", "role", "role_binding"):
            continue
        if short in ("cluster_role", "cluster_role_binding"):
            continue
        assert any(company in name for name in sink.subjects(resource.kind)), short
    assert SECRET not in json.dumps(list(sink.rows.values()), default=str)


def test_both_versions_of_a_resource_are_one_list(
    reading: tuple[Receipt, MemorySink], company: str
) -> None:
    receipt, sink = reading
    (kind,) = [kind for kind in receipt.kinds if kind.kind == "kubernetes.rollout"]
    lists = [trace.operation for trace in kind.operations if "rollouts" in trace.operation]
    assert lists == ["GET /apis/argoproj.io/v1beta1/rollouts"]
    assert sink.subjects(BY_NAME["rollout"].kind).count(f"{company}/{company}") == 1


def test_what_a_real_server_adds_to_objects_is_kept_as_it_is(
    reading: tuple[Receipt, MemorySink], company: str
) -> None:
    _, sink = reading

    def body(short: str) -> Any:
        return sink.body(BY_NAME[short].kind, f"{company}/{company}")

    assert body("cron_job")["spec"]["concurrencyPolicy"] == "Allow"
    policy = body("network_policy")["spec"]
    assert policy["egress"] == [
        {"ports": [{"port": "http", "protocol": "TCP"}, {"port": 53, "protocol": "TCP"}]}
    ]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    (container,) = body("pod")["spec"]["containers"]
    assert container["resources"]["limits"] == {"cpu": "1", "nvidia.com/gpu": "1"}
    assert container["env"] == [{"name": "KEY"}]
    assert body("pod_disruption_budget")["spec"]["minAvailable"] == 1
    assert json.dumps(body("service_account")).count("automountServiceAccountToken") == 1
