"""What a platform engineer applies: least privilege, hardened, accepted by a real API server."""

from pathlib import Path
from typing import Any

import yaml

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
        assert not resources & {"*", "secrets", "configmaps", "pods/log", "pods/exec"}
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
