"""Puts objects into the real kube-apiserver of the tests, as the user who may do everything."""

import time
from pathlib import Path
from typing import Any

import urllib3
from annexa.agent.demo.parts import KubeParts

RBAC = "/apis/rbac.authorization.k8s.io/v1"
ROLE_FILE = Path(__file__).parents[2] / "deploy" / "kubernetes" / "clusterrole.yaml"
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


class Admin:
    def __init__(self, kube: KubeParts) -> None:
        self._kube = kube
        self._pool = urllib3.PoolManager(ca_certs=str(kube.ca_file))
        self._headers = {"authorization": f"Bearer {kube.tokens['admin']}"}

    def post(self, path: str, body: dict[str, Any]) -> None:
        for _ in range(100):  # a new custom resource takes a moment to be served
            answer = self._pool.request(
                "POST", self._kube.server + path, headers=self._headers, json=body
            )
            if answer.status != 404:
                break
            time.sleep(0.1)
        assert answer.status in (201, 409), (path, answer.data)

    def define(
        self, plural: str, group: str, *versions: str, kind: str, namespaced: bool = True
    ) -> None:
        """A custom resource without a schema; the first version is the one that is stored."""
        self.post(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {
                    "name": f"{plural}.{group}",
                    # *.k8s.io is the Kubernetes project's; its own custom resources carry this
                    "annotations": {"api-approved.kubernetes.io": "unapproved, test"},
                },
                "spec": {
                    "group": group,
                    "scope": "Namespaced" if namespaced else "Cluster",
                    "names": {"plural": plural, "kind": kind},
                    "versions": [
                        {
                            "name": version,
                            "served": True,
                            "storage": version == versions[0],
                            "schema": {"openAPIV3Schema": ANYTHING},
                        }
                        for version in versions
                    ],
                },
            },
        )

    def bind(self, name: str, role: dict[str, str], user: str, namespace: str = "") -> None:
        inside = f"/namespaces/{namespace}/rolebindings" if namespace else "/clusterrolebindings"
        self.post(
            RBAC + inside,
            {
                "metadata": {"name": name},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", **role},
                "subjects": [
                    {"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}
                ],
            },
        )
