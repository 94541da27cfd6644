"""The simulated API server and the real one give the same answers to the same requests."""

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.demo.kube_objects import KubeAdmin
from annexa.agent.demo.parts import KubeParts, User
from annexa.agent.demo.simulated_kube import SimulatedKube, simulated_kube_api
from annexa.collectors.kubernetes_audit.wire import event_reader
from hypothesis import given
from hypothesis import strategies as st

Object = dict[str, Any]
Ask = Callable[..., tuple[int, Any]]

APPS = "/apis/apps/v1"
WIDGETS = "/apis/annexa.test/v1/widgets"
WIDGET: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.annexa.test"},
    "spec": {
        "group": "annexa.test",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "x-kubernetes-preserve-unknown-fields": True,
                    }
                },
            }
        ],
    },
}


def deployment(namespace: str, name: str) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": {"ai-system-id": "a"}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "model", "image": f"registry/{name}:1"}]},
            },
        },
    }


def role(namespace: str) -> list[Object]:
    """Lets the visitor list Deployments in one namespace, and get one that is named."""
    group = "rbac.authorization.k8s.io"
    return [
        {
            "apiVersion": f"{group}/v1",
            "kind": "Role",
            "metadata": {"name": "look", "namespace": namespace},
            "rules": [
                {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]},
                {
                    "apiGroups": ["apps"],
                    "resources": ["deployments"],
                    "resourceNames": ["m-1"],
                    "verbs": ["get"],
                },
            ],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "look", "namespace": namespace},
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "look"},
            "subjects": [{"kind": "ServiceAccount", "name": "visitor", "namespace": "annexa"}],
        },
    ]


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[tuple[KubeParts, SimulatedKube]]:
    with simulated_kube_api(tmp_path) as started:
        yield started


@pytest.fixture(params=["simulated", "real"])
def parts(request: pytest.FixtureRequest) -> KubeParts:
    if request.param == "real":
        real: KubeParts = request.getfixturevalue("kube")
        return real
    made: tuple[KubeParts, SimulatedKube] = request.getfixturevalue("simulated")
    return made[0]


@pytest.fixture
def namespace(parts: KubeParts) -> str:
    """A fresh one with five Deployments, and a neighbour whose name begins with its name."""
    name = f"ns-{uuid.uuid4().hex[:8]}"
    objects: list[Object] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name + suffix}}
        for suffix in ("", "-next")
    ]
    objects += [deployment(name, f"m-{n}") for n in (3, 1, 5, 2, 4)]
    objects.append(deployment(f"{name}-next", "m-9"))
    KubeAdmin(parts).create([*objects, *role(name)])
    return name


def asking(parts: KubeParts, user: User | None = "admin") -> Ask:
    tls = parts.tls()

    def ask(path: str, method: str = "GET", body: Object | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {parts.tokens[user]}"} if user else {}
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            parts.server + path, data=data, headers=headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30, context=tls) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raw = error.read()
                is_json = "json" in error.headers.get("Content-Type", "")
                return error.code, json.loads(raw) if is_json else raw.decode()

    return ask


def pages(ask: Ask, path: str, limit: int) -> list[Object]:
    status, page = ask(f"{path}?limit={limit}")
    found = [page]
    while status == 200 and (token := page["metadata"].get("continue")):
        status, page = ask(f"{path}?limit={limit}&continue={token}")
        found.append(page)
    return found


def names(page: Object) -> list[str]:
    return [item["metadata"]["name"] for item in page["items"]]


def test_pages_end_with_the_same_names_at_one_resource_version(
    parts: KubeParts, namespace: str
) -> None:
    found = pages(asking(parts), f"{APPS}/namespaces/{namespace}/deployments", 2)
    assert [names(page) for page in found] == [["m-1", "m-2"], ["m-3", "m-4"], ["m-5"]]
    assert [page["metadata"].get("remainingItemCount") for page in found] == [3, 1, None]
    assert len({page["metadata"]["resourceVersion"] for page in found}) == 1
    assert [page["kind"] for page in found] == ["DeploymentList"] * 3
    assert not {"kind", "apiVersion"} & found[0]["items"][0].keys()


