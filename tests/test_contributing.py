"""The collector in CONTRIBUTING.md is real: it is taken from the page and run."""

import json
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from annexa.collectors.call import Retry
from annexa.collectors.contract import Kind, Row
from annexa.collectors.receipt import Receipt
from annexa.collectors.runner import read_source

PAGE = Path(__file__).parents[1] / "CONTRIBUTING.md"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Kept:
    """A sink that holds what it was given."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def cursor(self, kind: Kind) -> str | None:
        return None

    def add(self, kind: Kind, rows: Sequence[Row]) -> None:
        self.rows += rows

    def move_cursor(self, kind: Kind, cursor: str) -> None:
        raise AssertionError("flags are no events")

    def restart(self, kind: Kind) -> None:
        self.rows.clear()


class FlagServer(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        second = "page=2" in self.path
        answer: dict[str, Any] = {
            "flags": [
                {"name": "b" if second else "a", "secret": "s3cret", "tags": {"pin": "1234"}}
            ],
            "total": 2,
        }
        if not second:
            answer["next"] = "2"
        body = json.dumps(answer).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


@pytest.fixture(name="server")
def _server() -> Iterator[ThreadingHTTPServer]:
    handler = type("Flags", (FlagServer,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(name="plugin", scope="module")
def _plugin() -> Iterator[ModuleType]:
    code = "\n\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL))
    module = ModuleType("contributing_flags")
    sys.modules[module.__name__] = module
    exec(compile(code, str(PAGE), "exec"), module.__dict__)
    yield module
    del sys.modules[module.__name__]


def read(plugin: ModuleType, server: ThreadingHTTPServer, sink: Kept) -> Receipt:
    url = f"http://127.0.0.1:{server.server_address[1]}"
    settings = plugin.FlagSettings(id="flags/test", url=url)
    retry = Retry(attempts=1)
    return read_source(plugin.Flags(settings), settings, slot=NOON, sink=sink, retry=retry)


def test_the_collector_of_the_page_reads_every_page_and_keeps_what_it_names(
    plugin: ModuleType, server: ThreadingHTTPServer
) -> None:
    sink = Kept()
    receipt = read(plugin, server, sink)
    (kind,) = receipt.kinds
    assert (kind.verdict, kind.items, kind.pages) == ("complete", 2, 2)
    assert [row.body for row in sink.rows] == [
        b'{"name":"a","tags":{"pin":null}}',
        b'{"name":"b","tags":{"pin":null}}',
    ]


def test_the_collector_of_the_page_says_denied_for_403(
    plugin: ModuleType, server: ThreadingHTTPServer
) -> None:
    server.RequestHandlerClass.status = 403  # type: ignore[attr-defined]  # our own handler
    (kind,) = read(plugin, server, Kept()).kinds
    assert kind.verdict == "denied"
