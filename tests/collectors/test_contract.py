"""What every collector promises, asked of each one that is registered.

A new collector needs one entry in `SOURCES`: its settings for a server at an address. One that
asks no server has an entry in `SERVERLESS`, with a place that cannot be read.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from annexa.collectors import registry
from annexa.collectors.aws import pace
from annexa.collectors.contract import Kind
from annexa.collectors.receipt import Receipt
from annexa.collectors.redaction import Guard, schema_sha256
from annexa.collectors.rows import Rows
from annexa.collectors.runner import read_source

from .introductions import INTRODUCTIONS
from .memory_sink import NOON, MemorySink, patient
from .misbehaving import Reply, Request, misbehaving
from .samples import STRANGER, sample

# botocore leaves the socket of a broken answer to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

Source = Callable[[str, Path], dict[str, Any]]


def kubernetes(url: str, folder: Path) -> dict[str, Any]:
    (folder / "token").write_text("hunter2")
    return {"server": url, "token_file": str(folder / "token")}


SOURCES: dict[str, Source] = {
    "aws": lambda url, folder: {
        "region": "eu-west-1",
        "endpoint_url": url,
        "objects": ["s3://data/training/"],
    },
    "kubernetes": kubernetes,
    "mlflow": lambda url, folder: {"tracking_uri": url},
    "openlineage": lambda url, folder: {"marquez_url": url},
}
SERVERLESS: dict[str, Source] = {
    name: lambda url, folder: {"path": str(folder / "gone")}
    for name in ("documents", "findings", "kubernetes_audit")
} | {"manifests": lambda url, folder: {"path": str(folder / "gone"), "cluster": "kubernetes/x"}}

# Their records are what the server said of itself and of us; nothing else is asked.
ANSWERED_BY_THE_INTRODUCTION = {"aws.account", "mlflow.server"}
# One record each that is about the account itself: what could not be read of it is null and named.
ABOUT_THE_ACCOUNT = {"aws.account_region", "aws.account_settings"}

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "hunter2",
    "AWS_SECRET_ACCESS_KEY": "hunter2",
    "AWS_EC2_METADATA_DISABLED": "true",
    "MLFLOW_TRACKING_USERNAME": "eve",
    "MLFLOW_TRACKING_PASSWORD": "hunter2",
}

# The platforms' own words for a refusal; without them a status from a proxy in between.
AWS_CODES = {401: "InvalidClientTokenId", 403: "AccessDenied", 404: "NoSuchEntity"}
AWS_CODES |= {410: "Gone", 429: "Throttling", 500: "InternalFailure", 503: "ServiceUnavailable"}


def refusal(name: str, status: int) -> bytes:
    if name != "aws":
        return b'{"message": "no", "error_code": "X"}'
    return (
        f"<ErrorResponse><Error><Code>{AWS_CODES[status]}</Code></Error></ErrorResponse>".encode()
    )


REPLIES: dict[str, tuple[Reply, set[str]]] = {
    "401": (Reply(401), {"denied"}),
    "403": (Reply(403), {"denied"}),
    "404": (Reply(404), {"unavailable", "unsupported"}),
    "410": (Reply(410), {"unavailable", "unsupported"}),
    "429": (Reply(429, headers={"Retry_After": "1"}), {"unavailable"}),
    "500": (Reply(500), {"unavailable"}),
    "503": (Reply(503), {"unavailable"}),
    "500 of a proxy": (Reply(500, b"<html>hunter2</html>"), {"unavailable"}),
    "404 of a proxy": (Reply(404, b"<html>hunter2</html>"), {"unavailable", "unsupported"}),
    "cut short": (Reply(200, b"[" * 200, cut_after=100), {"unavailable"}),
    "half a JSON": (Reply(200, b'{"items": [{"name": "hunter2'), {"unavailable"}),
    "not JSON": (Reply(200, b"<html>hunter2</html>"), {"unavailable"}),
    "a list": (Reply(200, b'["hunter2"]'), {"unavailable"}),
    "no answer": (Reply(200, b"{}", hold_s=5), {"unavailable"}),
    "drip": (Reply(200, b"[" * 200, drip_s=0.1), {"unavailable"}),
    "too big": (Reply(200, b'{"items": [' + b" " * 65 * 1024**2 + b"]}"), {"unavailable"}),
}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(pace, "STARTS", {})  # nobody is held back: see test_aws_pace.py
    monkeypatch.setattr(pace, "SLOWEST", pace.FASTEST)


def read(name: str, settings: dict[str, Any], sink: MemorySink, *, attempts: int = 5) -> Receipt:
    collector, found = registry.build({"id": f"{name}/test", **settings})
    retry = replace(patient(), attempts=attempts)
    return read_source(collector, found, slot=NOON, sink=sink, retry=retry)


def test_every_collector_is_tested_here() -> None:
    assert sorted([*SOURCES, *SERVERLESS]) == registry.names()
    assert sorted(INTRODUCTIONS) == sorted(SOURCES)


@pytest.mark.parametrize("name", sorted(SOURCES))
@pytest.mark.parametrize("reply", REPLIES)
def test_a_source_that_misbehaves_is_a_gap_with_a_reason_and_never_an_empty_list(
    name: str, reply: str, tmp_path: Path
) -> None:
    answer, verdicts = REPLIES[reply]
    if answer.status != 200 and not answer.body:
        answer = replace(answer, body=refusal(name, answer.status))
    quick = {"timeout_s": 0.15} if answer.hold_s or answer.drip_s else {}
    sink = MemorySink()
    with misbehaving(lambda request: answer) as server:
        settings = {**SOURCES[name](server.url, tmp_path), **quick}
        receipt = read(name, settings, sink, attempts=2)
    assert {kind.verdict for kind in receipt.kinds} <= verdicts
    assert [kind.kind for kind in receipt.kinds] == [
        kind.name for kind in registry.load(name).kinds
    ]
    assert sink.rows == {}
    for kind in receipt.kinds:
        assert kind.problem
        assert kind.remedy
        assert "\n" not in kind.problem + kind.remedy
        assert "the collector failed" not in kind.problem
    assert b"hunter2" not in msgspec.json.encode(receipt)


def unread(name: str, folder: Path, reply: Reply, **quick: float) -> tuple[Receipt, MemorySink]:
    """What a run says of a server that knows us and then answers ``reply`` to everything."""
    sink = MemorySink()
    with misbehaving(lambda request: INTRODUCTIONS[name](request) or reply) as server:
        settings = {**SOURCES[name](server.url, folder), **quick}
        return read(name, settings, sink, attempts=1), sink


@pytest.mark.parametrize("name", sorted(SOURCES))
@pytest.mark.parametrize("fault", sorted(REPLIES.keys() - {"too big", "drip", "500", "410"}))
def test_no_kind_is_complete_or_empty_when_its_own_requests_fail(
    name: str, fault: str, tmp_path: Path
) -> None:
    """The server introduces itself well, so that each kind has to find out by itself."""
    reply, _ = REPLIES[fault]
    if reply.status != 200 and not reply.body:
        reply = replace(reply, body=refusal(name, reply.status))
    quick = {"timeout_s": 0.15} if reply.hold_s or reply.drip_s else {}
    receipt, sink = unread(name, tmp_path, reply, **quick)
    for kind in receipt.kinds:
        if kind.kind in ANSWERED_BY_THE_INTRODUCTION:
            continue
        assert kind.verdict != "complete", kind.kind
        assert kind.items == 0 or kind.kind in ABOUT_THE_ACCOUNT, kind.kind
        assert kind.problem or kind.skipped, kind.kind
        assert "the collector failed" not in (kind.problem or "")
    assert not sink.rows.keys() - ANSWERED_BY_THE_INTRODUCTION - ABOUT_THE_ACCOUNT
    assert b"hunter2" not in msgspec.json.encode(receipt)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_server_that_is_down_is_unavailable(name: str, tmp_path: Path) -> None:
    with misbehaving(lambda request: Reply()) as server:
        pass
    receipt = read(name, SOURCES[name](server.url, tmp_path), MemorySink())
    assert {kind.verdict for kind in receipt.kinds} == {"unavailable"}


@pytest.mark.parametrize("name", sorted(SERVERLESS))
def test_a_place_that_is_not_there_is_a_gap_too(name: str, tmp_path: Path) -> None:
    sink = MemorySink()
    receipt = read(name, SERVERLESS[name]("", tmp_path), sink)
    assert not {kind.verdict for kind in receipt.kinds} & {"complete", "partial"}
    assert sink.rows == {}


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_what_is_unavailable_is_asked_again_and_what_is_denied_is_not(
    name: str, tmp_path: Path
) -> None:
    def requests(status: int) -> list[Request]:
        with misbehaving(lambda request: Reply(status, refusal(name, status))) as server:
            read(name, SOURCES[name](server.url, tmp_path), MemorySink())
            return list(server.requests)

    assert len(requests(503)) >= 5
    assert len(requests(403)) < 5


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_making_a_collector_and_its_readers_asks_nothing(name: str, tmp_path: Path) -> None:
    with misbehaving(lambda request: Reply(500)) as server:
        collector, _ = registry.build({"id": f"{name}/t", **SOURCES[name](server.url, tmp_path)})
        readers = collector.readers()
        assert server.requests == []
    assert [reader.kind for reader in readers] == list(collector.kinds)


@pytest.mark.parametrize("name", registry.names())
def test_kinds_say_what_they_need_and_guard_what_they_have(name: str) -> None:
    collector = registry.load(name)
    assert collector.stability in ("alpha", "beta", "stable")
    assert collector.__doc__
    for kind in collector.kinds:
        assert kind.name.startswith(f"{collector.name}.")
        assert kind.permission
        assert kind.cross_check
        assert (kind.mode == "event") == (kind.happened_at is not None)
        Guard(kind, frozenset())
        assert len(schema_sha256(kind)) == 64
        required = [field.name for field in msgspec.structs.fields(kind.record) if field.required]
        assert required, f"{kind.name}: any object at all would fit"


@pytest.mark.parametrize("kind", registry.all_kinds().values(), ids=lambda kind: kind.name)
def test_nothing_outside_the_allow_list_is_kept(kind: Kind) -> None:
    made = sample(kind.record, "2026-11-24T10:00:00Z", strangers=True)
    record = msgspec.convert(made, kind.record, strict=False)
    (row,) = Rows(kind).of([record])
    assert STRANGER.encode() not in row.body
    assert b"hunter2" not in row.body
    for path in kind.guarded:
        kept = values_at(msgspec.json.decode(row.body), path.split("."))
        assert kept, f"{kind.name}: nothing is at {path}"
        assert set(kept) == {None}


def values_at(value: Any, steps: list[str]) -> list[Any]:
    """Values of a guarded map for keys that are not allowed there."""
    if isinstance(value, list):
        return [found for one in value for found in values_at(one, steps)]
    if steps:
        inside = value.get(steps[0], {}) if isinstance(value, dict) else {}
        return values_at(inside, steps[1:])
    return list(value.values()) if isinstance(value, dict) else []
