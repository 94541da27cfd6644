"""10,000 objects from real servers into a real ledger, beside the bare listing of the same objects.

    python bench/collect.py [--objects 10000] [--repeat 7] [--only mlflow|kubernetes]

Floor: the same list requests, one after another on one connection, bodies thrown away; of each
answer only the page token is looked at. Both run in this process, in turn, and medians are shown.
The MLflow server is real; its 10,000 versions were written into its SQLite file, because its API
needs minutes for that. The kube-apiserver is real where KUBEBUILDER_ASSETS names it.
Budgets: first round 1.1 times the floor, unchanged round 1.05 times, 80 MiB over idle.
"""

import argparse
import gc
import http.client
import itertools
import json
import sqlite3
import ssl
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from annexa.agent.demo import parts
from annexa.collectors.registry import build
from annexa.collectors.runner import read_source
from annexa.ledger import Ledger

MODELS = 100
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
Reading = Callable[[], int]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One source to measure, and how it is listed bare."""

    name: str
    source: dict[str, Any]
    kind: str
    bare: Reading
    """Returns the bytes that came."""


class Bare:
    """One kept connection, as cheap as Python has it."""

    def __init__(self, url: str, context: ssl.SSLContext | None = None, token: str = "") -> None:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        self._connection = (
            http.client.HTTPSConnection(host, port, context=context)
            if context
            else http.client.HTTPConnection(host, port)
        )
        self._headers = {"Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self._connection.close()

    def request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        self._connection.request(method, path, body, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if not 200 <= answer.status < 300:
            raise SystemExit(f"{method} {path}: HTTP {answer.status}")
        return content

    def list(self, path: str, query: dict[str, Any], token_name: str, token: Any) -> int:
        """All pages; ``token`` finds the next token in a body."""
        size = 0
        self.close()  # servers close idle ones; the next request opens it
        more: str | None = ""
        while more is not None:
            asked = {**query, token_name: more} if more else query
            body = self.request("GET", f"{path}?{urlencode(asked, doseq=True)}")
            size += len(body)
            more = token(body)
        return size


class _MLflowHead(msgspec.Struct):
    next_page_token: str | None = None


def mlflow_token(body: bytes) -> str | None:
    return msgspec.json.decode(body, type=_MLflowHead).next_page_token


def kubernetes_token(body: bytes) -> str | None:
    start = body.find(b'"continue":"')
    if not 0 < start < 2048:
        return None
    return body[start + 12 : body.find(b'"', start + 12)].decode() or None


@contextmanager
def mlflow(folder: Path, objects: int, page_size: int) -> Iterator[Subject]:
    with parts.mlflow_server(folder) as url:
        fill_mlflow(folder / "mlflow.db", objects)
        api = "/api/2.0/mlflow"
        bare = Bare(url)

        def listing() -> int:
            order = ["name ASC", "version_number ASC"]
            size = bare.list(
                f"{api}/registered-models/search",
                {"max_results": min(1000, page_size), "order_by": "name ASC"},
                "page_token",
                mlflow_token,
            )
            return size + bare.list(
                f"{api}/model-versions/search",
                {"max_results": page_size, "order_by": order},
                "page_token",
                mlflow_token,
            )

        source = {"id": "mlflow/bench", "tracking_uri": url, "page_size": page_size}
        kind = "mlflow.model_version"
        yield Subject(name="MLflow model versions", source=source, kind=kind, bare=listing)


def fill_mlflow(path: Path, objects: int) -> None:
    """Models and versions as MLflow's own SQL store writes them."""
    now = 1_795_000_000_000
    text = "What changed in this version"
    with sqlite3.connect(path, timeout=60) as db:
        db.executemany(
            "insert into registered_models (name, creation_time, last_updated_time, description)"
            " values (?, ?, ?, ?)",
            [(f"model-{n:04}", now, now, "A model") for n in range(MODELS)],
        )
        versions = [(f"model-{n % MODELS:04}", n // MODELS + 1, n) for n in range(objects)]
        db.executemany(
            "insert into model_versions (name, version, creation_time, last_updated_time,"
            " description, user_id, current_stage, source, run_id, status, run_link)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(name, version, now + n, now + n, text, "eva", "None"),
                    *(f"s3://models/{name}/{version}/artifacts/model", f"{n:032x}", "READY", ""),
                )
                for name, version, n in versions
            ],
        )
        tags = {"ai-system-id": "credit-risk", "approval_status": "approved", "approved_by": "ada"}
        db.executemany(
            "insert into model_version_tags (name, version, key, value) values (?, ?, ?, ?)",
            [(name, version, *tag) for name, version, _ in versions for tag in tags.items()],
        )


@contextmanager
def kubernetes(folder: Path, objects: int, page_size: int) -> Iterator[Subject]:
    with parts.real_kube_api(folder) as kube:
        context = kube.tls()
        bare = Bare(kube.server, context, kube.tokens["admin"])
        fill_kubernetes(kube, objects)
        path = "/apis/apps/v1/deployments"

        def listing() -> int:
            return bare.list(path, {"limit": page_size}, "continue", kubernetes_token)

        source = {
            "id": "kubernetes/bench",
            "server": kube.server,
            "ca_file": str(kube.ca_file),
            "token_file": str(kube.token_files["admin"]),
            "page_size": page_size,
        }
        kind = "kubernetes.deployment"
        yield Subject(name="Kubernetes Deployments", source=source, kind=kind, bare=listing)


