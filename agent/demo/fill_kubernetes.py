"""Creates the company's objects in an API server, real or simulated."""

from collections.abc import Iterator
from pathlib import Path

from ..permissions import cluster_reads, kinds_of
from .kube_objects import KubeAdmin, Object
from .kube_surroundings import definition, service_account, surroundings
from .parts import KubeParts
from .story import Data, Story

_KSERVE = "serving.kserve.io"
_RBAC = "rbac.authorization.k8s.io"


def fill_kubernetes(story: Story, parts: KubeParts, tokens: Path) -> int:
    """Create everything, and write a token for each ServiceAccount to ``tokens/<namespace>``.

    Returns:
        How many objects there are.
    """
    company = story.data("kubernetes.yaml")
    objects = list(company_objects(company))
    admin = KubeAdmin(parts)
    admin.create(objects)
    tokens.mkdir(parents=True, exist_ok=True)
    for account in company["accounts"]:
        if account.get("token"):
            path = tokens / account["namespace"]
            path.touch(mode=0o600)
            path.write_text(admin.account_token(account["namespace"], account["name"]))
    return len(objects)


def company_objects(company: Data) -> Iterator[Object]:
    """All objects in an order in which they can be created."""
    for space in company["namespaces"]:
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": space}
    yield from map(service_account, company["accounts"])
    yield definition(_KSERVE, "v1beta1", "InferenceService")
    yield from map(_inference_service, company["inference_services"])
    yield from map(_deployment, company["deployments"])
    yield from surroundings(company)
    yield reading_role()
    for role in company["cluster_roles"]:
        yield {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": role["name"]},
            "rules": role["rules"],
        }
    yield from map(_binding, company["bindings"])


def reading_role() -> Object:
    """All that annexa reads, as ``annexa permissions kubernetes`` says it."""
    rules = [
        {"apiGroups": [read.group], "resources": [read.plural], "verbs": [read.verb]}
        for read in cluster_reads(kinds_of("kubernetes", None))
    ]
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "annexa-reader"},
        "rules": rules,
    }


def _accounts(listed: Data) -> Iterator[tuple[str, str]]:
    for account in listed:
        namespace, _, name = account.partition("/")
        yield namespace, name


def _labels(served: Data) -> dict[str, str]:
    """What it belongs to and which version it serves, where it says so."""
    labels = {"ai-system-id": served["system"]} if "system" in served else {}
    if "model" in served:
        labels |= dict(zip(("model-name", "model-version"), served["model"], strict=True))
    return labels


def _inference_service(service: Data) -> Object:
    predictor: Object = {
        "model": {"modelFormat": {"name": "mlflow"}, "storageUri": service["uri"]},
        "serviceAccountName": "default",
    }
    if service.get("logger"):
        predictor["logger"] = {"mode": "all", "url": "http://event-log.monitoring"}
    return {
        "apiVersion": f"{_KSERVE}/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": service["name"],
            "namespace": service["namespace"],
            "labels": _labels(service),
            "annotations": service["notes"],
        },
        "spec": {"predictor": predictor},
    }


def _deployment(deployment: Data) -> Object:
    selected = {"app": deployment["name"]}
    container = {"name": "main", "image": deployment["image"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": deployment["name"],
            "namespace": deployment["namespace"],
            "labels": {**selected, **_labels(deployment)},
            "annotations": deployment.get("notes", {}),
        },
        "spec": {
            "replicas": deployment["replicas"],
            "selector": {"matchLabels": selected},
            "template": {"metadata": {"labels": selected}, "spec": {"containers": [container]}},
        },
    }


def _binding(binding: Data) -> Object:
    subjects: list[Object] = [
        {"kind": kind, "apiGroup": _RBAC, "name": name}
        for key, kind in (("users", "User"), ("groups", "Group"))
        for name in binding.get(key, ())
    ]
    for namespace, name in _accounts(binding.get("accounts", ())):
        subjects.append({"kind": "ServiceAccount", "namespace": namespace, "name": name})
    namespace = binding.get("namespace")
    where = {"namespace": namespace} if namespace else {}
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": binding["name"], **where},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": binding["role"]},
        "subjects": subjects,
    }
