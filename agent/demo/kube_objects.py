"""Puts objects into an API server, real or simulated, through its own API."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any

from ... import AnnexaError
from .parts import KubeParts

Object = dict[str, Any]

_PLURALS = {
    "Namespace": ("namespaces", False),
    "ServiceAccount": ("serviceaccounts", True),
    "ResourceQuota": ("resourcequotas", True),
    "Pod": ("pods", True),
    "Deployment": ("deployments", True),
    "ReplicaSet": ("replicasets", True),
    "CronJob": ("cronjobs", True),
    "NetworkPolicy": ("networkpolicies", True),
    "PodDisruptionBudget": ("poddisruptionbudgets", True),
    "InferenceService": ("inferenceservices", True),
    "ServiceMonitor": ("servicemonitors", True),
    "PrometheusRule": ("prometheusrules", True),
    "Role": ("roles", True),
    "RoleBinding": ("rolebindings", True),
    "ClusterRole": ("clusterroles", False),
    "ClusterRoleBinding": ("clusterrolebindings", False),
    "CustomResourceDefinition": ("customresourcedefinitions", False),
}
_WERE_BETA = ("CronJob", "PodDisruptionBudget")
"""Before Kubernetes 1.21."""
_SERVED_WITHIN_S = 30.0


class KubeRefusedError(AnnexaError):
    """The API server did not take an object of the sample platform."""


class KubeAdmin:
    """Speaks to the API server as the user who may do everything."""

    def __init__(self, parts: KubeParts) -> None:
        self._parts = parts
        self._tls = parts.tls()

    def create(self, objects: Iterable[Object]) -> None:
        """Create in order; an object that exists already is left as it is.

        A custom resource definition is waited for until the server serves it.
        """
        for item in objects:
            status, answer = self.ask("POST", path_of(item), item)
            if status == 404 and item["kind"] in _WERE_BETA:
                older = {**item, "apiVersion": item["apiVersion"] + "beta1"}
                status, answer = self.ask("POST", path_of(older), older)
            if status not in (201, 409):
                raise KubeRefusedError(
                    "demo/kubernetes",
                    f"HTTP {status} for {item['kind']} {item['metadata']['name']}: {answer}",
                    remedy="report this as a bug",
                )
            if item["kind"] == "CustomResourceDefinition":
                self._wait_until_served(item)

    def account_token(self, namespace: str, account: str) -> str:
        """A token of that ServiceAccount, as a pod would get it (TokenRequest)."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        wish = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        status, answer = self.ask("POST", path, wish)
        if status != 201:
            raise KubeRefusedError(
                "demo/kubernetes", f"HTTP {status} on {path}", remedy="report this as a bug"
            )
        return str(answer["status"]["token"])

    def ask(self, method: str, path: str, body: Object | None = None) -> tuple[int, Object]:
        """One request as admin; status and the JSON answer, which is empty for other types."""
        request = urllib.request.Request(
            self._parts.server + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={
                "Authorization": f"Bearer {self._parts.tokens['admin']}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30, context=self._tls) as answer:
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _json(error.read())

    def _wait_until_served(self, definition: Object) -> None:
        spec = definition["spec"]
        version, plural = spec["versions"][0]["name"], spec["names"]["plural"]
        path = f"/apis/{spec['group']}/{version}/{plural}?limit=1"
        deadline = time.monotonic() + _SERVED_WITHIN_S
        while self.ask("GET", path)[0] != 200:
            if time.monotonic() > deadline:
                raise KubeRefusedError(
                    "demo/kubernetes",
                    f"{plural} are not served after {_SERVED_WITHIN_S:.0f} s",
                    remedy="report this as a bug",
                )
            time.sleep(0.05)


def path_of(item: Object) -> str:
    """Where an object of this kind is created."""
    plural, namespaced = _PLURALS[item["kind"]]
    version = item["apiVersion"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    inside = f"/namespaces/{item['metadata']['namespace']}" if namespaced else ""
    return f"{root}{inside}/{plural}"


def _json(body: bytes) -> Object:
    try:
        answer: Object = json.loads(body)
    except ValueError:
        return {}
    return answer
