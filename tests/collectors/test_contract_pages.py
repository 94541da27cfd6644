"""Pages of every kind of a cluster: all are followed, and only a whole list ends things.

The list of resources is taken from the permissions that the kinds declare, so a new kind is in it.
"""

import itertools
import json
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.permissions import cluster_reads
from annexa.collectors import registry
from annexa.collectors.contract import Kind
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.collectors.runner import read_source
from annexa.ledger import Ledger

from .introductions import INTRODUCTIONS
from .memory_sink import NOON, MemorySink, patient
from .misbehaving import Reply, Request, json_reply, misbehaving
from .samples import sample

KINDS = [kind for kind in registry.load("kubernetes").kinds if kind.mode == "state"]
Listing = Callable[[str | None], Reply]


def group_and_plural(kind: Kind) -> tuple[str, str]:
    read = next(one for one in cluster_reads([kind]) if one.verb == "list")
    return read.group, "things" if read.plural == "*" else read.plural


def item(kind: Kind, name: str) -> dict[str, Any]:
    found: dict[str, Any] = sample(kind.record)
    found["metadata"] |= {"name": name, "namespace": "shop"}
    return found


def page(kind: Kind, names: list[str], token: str = "", left: int | None = None) -> Reply:
    meta: dict[str, Any] = {"resourceVersion": "7"}
    if token:
        meta |= {"continue": token, "remainingItemCount": left}
    return json_reply({"metadata": meta, "items": [item(kind, name) for name in names]})


def cluster(kind: Kind, listing: Listing) -> Callable[[Request], Reply]:
    """A server that has one resource of ``kind`` and answers its list with ``listing``."""
    group, plural = group_and_plural(kind)
    resource = {"resource": plural, "verbs": ["list"], "name": plural}
    version = {"version": "v1", "resources": [resource], "groupVersion": f"{group}/v1"}
    groups = [{"metadata": {"name": group}, "versions": [version]}] if group else []

    def answer(request: Request) -> Reply:
        if found := INTRODUCTIONS["kubernetes"](request):
            return found
        if request.path == "/apis":
            return json_reply({"kind": "APIGroupDiscoveryList", "items": groups})
        if request.path.endswith(f"/{plural}"):
            return listing(request.query.get("continue"))
        return json_reply({"metadata": {"resourceVersion": "7"}, "items": []})

    return answer


def read(
    kind: Kind, listing: Listing, folder: Path, sink: Any, **more: Any
) -> tuple[KindReceipt, Receipt]:
    (folder / "token").write_text("t")
    with misbehaving(cluster(kind, listing)) as server:
        entry = {"id": "kubernetes/c", "server": server.url, "token_file": str(folder / "token")}
        collector, settings = registry.build({**entry, "kinds": [kind.name]})
        slot = more.pop("slot", NOON)
        receipt = read_source(
            collector, settings, slot=slot, sink=sink, retry=patient(), agent_version="1", **more
        )
    (found,) = receipt.kinds
    return found, receipt


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_page_is_followed_through_an_empty_one_to_the_end(kind: Kind, tmp_path: Path) -> None:
    pages = {
        None: page(kind, ["a", "b"], "1", 1),
        "1": page(kind, [], "2", 1),
        "2": page(kind, ["c"]),
    }
    sink = MemorySink()
    found, receipt = read(kind, pages.__getitem__, tmp_path, sink)
    assert (found.verdict, found.items, found.pages) == ("complete", 3, 3), found
    assert len(sink.rows[kind.name]) == 3
    assert all(check.ok for check in found.checks)
    assert found.checks
    check_receipt(receipt, found)


def check_receipt(receipt: Receipt, kind: KindReceipt) -> None:
    """Everything that a run can prove about itself (DESIGN, the receipt of a run)."""
    assert receipt.identity is not None
    assert receipt.identity.caller == "system:sa:annexa"
    assert receipt.identity.endpoint.startswith("http://127.0.0.1")
    assert receipt.identity.server == "Kubernetes v1.31.0"
    assert (receipt.identity.client or "").startswith("kubernetes ")
    assert receipt.clock_offset_s is not None
    assert (receipt.collector, receipt.collector_version, receipt.agent_version) != ("", "", "")
    assert len(receipt.config_sha256) == 64
    assert receipt.slot == NOON
    assert receipt.started_at <= kind.started_at <= kind.finished_at <= receipt.finished_at
    listed = kind.operations[-1]
    assert listed.operation.startswith("GET /api")
    assert listed.parameters == {"limit": "500"}
    assert (listed.calls, listed.items_per_page, listed.retries) == (3, [2, 0, 1], 0)
    assert listed.bytes > 0
    assert len(kind.raw_digest) == 64
    assert len(kind.schema_sha256) == 64
    assert kind.permission.startswith("list on ")
    assert kind.cross_check


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("fault", ["again", "refused", "cut"])
def test_a_list_that_breaks_in_the_middle_ends_nothing(
    kind: Kind, fault: str, tmp_path: Path
) -> None:
    rest = {
        "again": page(kind, ["b"], "1", 1),
        "refused": Reply(403, b"{}"),
        "cut": Reply(200, b'{"metadata": {"resourceVersion": "7"}, "items": [', cut_after=30),
    }[fault]
    with Ledger.open(tmp_path / "ledger.db") as ledger:

        def collect(listing: Listing, hours: int) -> set[str]:
            slot = NOON + timedelta(hours=hours)
            with ledger.begin("kubernetes/c", slot) as run:
                found, receipt = read(kind, listing, tmp_path, run, slot=slot)
                run.commit(receipt)
            assert found.verdict == ("complete" if hours == 0 else "partial")
            return {one.subject.rpartition("/")[2] for one in ledger.snapshot().records(kind.name)}

        everything = collect(lambda token: page(kind, ["a", "b", "c"]), 0)
        assert len(everything) == 3
        broken = {None: page(kind, ["a"], "1", 2), "1": rest}
        assert collect(broken.__getitem__, 1) == everything


def test_memory_is_bounded_by_pages_however_many_there_are(tmp_path: Path) -> None:
    kind = next(one for one in KINDS if one.name == "kubernetes.deployment")
    body = json.loads(page(kind, [f"n{number}" for number in range(50)]).body)

    class Forgetful(MemorySink):
        def add(self, kind: Kind, rows: Any) -> None: ...

    def peak(pages: int) -> int:
        numbers = itertools.count(1)

        def listing(token: str | None) -> Reply:
            number = next(numbers)
            meta = {"resourceVersion": "7"}
            if number < pages:
                meta |= {"continue": str(number)}
            return json_reply({**body, "metadata": meta})

        tracemalloc.start()
        found, _ = read(kind, listing, tmp_path, Forgetful())
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found.items == 50 * pages
        return highest

    peak(2)  # what is imported once
    few, many = 8, 64
    # The receipt keeps a line for each page (2-3 KB); the page itself, 30 KB of text, is let go.
    assert peak(many) - peak(few) < (many - few) * len(json.dumps(body)) / 4
