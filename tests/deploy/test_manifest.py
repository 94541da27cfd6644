"""What a platform engineer applies: least privilege, hardened, accepted by a real API server."""

import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import yaml
from annexa.agent.demo.parts import KubeParts

DEPLOY = Path(__file__).parents[2] / "deploy"


def objects(name: str) -> dict[str, dict[str, Any]]:
    text = (DEPLOY / "kubernetes" / name).read_text()
    return {item["kind"]: item for item in yaml.safe_load_all(text)}


def test_the_cluster_role_reads_and_nothing_else() -> None:
    rules = objects("clusterrole.yaml")["ClusterRole"]["rules"]
    assert rules
    for rule in rules:
        assert set(rule["verbs"]) <= {"get", "list"}
        resources = set(rule.get("resources", []))
        assert not resources & {"secrets", "configmaps", "pods/log", "pods/exec"}
        # Gatekeeper makes a resource of each template, so nobody can name them beforehand; the
        # group holds nothing else.
        if rule["apiGroups"] != ["constraints.gatekeeper.sh"]:
            assert "*" not in resources
        assert "*" not in rule.get("apiGroups", [])


def test_the_pod_is_restricted_and_writes_to_its_own_volumes_only() -> None:
    found = objects("annexa.yaml")
    pod = found["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    writable = {m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")}
    assert writable == {"/var/lib/annexa", "/tmp"}
    assert found["Deployment"]["spec"]["replicas"] == 1
    assert found["Deployment"]["spec"]["strategy"] == {"type": "Recreate"}


def test_the_binding_names_the_shipped_role_and_the_pods_own_account() -> None:
    found = objects("annexa.yaml")
    binding = found["ClusterRoleBinding"]
    assert (
        binding["roleRef"]["name"] == objects("clusterrole.yaml")["ClusterRole"]["metadata"]["name"]
    )
    account = found["ServiceAccount"]["metadata"]
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": account["name"], "namespace": account["namespace"]}
    ]
    pod = found["Deployment"]["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == account["name"]


PLACES = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/annexa/serviceaccounts",
    "ConfigMap": "/api/v1/namespaces/annexa/configmaps",
    "PersistentVolumeClaim": "/api/v1/namespaces/annexa/persistentvolumeclaims",
    "Deployment": "/apis/apps/v1/namespaces/annexa/deployments",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}


def offer(kube: KubeParts, body: dict[str, Any]) -> tuple[int, str]:
    """Let the server validate an object and throw it away; the namespace stays, others need it."""
    dry = "" if body["kind"] == "Namespace" else "?dryRun=All"
    request = urllib.request.Request(
        kube.server + PLACES[body["kind"]] + dry,
        data=json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {kube.tokens['admin']}",
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(request, context=kube.tls(), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_real_api_server_takes_every_object(kube: KubeParts) -> None:
    for body in (objects("annexa.yaml") | objects("clusterrole.yaml")).values():
        status, said = offer(kube, body)
        assert status in (201, 409), f"{body['kind']}: {said}"


def test_a_real_api_server_refuses_a_broken_one(kube: KubeParts) -> None:
    broken = objects("clusterrole.yaml")["ClusterRole"] | {"rules": [{"verbs": []}]}
    assert offer(kube, broken)[0] == 422
