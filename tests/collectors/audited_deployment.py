"""A deployment on the real API server that is made, scaled and deleted, and what its audit says."""

import os
import time
from datetime import UTC, datetime
from typing import Any

import urllib3
from annexa.agent.demo.parts import KubeParts, User
from annexa.collectors import canonical

TEMPLATE = {
    "metadata": {"labels": {"a": "b"}},
    "spec": {"containers": [{"name": "c", "image": "hunter2"}]},
}


def made_scaled_and_deleted(kube: KubeParts) -> str:
    """The namespace, new each time; somebody without any right tries to delete it first."""
    space = f"audit-{os.getpid()}-{time.monotonic_ns()}"
    path = f"{kube.server}/apis/apps/v1/namespaces/{space}/deployments"
    pool = urllib3.PoolManager(ca_certs=str(kube.ca_file))

    def ask(method: str, url: str, user: User = "admin", **more: Any) -> int:
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"authorization": f"Bearer {kube.tokens[user]}", "content-type": kind}
        return pool.request(method, url, headers=headers, **more).status

    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}}
    assert ask("POST", f"{kube.server}/api/v1/namespaces", json=made) == 201
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE}
    assert ask("POST", path, json={"metadata": {"name": "scorer"}, "spec": spec}) == 201
    assert ask("PATCH", f"{path}/scorer", json={"spec": {"replicas": 2}}) == 200
    assert ask("DELETE", f"{path}/scorer", user="nobody") == 403
    assert ask("DELETE", f"{path}/scorer") == 200
    return space


def check_who_did_what(events: list[dict[str, Any]]) -> None:
    """``events`` are those of the namespace."""
    mine = [one for one in events if one["resource"] == "deployments"]
    mine.sort(key=lambda one: str(one["completed_at"]))
    assert [(one["verb"], one["name"], one["user"]["username"], one["code"]) for one in mine] == [
        ("create", "scorer", "annexa-demo-admin", 201),
        ("patch", "scorer", "annexa-demo-admin", 200),
        ("delete", "scorer", "system:serviceaccount:edge:annexa", 403),
        ("delete", "scorer", "annexa-demo-admin", 200),
    ]
    assert "system:masters" in mine[0]["user"]["groups"]
    assert mine[2]["annotations"]["authorization.k8s.io/decision"] == "forbid"
    assert abs(datetime.fromisoformat(mine[0]["completed_at"]) - datetime.now(UTC)).seconds < 600
    assert b"hunter2" not in canonical.encode(mine)
