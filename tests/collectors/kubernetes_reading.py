"""A cluster that a test makes, and readings of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annexa.collectors.kubernetes.access import KubernetesSettings
from annexa.collectors.kubernetes.kinds import RESOURCES
from annexa.collectors.kubernetes.reader import Kubernetes
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.collectors.runner import read_source

from .kubernetes_api import about_the_api
from .memory_sink import NOON, MemorySink, patient
from .misbehaving import Reply, Request, Server, json_reply, misbehaving

DEPLOYMENTS = "/apis/apps/v1/deployments"
Handler = Callable[[Request], Reply | None]


def deployment(name: str, namespace: str = "shop") -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "resourceVersion": "5",
            "labels": {"environment": "production"},
            "annotations": {"approved-by": "alice", "note": "hunter2"},
            "managedFields": [{"manager": "kubectl"}],
        },
        "spec": {
            "replicas": 2,
            "template": {
                "spec": {
                    "containers": [{"image": "m:1", "env": [{"name": "KEY", "value": "hunter2"}]}]
                }
            },
        },
        "status": {"readyReplicas": 2},
    }


def listing(
    items: list[dict[str, Any]],
    *,
    token: str = "",
    version: str = "9",
    remaining: int | None = None,
) -> Reply:
    meta: dict[str, Any] = {"resourceVersion": version}
    if token:
        meta["continue"] = token
    if remaining is not None:
        meta["remainingItemCount"] = remaining
    return json_reply({"kind": "List", "apiVersion": "v1", "metadata": meta, "items": items})


def refusal(status: int, message: str = "", **headers: str) -> Reply:
    return json_reply({"kind": "Status", "message": message, "code": status}, status, **headers)


@contextmanager
def cluster(handler: Handler) -> Iterator[Server]:
    """Answers /version and empty lists where ``handler`` returns None."""

    def answer(request: Request) -> Reply:
        said = handler(request)
        if said is not None:
            return said
        if request.path == "/version":
            return json_reply({"gitVersion": "v1.30.0"})
        if request.method == "POST":
            return refusal(404)
        return about_the_api(request) or listing([])

    with misbehaving(answer) as server:
        yield server


def read(
    server: Server, tmp_path: Path, sink: MemorySink | None = None, **settings: Any
) -> Receipt:
    token = tmp_path / "token"
    token.write_text(settings.pop("token", "hunter2"))
    found = KubernetesSettings(
        id="kubernetes/test",
        server=server.url,
        token_file=str(token),
        **{"timeout_s": 5, **settings},
    )
    return read_source(
        Kubernetes(found),
        found,
        slot=NOON,
        sink=sink or MemorySink(),
        keep=frozenset({"approved-by"}),
        retry=patient(),
    )


def read_deployments(
    handler: Handler, tmp_path: Path, sink: MemorySink | None = None, **settings: Any
) -> KindReceipt:
    def only(request: Request) -> Reply | None:
        return handler(request) if "/deployments" in request.path else None

    with cluster(only) as server:
        receipt = read(server, tmp_path, sink, kinds=("kubernetes.deployment",), **settings)
    assert "hunter2" not in repr(receipt)
    return receipt.kinds[0]


BY_NAME = {one.kind.name.removeprefix("kubernetes."): one for one in RESOURCES}


@dataclass(frozen=True)
class Read:
    receipt: KindReceipt
    sink: MemorySink
    paths: list[str]


def read_one(tmp_path: Path, name: str, handler: Handler, **settings: Any) -> Read:
    sink = MemorySink()
    resource = BY_NAME[name]
    with cluster(handler) as server:
        receipt = read(server, tmp_path, sink, kinds=(resource.kind.name,), **settings)
        paths = [request.path for request in server.requests]
    return Read(receipt.kinds[0], sink, paths)