def fill_kubernetes(kube: parts.KubeParts, objects: int) -> None:
    clients = [Bare(kube.server, kube.tls(), kube.tokens["admin"]) for _ in range(8)]
    with suppress(SystemExit):  # it is there
        clients[0].request("POST", "/api/v1/namespaces", _object("v1", "Namespace", "bench"))
    path = f"/apis/apps/v1/namespaces/{quote('bench')}/deployments"

    def create(worker: int) -> None:
        for n in range(worker, objects, len(clients)):
            clients[worker].request("POST", path, deployment(n))
        clients[worker].close()

    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(create, range(len(clients))))


def _object(version: str, kind: str, name: str, **more: Any) -> bytes:
    return json.dumps(
        {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **more}
    ).encode()


def deployment(n: int) -> bytes:
    name = f"model-{n:05}"
    labels = {"app": name, "ai-system-id": "credit-risk", "environment": "production"}
    container = {
        "name": "server",
        "image": f"registry.example.com/models/{name}:{n}",
        "env": [{"name": f"SETTING_{k}", "value": "x" * 20} for k in range(5)],
        "ports": [{"containerPort": 8080}],
        "resources": {"limits": {"cpu": "1", "memory": "2Gi"}},
    }
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels, "annotations": {"approved-by": "ada"}},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
    return json.dumps(body).encode()


def measure(subject: Subject, objects: int, repeat: int, folder: Path) -> None:
    slots = (NOON + timedelta(hours=n) for n in itertools.count())
    collector, settings = build({**subject.source, "kinds": [subject.kind]})

    def collect(ledger: Ledger) -> None:
        slot = next(slots)
        with ledger.begin(settings.id, slot) as run:
            receipt = read_source(collector, settings, slot=slot, sink=run)
            run.commit(receipt)
        (kind,) = receipt.kinds
        if (kind.verdict, kind.items) != ("complete", objects):
            raise SystemExit(f"{settings.id}: {kind.verdict}, {kind.items} items, {kind.problem}")

    times: dict[str, list[Took]] = {"bare": [], "first": [], "unchanged": []}
    size = subject.bare()
    with Ledger.open(folder / "warm" / "annexa.db", keys=folder / "keys") as ledger:
        collect(ledger)  # imports and connections are there from here on
    idle, peak = resident(), 0
    for n in range(repeat):
        times["bare"].append(timed(subject.bare))
        with Ledger.open(folder / str(n) / "annexa.db", keys=folder / "keys") as ledger:
            gc.collect()
            forget_peak()
            times["first"].append(timed(lambda: collect(ledger)))
            peak = max(peak, resident("VmHWM"))
            times["bare"].append(timed(subject.bare))
            times["unchanged"].append(timed(lambda: collect(ledger)))
    floor = statistics.median(took.wall_s for took in times["bare"])
    print(f"{subject.name}: {objects:,} objects, {size / 1e6:.1f} MB")
    print(f"  bare listing       {shown(times['bare'])}")
    for name, budget in (("first", 1.1), ("unchanged", 1.05)):
        ratio = statistics.median(took.wall_s for took in times[name]) / floor
        print(
            f"  {name + ' round':<18} {shown(times[name])}   "
            f"{ratio:.2f} x the floor (budget {budget})"
        )
    print(f"  peak over idle     {(peak - idle) / 1024:6.1f} MiB (budget 80)", flush=True)


@dataclass(frozen=True)
class Took:
    wall_s: float
    cpu_s: float
    """Of this process; the server's is the same in all rounds. Where others use the cores too, it
    says more than the wall."""


def timed(work: Callable[[], object]) -> Took:
    began, used = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - began, time.process_time() - used)


def shown(times: list[Took]) -> str:
    walls = [took.wall_s for took in times]
    cpu_s = statistics.median(took.cpu_s for took in times)
    middle = statistics.median(walls)
    return f"{middle:6.3f} s   {min(walls):.3f}-{max(walls):.3f}   {cpu_s:.3f} s of CPU"


def resident(field: str = "VmRSS") -> int:
    """KiB of this process."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(field)).split()[1])


def forget_peak() -> None:
    """Let VmHWM begin anew."""
    Path("/proc/self/clear_refs").write_text("5")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--only", choices=["mlflow", "kubernetes"])
    parser.add_argument("--mlflow-page", type=int, default=10_000)
    parser.add_argument("--kubernetes-page", type=int, default=500)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="annexa-bench-")))
        if options.only != "kubernetes":
            with mlflow(folder / "mlflow", options.objects, options.mlflow_page) as subject:
                measure(subject, options.objects, options.repeat, folder / "mlflow-ledgers")
        if options.only != "mlflow":
            if parts.assets() is None:
                print(f"Kubernetes: not measured, {parts.ASSETS} names no kube-apiserver")
                return
            with kubernetes(folder / "kube", options.objects, options.kubernetes_page) as subject:
                measure(subject, options.objects, options.repeat, folder / "kube-ledgers")


if __name__ == "__main__":
    main()
