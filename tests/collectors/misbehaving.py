"""An HTTP server that answers as told, in all the ways in which real servers go wrong.

    with misbehaving(lambda request: Reply(503)) as server:
        read(server.url)

The handler is asked for every request; `server.requests` are the paths that came.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    number: int
    """How many requests came before this one."""
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    flags: frozenset[str] = frozenset()
    """Names in the query that have no value."""


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """Send only so many bytes of the body that Content-Length announces, then close."""
    drip_s: float = 0.0
    """Wait so long between single bytes."""
    hold_s: float = 0.0
    """Wait so long before answering at all."""


def json_reply(value: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(value).encode(), headers)


@dataclass
class Server:
    url: str
    requests: list[Request]
    hangs_up: threading.Event


@contextlib.contextmanager
def misbehaving(handler: Callable[[Request], Reply]) -> Iterator[Server]:
    requests: list[Request] = []
    lock = threading.Lock()
    done = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            flags = frozenset(one for one in parts.query.split("&") if "=" not in one)
            with lock:
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(
                    self.command, parts.path, query, len(requests), headers, body, flags
                )
                requests.append(request)
            with contextlib.suppress(ConnectionError):
                self.send(handler(request))

        do_GET = do_POST = do_HEAD = do_PUT = answer  # noqa: N815 - the library's names

        def send(self, reply: Reply) -> None:
            done.wait(reply.hold_s)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if reply.drip_s:
                for byte in reply.body:
                    self.wfile.write(bytes([byte]))
                    if done.wait(reply.drip_s):
                        break
            elif reply.cut_after is not None:
                self.wfile.write(reply.body[: reply.cut_after])
                self.wfile.flush()
                self.close_connection = True
            else:
                self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hung up is what some tests want."""

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{server.server_port}", requests, done)
    finally:
        done.set()
        server.shutdown()
        server.server_close()
        thread.join()


def wait_until(condition: Callable[[], bool], *, timeout_s: float = 5.0) -> bool:
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True