def test_a_list_shows_the_instant_of_its_first_page(parts: KubeParts, namespace: str) -> None:
    ask, path = asking(parts), f"{APPS}/namespaces/{namespace}/deployments"
    _, first = ask(f"{path}?limit=2")
    ask(path, "POST", deployment(namespace, "m-45"))
    status, deleted = ask(f"{path}/m-5", "DELETE")
    assert (status, deleted["status"]) == (200, "Success")
    _, rest = ask(f"{path}?limit=9&continue={first['metadata']['continue']}")
    assert names(rest) == ["m-3", "m-4", "m-5"]
    assert names(ask(path)[1]) == ["m-1", "m-2", "m-3", "m-4", "m-45"]


def test_a_limit_that_fits_exactly_has_no_next_page(parts: KubeParts, namespace: str) -> None:
    (page,) = pages(asking(parts), f"{APPS}/namespaces/{namespace}/deployments", 5)
    assert "continue" not in page["metadata"]
    assert "remainingItemCount" not in page["metadata"]


def test_a_role_in_a_namespace_opens_that_namespace_only(parts: KubeParts, namespace: str) -> None:
    ask = asking(parts, "visitor")
    assert len(names(ask(f"{APPS}/namespaces/{namespace}/deployments")[1])) == 5
    assert ask(f"{APPS}/namespaces/{namespace}/deployments/m-1")[0] == 200
    assert ask(f"{APPS}/namespaces/{namespace}/deployments/m-2")[0] == 403
    for path, where in (
        (f"{APPS}/namespaces/{namespace}-next/deployments", f'in the namespace "{namespace}-next"'),
        (f"{APPS}/deployments", "at the cluster scope"),
    ):
        assert ask(path) == (
            403,
            {
                "kind": "Status",
                "apiVersion": "v1",
                "metadata": {},
                "status": "Failure",
                "message": "deployments.apps is forbidden: User "
                '"system:serviceaccount:annexa:visitor" cannot list resource "deployments" in API '
                f'group "apps" {where}',
                "reason": "Forbidden",
                "details": {"group": "apps", "kind": "deployments"},
                "code": 403,
            },
        )


@pytest.mark.parametrize(
    ("user", "request_line", "status", "reason"),
    [
        ("admin", f"GET {APPS}/deployments?limit=x", 400, "BadRequest"),
        ("admin", f"GET {APPS}/deployments?limit=1&continue=xx", 400, "BadRequest"),
        ("admin", f"GET {APPS}/foos", 404, "NotFound"),
        ("admin", f"GET {APPS}/namespaces/default/deployments/none", 404, "NotFound"),
        ("admin", f"DELETE {APPS}/namespaces/default/deployments/none", 404, "NotFound"),
        ("admin", "PUT /api/v1/namespaces", 405, "MethodNotAllowed"),
        ("visitor", "GET /apis/unheard.of/v1/things", 403, "Forbidden"),
        ("nobody", "GET /api/v1/namespaces/default", 403, "Forbidden"),
        ("nobody", "GET /api/v1/namespaces", 403, "Forbidden"),
        (None, "GET /api/v1/namespaces", 403, "Forbidden"),
        (None, "GET /apis", 403, "Forbidden"),
    ],
)
def test_refusals_are_the_same_status_objects(
    parts: KubeParts, user: User | None, request_line: str, status: int, reason: str
) -> None:
    method, path = request_line.split()
    code, answer = asking(parts, user)(path, method, {} if method == "PUT" else None)
    found = (code, answer["kind"], answer["reason"], answer["code"])
    assert found == (status, "Status", reason, status)


def test_a_wrong_token_is_unauthorized_and_an_unknown_group_is_no_page(parts: KubeParts) -> None:
    assert asking(parts)("/apis/unheard.of/v1/things") == (404, "404 page not found\n")
    parts.tokens["nobody"], kept = "wrong", parts.tokens["nobody"]
    try:
        code, answer = asking(parts, "nobody")("/version")
    finally:
        parts.tokens["nobody"] = kept
    assert (code, answer["reason"]) == (401, "Unauthorized")


