"""Memory of a first round over 2,000 and over 200,000 Deployments: it is bounded by pages.

    python bench/memory.py [--objects 200000]

The API server is a stand-in in a process of its own, because a real one needs half an hour to make
so many. Each size is read by a fresh process into a fresh ledger; idle is what that process has
after it has read one page. Budgets: 80 MiB over idle; the large one 1.2 times the small one.
"""

import argparse
import gc
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from annexa.collectors.registry import build
from annexa.collectors.runner import read_source
from annexa.ledger import Ledger
from collect import deployment, forget_peak, resident

FEW = 2_000
PAGE = 500
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
KIND = "kubernetes.deployment"


@contextmanager
def other_process(work: Callable[[int], None]) -> Iterator[int]:
    """Runs ``work`` beside this process; yields a descriptor on which it tells something."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            work(writing)
        finally:
            os._exit(0)
    os.close(writing)
    try:
        yield reading
    finally:
        os.close(reading)
        os.kill(child, 9)
        os.waitpid(child, 0)


def serve(tell: int) -> None:
    """``/N/…`` is a cluster of N Deployments."""
    template = json.loads(deployment(0))
    template["metadata"]["namespace"] = "bench"
    item = json.dumps(template).replace("model-00000", "model-%07d")
    about = {
        "/version": {"gitVersion": "v1.31.0"},
        "/apis": {
            "kind": "APIGroupDiscoveryList",
            "items": [
                {
                    "metadata": {"name": "apps"},
                    "versions": [
                        {
                            "version": "v1",
                            "resources": [{"resource": "deployments", "verbs": ["list"]}],
                        }
                    ],
                }
            ],
        },
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            _, count, rest = parts.path.split("/", 2)
            if rest.endswith("deployments"):
                query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
                self.answer(self.page(int(count), query))
            else:
                empty = {"metadata": {"resourceVersion": "7"}, "items": []}
                self.answer(json.dumps(about.get(f"/{rest}", empty)).encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(b'{"status": {"userInfo": {"username": "system:sa:annexa"}}}')

        def page(self, count: int, query: dict[str, str]) -> bytes:
            start = int(query.get("continue", "0"))
            end = min(count, start + int(query["limit"]))
            more = {"continue": str(end), "remainingItemCount": count - end} if end < count else {}
            meta = json.dumps({"resourceVersion": "7", **more}, separators=(",", ":"))
            items = ",".join(item.replace("%07d", f"{n:07}") for n in range(start, end))
            return f'{{"metadata":{meta},"items":[{items}]}}'.encode()

        def answer(self, body: bytes) -> None:
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    os.write(tell, str(server.server_port).encode())
    server.serve_forever()


def read(url: str, count: int, folder: Path) -> None:
    """Into the ledger of ``folder``."""
    collector, settings = build(
        {
            "id": "kubernetes/bench",
            "server": f"{url}/{count}",
            "token_file": str(folder / "token"),
            "page_size": PAGE,
            "kinds": [KIND],
        }
    )
    slot = NOON + timedelta(seconds=count)
    with (
        Ledger.open(folder / f"{count}.db", keys=folder / "keys") as ledger,
        ledger.begin(settings.id, slot) as run,
    ):
        receipt = read_source(collector, settings, slot=slot, sink=run)
        run.commit(receipt)
    (kind,) = receipt.kinds
    assert (kind.verdict, kind.items) == ("complete", count), kind


def measured(url: str, count: int) -> tuple[float, float]:
    """MiB resident before, and at most while ``count`` objects are read."""

    def work(tell: int) -> None:
        with tempfile.TemporaryDirectory(prefix="annexa-bench-") as name:
            folder = Path(name)
            (folder / "token").write_text("t")
            read(url, PAGE, folder)
            gc.collect()
            idle = resident()
            forget_peak()
            read(url, count, folder)
            os.write(tell, f"{idle} {resident('VmHWM')}".encode())

    with other_process(work) as told:
        idle, peak = os.read(told, 64).decode().split()
    return int(idle) / 1024, int(peak) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--objects", type=int, default=200_000)
    options = parser.parse_args()
    with other_process(serve) as told:
        url = f"http://127.0.0.1:{os.read(told, 16).decode()}"
        peaks = []
        for count in (FEW, options.objects):
            idle, peak = measured(url, count)
            peaks.append(peak)
            print(
                f"{count:>9,} Deployments: {peak:6.1f} MiB, {peak - idle:5.1f} MiB over idle "
                "(budget 80)",
                flush=True,
            )
    print(
        f"{peaks[1] / peaks[0]:.2f} x the memory for {options.objects / FEW:.0f} x the objects",
        end=" ",
    )
    print("(budget 1.2)")


if __name__ == "__main__":
    main()
