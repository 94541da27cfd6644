"""What surrounds the company's models in its cluster: accounts, retraining, limits, alerts."""

import uuid
from collections.abc import Iterator

from .kube_objects import Object
from .story import Data

_MONITORING = "monitoring.coreos.com"


def surroundings(company: Data) -> Iterator[Object]:
    """All of them, definitions first."""
    yield definition(_MONITORING, "v1", "ServiceMonitor")
    yield definition(_MONITORING, "v1", "PrometheusRule")
    yield from map(_retraining, company["retraining"])
    for rollout in company["rollouts"]:
        yield from _replica_sets(rollout)
    yield from map(_network_policy, company["networks"])
    yield from map(_quota, company["quotas"])
    yield from map(_budget, company["budgets"])
    for alerts in company["alerts"]:
        yield _monitor(alerts)
        yield _rule(alerts)


def definition(group: str, version: str, kind: str) -> Object:
    """A namespaced custom resource, without its schema."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = {
        "name": version,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": anything},
    }
    names = {"plural": f"{kind.lower()}s", "singular": kind.lower(), "kind": kind}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{names['plural']}.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [served]},
    }


def service_account(account: Data) -> Object:
    notes = {"annotations": account["notes"]} if "notes" in account else {}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {**_place(account), **notes}}


def _place(told: Data) -> Object:
    place: Object = {"name": told["name"], "namespace": told["namespace"]}
    if "system" in told:
        place["labels"] = {"ai-system-id": told["system"]}
    return place


def _retraining(job: Data) -> Object:
    container: Object = {"name": "train", "image": job["image"]}
    if "gpus" in job:
        container["resources"] = {"limits": {"nvidia.com/gpu": str(job["gpus"])}}
    pod = {
        "restartPolicy": "Never",
        "serviceAccountName": "retraining",
        "containers": [container],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": _place(job),
        "spec": {
            "schedule": job["schedule"],
            "concurrencyPolicy": "Forbid",
            "jobTemplate": {"spec": {"template": {"spec": pod}}},
        },
    }


def _replica_sets(rollout: Data) -> Iterator[Object]:
    """As the Deployment's controller leaves them; only the newest has pods."""
    labels = {"app": rollout["name"]}
    place = f"{rollout['namespace']}/{rollout['name']}"
    owner = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": rollout["name"],
        "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, place)),
        "controller": True,
    }
    for number, image in enumerate(rollout["images"], start=1):
        pods = {"spec": {"containers": [{"name": "main", "image": image}]}}
        yield {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": f"{rollout['name']}-{number}",
                "namespace": rollout["namespace"],
                "labels": labels,
                "annotations": {"deployment.kubernetes.io/revision": str(number)},
                "ownerReferences": [owner],
            },
            "spec": {
                "replicas": 2 if number == len(rollout["images"]) else 0,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, **pods},
            },
        }


def _network_policy(network: Data) -> Object:
    spec: Object = {"podSelector": {}, "policyTypes": ["Ingress"]}  # of all pods, for nobody
    if "app" in network:
        peers = [
            {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
            for name in network["from"]
        ]
        spec["podSelector"] = {"matchLabels": {"app": network["app"]}}
        spec["ingress"] = [{"from": peers, "ports": [{"port": 8080, "protocol": "TCP"}]}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _place(network),
        "spec": spec,
    }


def _quota(quota: Data) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": _place(quota),
        "spec": {"hard": quota["hard"]},
    }


def _budget(budget: Data) -> Object:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _place(budget),
        "spec": {
            "minAvailable": budget["available"],
            "selector": {"matchLabels": {"app": budget["app"]}},
        },
    }


def _monitor(alerts: Data) -> Object:
    return {
        "apiVersion": f"{_MONITORING}/v1",
        "kind": "ServiceMonitor",
        "metadata": _place(alerts),
        "spec": {
            "selector": {"matchLabels": {"app": alerts["app"]}},
            "endpoints": [{"port": "metrics", "interval": "30s"}],
        },
    }


def _rule(alerts: Data) -> Object:
    rules = [
        {
            "alert": rule["alert"],
            "expr": rule["expr"],
            "for": rule["for"],
            "labels": {"severity": rule["severity"]},
            "annotations": {"summary": rule["summary"]},
        }
        for rule in alerts["rules"]
    ]
    return {
        "apiVersion": f"{_MONITORING}/v1",
        "kind": "PrometheusRule",
        "metadata": _place(alerts),
        "spec": {"groups": [{"name": "models", "rules": rules}]},
    }
