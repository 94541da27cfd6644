"""Pages of MLflow's lists: all are followed, and only a whole list ends things.

A kind that is one of MLflow's paged lists has an entry in `LISTS`.
"""

import json
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors import registry
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.collectors.runner import read_source
from annexa.ledger import Ledger

from .introductions import INTRODUCTIONS
from .memory_sink import NOON, MemorySink, patient
from .misbehaving import Reply, Request, json_reply, misbehaving

Pages = Callable[[str | None], Reply]


@dataclass(frozen=True)
class Listed:
    path: str
    field: str
    item: Callable[[str], dict[str, Any]]


LISTS = {
    "mlflow.registered_model": Listed(
        "registered-models/search", "registered_models", lambda name: {"name": name}
    ),
    "mlflow.model_version": Listed(
        "model-versions/search", "model_versions", lambda name: {"name": name, "version": "1"}
    ),
    "mlflow.experiment": Listed(
        "experiments/search", "experiments", lambda name: {"experiment_id": name, "name": name}
    ),
    "mlflow.logged_model": Listed(
        "logged-models/search",
        "models",
        lambda name: {"info": {"model_id": name, "experiment_id": "1"}},
    ),
    "mlflow.evaluation_dataset": Listed(
        "datasets/search", "datasets", lambda name: {"dataset_id": name, "name": name}
    ),
    "mlflow.gateway_endpoint": Listed(
        "gateway/endpoints/list", "endpoints", lambda name: {"endpoint_id": name, "name": name}
    ),
}


def page(kind: str, names: list[str], token: str = "") -> Reply:
    items = {LISTS[kind].field: [LISTS[kind].item(name) for name in names]} if names else {}
    return json_reply(items | ({"next_page_token": token} if token else {}))


def server_of(kind: str, pages: Pages) -> Callable[[Request], Reply]:
    def answer(request: Request) -> Reply:
        if found := INTRODUCTIONS["mlflow"](request):
            return found
        if request.path.endswith(f"/{LISTS[kind].path}"):
            body = json.loads(request.body) if request.body else {}
            return pages(request.query.get("page_token") or body.get("page_token"))
        if request.path.endswith("/experiments/search"):
            return json_reply({"experiments": [{"experiment_id": "1", "name": "one"}]})
        return json_reply({})

    return answer


def read(kind: str, pages: Pages, sink: Any, **more: Any) -> tuple[KindReceipt, Receipt]:
    with misbehaving(server_of(kind, pages)) as server:
        entry = {"id": "mlflow/c", "tracking_uri": server.url, "kinds": [kind]}
        collector, settings = registry.build(entry)
        slot = more.pop("slot", NOON)
        receipt = read_source(collector, settings, slot=slot, sink=sink, retry=patient(), **more)
    (found,) = receipt.kinds
    return found, receipt


@pytest.mark.parametrize("kind", LISTS)
def test_every_page_is_followed_through_an_empty_one_to_the_end(kind: str) -> None:
    pages = {None: page(kind, ["a", "b"], "1"), "1": page(kind, [], "2"), "2": page(kind, ["c"])}
    sink = MemorySink()
    found, receipt = read(kind, pages.__getitem__, sink, agent_version="1")
    assert (found.verdict, found.items) == ("complete", 3), found
    assert len(sink.rows[kind]) == 3
    assert all(check.ok for check in found.checks)
    check_receipt(kind, receipt, found)


def check_receipt(kind: str, receipt: Receipt, found: KindReceipt) -> None:
    """Everything that a run can prove about itself (DESIGN, the receipt of a run)."""
    assert receipt.identity is not None
    assert receipt.identity.caller == "annexa"
    assert receipt.identity.sees_everything is not False
    assert "3.17.0" in (receipt.identity.server or "")
    assert receipt.clock_offset_s is not None
    assert len(receipt.config_sha256) == 64
    assert receipt.started_at <= found.started_at <= found.finished_at <= receipt.finished_at
    listed = next(one for one in found.operations if one.operation.endswith(LISTS[kind].path))
    assert listed.calls in (3, 6)  # a second look is a second list
    assert listed.items_per_page[:3] == [2, 0, 1]
    assert listed.bytes > 0
    assert (len(found.raw_digest), len(found.schema_sha256)) == (64, 64)
    assert found.permission
    assert found.cross_check


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("fault", ["again", "refused", "cut"])
def test_a_list_that_breaks_in_the_middle_ends_nothing(
    kind: str, fault: str, tmp_path: Path
) -> None:
    rest = {
        "again": page(kind, ["b"], "1"),
        "refused": Reply(403, b"{}"),
        "cut": Reply(200, b'{"next_page_token": "2", "x": [' + b" " * 99, cut_after=30),
    }[fault]
    with Ledger.open(tmp_path / "ledger.db") as ledger:

        def collect(pages: Pages, hours: int) -> int:
            slot = NOON + timedelta(hours=hours)
            with ledger.begin("mlflow/c", slot) as run:
                found, receipt = read(kind, pages, run, slot=slot)
                run.commit(receipt)
            assert found.verdict == ("complete" if hours == 0 else "partial"), found
            return len(list(ledger.snapshot().records(kind)))

        assert collect(lambda token: page(kind, ["a", "b", "c"]), 0) == 3
        broken = {None: page(kind, ["a"], "1"), "1": rest}
        assert collect(broken.__getitem__, 1) == 3


def test_memory_is_bounded_by_pages_however_many_there_are() -> None:
    kind = "mlflow.registered_model"
    description = "d" * 500

    class Forgetful(MemorySink):
        def add(self, kind: Any, rows: Any) -> None: ...

    def listing(number: int, count: int) -> Reply:
        names = [f"m{number}-{n}" for n in range(50)]
        items = [{"name": name, "description": description} for name in names]
        more = {"next_page_token": str(number + 1)} if number + 1 < count else {}
        return json_reply({LISTS[kind].field: items, **more})

    def peak(count: int) -> int:
        tracemalloc.start()
        found, _ = read(kind, lambda token: listing(int(token or "0"), count), Forgetful())
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found.items == 50 * count
        return highest

    peak(2)  # what is imported once
    few, many = 8, 64
    size = len(listing(0, 1).body)
    assert peak(many) - peak(few) < (many - few) * size / 4
