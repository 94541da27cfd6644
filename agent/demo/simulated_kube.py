"""A small API server for where there is no kube-apiserver: the same answers to the same questions.

Lists have ``limit`` and ``continue``, one ``resourceVersion`` over all pages,
``remainingItemCount`` and 410 after `SimulatedKube.expire`; 401, 403, 404 and 409 are proper
``Status`` objects, decided by RBAC over the stored objects; custom resources are served once their
definition is created. There is no validation, no defaulting, no watch and no controller.
``tests/agent/test_simulated_kube.py`` holds it against the real server.
"""

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .parts import USERS, KubeParts, write_tokens
from .simulated_access import Access
from .simulated_answers import Answer, Answers
from .simulated_audit import AuditLog
from .simulated_store import NAMESPACES, Store

VERSION = "v1.20.2+annexa.simulated"


class SimulatedKube:
    """The server's state; ``answers`` turns one request into one answer."""

    def __init__(self, users: Mapping[str, str]) -> None:
        """``users``: see `Access`."""
        self.store = Store()
        self.access = Access(self.store, users)
        self.answers = Answers(self.store, self.access, VERSION)
        self.requests: list[str] = []
        """``METHOD path?query`` of every request so far."""
        for name in ("default", "kube-node-lease", "kube-public", "kube-system"):
            self.store.create(NAMESPACES, None, {"metadata": {"name": name}})

    def expire(self) -> None:
        """Let the continue tokens of lists that are under way answer 410 from now on."""
        self.store.compact()


@contextlib.contextmanager
def serving(simulated: SimulatedKube, log: AuditLog | None = None) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1; yields the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(simulated, log))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def simulated_kube_api(folder: Path) -> Iterator[tuple[KubeParts, SimulatedKube]]:
    """As `parts.real_kube_api`, without the programs; the second value is for injecting faults."""
    tokens, token_files = write_tokens(folder.resolve() / "tokens")
    simulated = SimulatedKube({tokens[user]: line for user, line in USERS.items()})
    audit_log = folder.resolve() / "audit.log"
    with serving(simulated, AuditLog(audit_log)) as url:
        parts = KubeParts(
            server=url,
            ca_file=None,
            tokens=tokens,
            token_files=token_files,
            real=False,
            audit_log=audit_log,
        )
        yield parts, simulated


def _handler(simulated: SimulatedKube, log: AuditLog | None) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "annexa-simulated-kube"
        wbufsize = -1  # headers and body leave together
        disable_nagle_algorithm = True
        timeout = 60

        def _serve(self) -> None:
            simulated.requests.append(f"{self.command} {self.path}")
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else b""
            scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
            bearer = token if scheme.lower() == "bearer" else None
            answer = simulated.answers.to(self.command, self.path, bearer, body)
            caller = simulated.access.caller(bearer)
            if log is not None and caller is not None:
                log.write(self.command, self.path, caller, body, answer.status)
            self._send(answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - names that http.server calls

        def _send(self, answer: Answer) -> None:
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            data = text.encode()
            plain = isinstance(answer.body, str)
            self.send_response(answer.status)
            self.send_header(
                "Content-Type", "text/plain; charset=utf-8" if plain else "application/json"
            )
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
            """Quiet: `SimulatedKube.requests` is the log."""

    return Handler
