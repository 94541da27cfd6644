"""Who is told: an HTTP server that keeps what it was sent, and the real Alertmanager."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest


@dataclass
class Received:
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """An HTTP server that keeps what it was sent, and answers with ``statuses`` in turn."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    seen: list[Received] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, timeout_s: float = 20.0) -> bool:
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.seen) >= count, timeout_s)


@contextmanager
def receiving() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with state.arrived:
                state.seen.append(Received(self.path, headers, body))
                status = state.statuses.pop(0) if state.statuses else 204
                state.arrived.notify_all()
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


ALERTMANAGER = """
route:
  receiver: hook
  group_by: ['...']
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: hook
    webhook_configs: [{url: "%s", send_resolved: true}]
"""


@contextmanager
def alertmanager(folder: Path, hook: str) -> Iterator[str]:
    """The real Alertmanager, telling ``hook``."""
    (folder / "am.yml").write_text(ALERTMANAGER % hook)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = shutil.which("prometheus-alertmanager")
    assert program is not None
    arguments = [
        program,
        f"--config.file={folder / 'am.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as am:
        try:
            _wait_until_ready(url)
            yield url
        finally:
            am.terminate()
            am.wait(10)


def _wait_until_ready(url: str) -> None:
    for _ in range(200):
        try:
            if httpx2.get(f"{url}/-/ready").status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail("Alertmanager did not come up")


def needs_alertmanager() -> None:
    if shutil.which("prometheus-alertmanager") is None:
        pytest.skip("there is no Alertmanager: apt-get install prometheus-alertmanager")
