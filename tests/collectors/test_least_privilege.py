"""With exactly the generated ClusterRole a real API server answers every read, and nothing more."""

import itertools
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
import yaml
from annexa.agent.demo.parts import KubeParts
from annexa.agent.entry import run
from annexa.agent.permissions import cluster_reads
from annexa.agent.policies import cluster_role
from annexa.collectors import registry
from annexa.collectors.receipt import Receipt
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink

RBAC = "/apis/rbac.authorization.k8s.io/v1"
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
VISITOR = "system:serviceaccount:annexa:visitor"
OF_EVERYBODY = {"authorization.k8s.io", "authentication.k8s.io"}
Right = tuple[str, str, str]


class Client:
    def __init__(self, kube: KubeParts, token: str) -> None:
        self._kube = kube
        self._pool = urllib3.PoolManager(ca_certs=str(kube.ca_file), maxsize=4)
        self._headers = {"authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str, body: object = None) -> Any:
        answer = self._pool.request(
            method, self._kube.server + path, headers=self._headers, json=body
        )
        assert answer.status < 300, answer.data
        return json.loads(answer.data)


def role() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(
        cluster_role(cluster_reads(registry.load("kubernetes").kinds))
    )
    return found


@pytest.fixture(name="granted")
def _granted(kube: KubeParts) -> Iterator[set[Right]]:
    """What the role says; it is bound to a user who has nothing else, for one test."""
    admin = Client(kube, kube.tokens["admin"])
    name = f"least-{uuid.uuid4().hex[:8]}"
    made = role()
    admin.ask("POST", f"{RBAC}/clusterroles", {**made, "metadata": {"name": name}})
    subject = {"kind": "User", "name": VISITOR, "apiGroup": "rbac.authorization.k8s.io"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    binding = {"metadata": {"name": name}, "roleRef": reference, "subjects": [subject]}
    admin.ask("POST", f"{RBAC}/clusterrolebindings", binding)
    yield {
        right
        for rule in made["rules"]
        for right in itertools.product(rule["apiGroups"], rule["resources"], rule["verbs"])
    }
    admin.ask("DELETE", f"{RBAC}/clusterrolebindings/{name}")
    admin.ask("DELETE", f"{RBAC}/clusterroles/{name}")


def discovered(kube: KubeParts) -> list[tuple[str, str]]:
    """Every resource of the server, parts such as ``pods/log`` included."""
    admin = Client(kube, kube.tokens["admin"])
    groups = admin.ask("GET", "/apis")["groups"]
    paths = {"": "/api/v1"} | {
        one["name"]: f"/apis/{one['preferredVersion']['groupVersion']}" for one in groups
    }
    return [
        (group, one["name"])
        for group, path in paths.items()
        for one in admin.ask("GET", path)["resources"]
    ]


def read(kube: KubeParts, **more: Any) -> Receipt:
    entry = {"id": "kubernetes/least", "server": kube.server, "ca_file": str(kube.ca_file)}
    token = str(kube.token_files["visitor"])
    collector, settings = registry.build({**entry, "token_file": token, **more})
    return read_source(collector, settings, slot=NOON, sink=MemorySink())


def asked_for(receipt: Receipt) -> set[Right]:
    found = set()
    for operation in (one.operation for kind in receipt.kinds for one in kind.operations):
        path = re.fullmatch(
            r"GET /(?:api/v1|apis/(?P<group>[^/]+)/[^/]+)(?:/namespaces/[^/{]+(?=/))?"
            r"/(?P<plural>[a-z]+)(?P<one>/\{name\})?",
            operation,
        )
        if path:
            found.add((path["group"] or "", path["plural"], "get" if path["one"] else "list"))
    return found


def test_every_read_is_answered_and_each_right_is_used_by_one(
    kube: KubeParts, granted: set[Right]
) -> None:
    receipt = read(kube)
    assert {kind.verdict for kind in receipt.kinds} <= {"complete", "unsupported"}
    limited = read(kube, namespaces=["default"], kinds=["kubernetes.namespace"])
    assert [kind.verdict for kind in limited.kinds] == ["complete"]
    here = set(discovered(kube))
    usable = {right for right in granted if right[:2] in here}
    assert len(usable) > 15
    assert usable <= asked_for(receipt) | asked_for(limited)


def test_nothing_else_is_granted_on_any_resource_of_the_server(
    kube: KubeParts, granted: set[Right]
) -> None:
    visitor = Client(kube, kube.tokens["visitor"])
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    here = [one for one in discovered(kube) if one[0] not in OF_EVERYBODY]
    assert ("", "secrets") in here
    assert ("", "pods/log") in here
    for (group, plural), verb in itertools.product(here, VERBS):
        resource, _, part = plural.partition("/")
        wanted = {"group": group, "resource": resource, "subresource": part, "verb": verb}
        review = {"spec": {"resourceAttributes": wanted}}
        is_allowed = visitor.ask("POST", path, review)["status"]["allowed"]
        is_granted = (group, plural, verb) in granted or (group, "*", verb) in granted
        assert is_allowed == is_granted, (verb, plural, group)


def test_doctor_says_that_the_role_is_just_enough_and_names_what_is_not_needed(
    kube: KubeParts, granted: set[Right], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def doctor(user: str) -> Any:
        token = kube.token_files[user]  # type: ignore[index]  # one of USERS
        config = tmp_path / "annexa.yaml"
        config.write_text(
            "organisation: {name: N, timezone: UTC}\nsources:\n"
            f"  - {{id: kubernetes/least, server: '{kube.server}', ca_file: '{kube.ca_file}', "
            f"token_file: '{token}', kinds: [kubernetes.namespace, kubernetes.deployment]}}\n"
        )
        run(["doctor", "--config", str(config), "--json"])
        (source,) = json.loads(capsys.readouterr().out)["sources"]
        return source

    more = set(doctor("visitor")["excess"]["found"])
    needless = {f"list on {plural}.{group}" for group, plural, _ in granted if group == "batch"}
    assert needless <= more  # for two kinds the role is too much
    assert not [one for one in more if not one.startswith("list on ")]
    assert "* on *.*" in doctor("admin")["excess"]["found"]
    denied = doctor("nobody")
    assert denied["excess"]["found"] == []
    assert [kind["remedy"] for kind in denied["kinds"]] == [
        "grant: list on namespaces",
        "grant: list on deployments.apps",
    ]
