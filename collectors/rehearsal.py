"""Tries a collector without an agent, a ledger or a wait: for the tests of plugins.

with serving(lambda asked: (200, b'{"items": []}')) as url:
found = rehearse(Feast(settings), settings)
assert found.verdict(ITEM) == "complete"
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from .call import Retry
from .contract import Collector, Kind, Row, Settings
from .errors import Verdict
from .receipt import KindReceipt, Receipt
from .runner import read_source

NO_ANSWER = 0
"""As a status: the server keeps the connection and says nothing."""


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """Names in lower case."""


Answering = Callable[[Asked], tuple[int, bytes]]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A way in which a server goes wrong, and what a run may call it then."""

    name: str
    status: int = 200
    body: bytes = b""
    verdicts: frozenset[Verdict] = frozenset({"unavailable"})

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        """For `serving`."""
        return self.status, self.body


_DENIED: frozenset[Verdict] = frozenset({"denied"})
_MISSING: frozenset[Verdict] = frozenset({"unavailable", "unsupported"})

FAULTS = (
    Fault(name="401", status=401, verdicts=_DENIED),
    Fault(name="403", status=403, verdicts=_DENIED),
    Fault(name="404", status=404, verdicts=_MISSING),
    Fault(name="410", status=410, verdicts=_MISSING),
    Fault(name="429", status=429),
    Fault(name="500", status=500),
    Fault(name="503", status=503),
    Fault(name="half an answer", body=b'{"items": [{"name": "s3cret'),
    Fault(name="not JSON", body=b"<html>s3cret</html>"),
    Fault(name="a list", body=b'["s3cret"]'),
    Fault(name="no answer", status=NO_ANSWER),
    Fault(name="65 MiB", body=b" " * 65 * 1024**2),
)


@dataclass
class Rehearsal:
    """What one reading gave."""

    receipt: Receipt
    rows: dict[str, dict[str, Row]]

    def kind(self, kind: Kind) -> KindReceipt:
        return next(one for one in self.receipt.kinds if one.kind == kind.name)

    def verdict(self, kind: Kind) -> Verdict:
        return self.kind(kind).verdict

    def records(self, kind: Kind) -> dict[str, Any]:
        """Subject -> the record as it would be stored."""
        found = self.rows.get(kind.name, {})
        return {subject: msgspec.json.decode(row.body) for subject, row in found.items()}


@dataclass
class _Kept:
    """A `contract.Sink` in memory."""

    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)

    def cursor(self, kind: Kind) -> str | None:
        return self.cursors.get(kind.name)

    def add(self, kind: Kind, rows: Sequence[Row]) -> None:
        self.rows.setdefault(kind.name, {}).update((row.subject, row) for row in rows)

    def restart(self, kind: Kind) -> None:
        self.rows.pop(kind.name, None)

    def move_cursor(self, kind: Kind, cursor: str) -> None:
        self.cursors[kind.name] = cursor


def rehearse(
    collector: Collector, settings: Settings, *, keep: frozenset[str] = frozenset()
) -> Rehearsal:
    """Read everything once, as the agent would; ``keep`` are keys that conventions name."""
    sink = _Kept()
    receipt = read_source(
        collector,
        settings,
        slot=datetime.now(UTC),
        sink=sink,
        keep=keep,
        retry=Retry(attempts=2, sleep=lambda _seconds: None),
    )
    return Rehearsal(receipt, sink.rows)


@contextlib.contextmanager
def serving(answering: Answering) -> Iterator[str]:
    """An HTTP server on this machine that answers as told; yields its URL."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = answering(Asked(parts.path, query, headers))
            if status == NO_ANSWER:
                ended.wait()
                return
            with contextlib.suppress(ConnectionError):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