def test_discovery_names_what_is_served(parts: KubeParts) -> None:
    ask = asking(parts, "nobody")
    groups = {group["name"]: group for group in ask("/apis")[1]["groups"]}
    assert groups["apps"]["preferredVersion"] == {"groupVersion": "apps/v1", "version": "v1"}
    served = {r["name"]: r["namespaced"] for r in ask("/apis/apps/v1")[1]["resources"]}
    assert served["deployments"] is True
    assert ask("/version")[1]["gitVersion"].startswith("v")


def test_a_custom_resource_is_served_once_it_is_defined(parts: KubeParts, namespace: str) -> None:
    admin = KubeAdmin(parts)
    admin.create([WIDGET])
    admin.create([WIDGET])  # again: as it is
    widget = {
        "apiVersion": "annexa.test/v1",
        "kind": "Widget",
        "metadata": {"name": "w", "namespace": namespace},
        "spec": {"x": 1},
    }
    path = f"/apis/annexa.test/v1/namespaces/{namespace}/widgets"
    assert admin.ask("POST", path, widget)[0] == 201
    assert admin.ask("POST", path, widget)[0] == 409
    status, answer = admin.ask("GET", path)
    assert (status, list(answer)) == (200, ["apiVersion", "items", "kind", "metadata"])
    assert [(i["kind"], i["spec"]) for i in answer["items"]] == [("Widget", {"x": 1})]


def test_an_account_token_is_that_account(parts: KubeParts, namespace: str) -> None:
    admin = KubeAdmin(parts)
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "someone", "namespace": namespace},
    }
    admin.create([account])
    parts.tokens["nobody"], kept = admin.account_token(namespace, "someone"), parts.tokens["nobody"]
    try:
        _, answer = asking(parts, "nobody")("/api/v1/namespaces")
    finally:
        parts.tokens["nobody"] = kept
    assert f'User "system:serviceaccount:{namespace}:someone"' in answer["message"]


def test_an_expired_list_answers_410_and_how_to_go_on(
    simulated: tuple[KubeParts, SimulatedKube],
) -> None:
    parts, server = simulated
    KubeAdmin(parts).create([deployment("default", f"m-{n}") for n in range(5)])
    ask, path = asking(parts), f"{APPS}/namespaces/default/deployments"
    _, first = ask(f"{path}?limit=2")
    server.expire()
    status, answer = ask(f"{path}?limit=2&continue={first['metadata']['continue']}")
    assert (status, answer["reason"], answer["code"]) == (410, "Expired", 410)
    _, rest = ask(f"{path}?limit=9&continue={answer['metadata']['continue']}")
    assert names(rest) == ["m-2", "m-3", "m-4"]


@given(
    wanted=st.sets(st.from_regex(r"[a-c]{1,3}(-[a-c])?", fullmatch=True), max_size=12),
    limit=st.integers(1, 13),
)
def test_pages_of_any_size_add_up_to_the_whole_list_in_order(wanted: set[str], limit: int) -> None:
    server = SimulatedKube({})
    resource = server.store.resources["apps", "v1", "deployments"]
    for name in wanted:
        server.store.create(resource, "default", {"metadata": {"name": name}})
        server.store.create(resource, "default-x", {"metadata": {"name": name}})
    found: list[str] = []
    token: str | None = None
    while True:
        page = server.store.page(resource, "default", limit, token)
        found += [item["metadata"]["name"] for item in page.items]
        assert page.remaining in (None, len(wanted) - len(found))
        if (token := page.token) is None:
            break
    assert found == sorted(wanted)


def test_the_audit_log_says_who_made_and_deleted_what(parts: KubeParts, namespace: str) -> None:
    path = f"{APPS}/namespaces/{namespace}/deployments"
    assert asking(parts)(f"{path}/m-1", "DELETE")[0] == 200
    assert asking(parts, "nobody")(f"{path}/m-2", "DELETE")[0] == 403
    read = event_reader(("deployments.apps",), None)
    events = map(read, parts.audit_log.read_bytes().splitlines())
    mine = [one for one in events if one is not None and one.namespace == namespace]
    admin, account = "annexa-demo-admin", "system:serviceaccount:edge:annexa"
    assert [(one.verb, one.name, one.user.username, one.code) for one in mine] == [
        *(("create", f"m-{n}", admin, 201) for n in (3, 1, 5, 2, 4)),
        ("delete", "m-1", admin, 200),
        ("delete", "m-2", account, 403),
    ]
