"""A small company for the command line: a cluster behind HTTP and a folder of documents."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

from ..collectors.kubernetes_api import about_the_api
from ..collectors.misbehaving import Reply, Request, json_reply, misbehaving
from ..mappings.small_pack import write_small_pack

KSERVE = "/apis/serving.kserve.io/v1beta1/inferenceservices"
DEPLOYMENTS = "/apis/apps/v1/deployments"
HOSTILE = "shop\u202e[bold]x[/bold]"


@dataclass
class Cluster:
    """What the API server lists; ``answer`` may take over a request."""

    url: str = ""
    items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    page_size: int = 2
    answer: Callable[[Request], Reply | None] = lambda _request: None
    requests: int = 0

    def handle(self, request: Request) -> Reply:
        self.requests += 1
        special = self.answer(request)
        if special is not None:
            return special
        if request.path == "/version":
            return json_reply({"gitVersion": "v1.31.0"})
        if request.method == "POST":
            return json_reply({"status": {"userInfo": {"username": "system:sa:annexa"}}}, 201)
        about = about_the_api(request, {"serving.kserve.io": ["v1beta1"]})
        if about is not None:
            return about
        items = self.items.get(request.path, [])
        start = int(request.query.get("continue", "0"))
        end = start + min(self.page_size, int(request.query.get("limit", "500")))
        meta: dict[str, Any] = {"resourceVersion": "7"}
        if end < len(items):
            meta |= {"continue": str(end), "remainingItemCount": len(items) - end}
        return json_reply({"kind": "List", "metadata": meta, "items": items[start:end]})


def service(name: str, uri: str, system: str = "credit-risk") -> dict[str, Any]:
    labels = {"ai-system-id": system, "environment": "production"}
    return {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "labels": labels,
            "creationTimestamp": "2026-05-01T08:00:00Z",
        },
        "spec": {"predictor": {"model": {"storageUri": uri}}},
    }


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    state = Cluster()
    state.items = {
        "/api/v1/namespaces": [{"metadata": {"name": "shop"}}],
        KSERVE: [service(f"scorer-{n}", f"s3://models/{n}") for n in range(5)],
    }
    with misbehaving(state.handle) as server:
        state.url = server.url
        yield state


def write_company(folder: Path, url: str, more: str = "") -> Path:
    """Documents, a token, a pack of few rules, and an ``annexa.yaml`` that names them."""
    write_small_pack(folder / "few")
    (folder / "aims" / "systems").mkdir(parents=True)
    (folder / "token").write_text("t0ken-of-the-test")
    (folder / "aims" / "policy.md").write_text(
        "---\nid: ai-policy\ntitle: AI policy\ntype: policy\nowner: ceo\ncontrols: [A.2.2]\n"
        "approved_by: board\napproved_at: 2026-01-10\nreview_by: 2026-02-10\n---\n# AI policy\n"
    )
    (folder / "aims" / "systems" / "credit-risk.yaml").write_text(
        "id: credit-risk\nname: Credit risk\nowner: dana@example.org\naffects_people: true\n"
    )
    path = folder / "annexa.yaml"
    path.write_text(
        dedent(f"""\
        organisation: {{name: Nordlicht Handel, timezone: Europe/Berlin}}
        pack: ./few
        sources:
          - id: kubernetes/shop
            server: {url}
            token_file: token
            page_size: 2
            timeout_s: 5
          - id: documents/aims
            path: aims
        """)
        + more
    )
    return path
