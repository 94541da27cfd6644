"""A count that does not add up: from the reader's second look to what a person is told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode

from ..collectors.misbehaving import Reply, Request, json_reply
from .cluster import KSERVE, Cluster, cluster, service, write_company

KIND = "kubernetes.inference_service"
RULE = "A.4.5-1"  # production shares no namespace
SECOND = "items and remainingItemCount of every page add up to the same total"


@pytest.fixture(name="there")
def _there() -> Iterator[Cluster]:
    with cluster() as state:
        yield state


def drops_one(request: Request) -> Reply | None:
    """The first page announces four more, and three come."""
    if request.path != KSERVE:
        return None
    items = [service(f"scorer-{n}", f"s3://models/{n}") for n in range(4)]
    if request.query.get("continue"):
        return json_reply({"metadata": {"resourceVersion": "7"}, "items": items[1:]})
    meta = {"resourceVersion": "7", "continue": "1", "remainingItemCount": 4}
    return json_reply({"metadata": meta, "items": items[:1]})


def test_a_difference_blocks_every_pass_over_it_and_is_explained(
    there: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_company(tmp_path, there.url)

    def asked(*command: str) -> Any:
        capsys.readouterr()
        run([*command, "--config", str(config), "--json"])
        return json.loads(capsys.readouterr().out)

    assert run(["collect", "--config", str(config)]) == ExitCode.OK
    (cell,) = asked("explain", RULE)["cells"]
    assert (cell["outcome"], cell["n_pass"]) == ("pass", 5)

    there.answer = drops_one
    assert run(["collect", "--config", str(config)]) == ExitCode.INCOMPLETE
    (cell,) = asked("explain", RULE)["cells"]
    assert (cell["outcome"], cell["n_pass"]) == ("inconclusive", 5)  # none is taken for gone
    assert (cell["blame"], cell["blame_run"] > 0) == ("kubernetes/shop", True)
    (state,) = (one for one in asked("status")["sources"] if one["kind"] == KIND)
    assert state["verdict"] == "partial"
    assert state["problem"].startswith(f"{SECOND}: expected 5, found {KSERVE}: first 5, then 4")
    causes = [gap["cause"] for gap in asked("gaps")["gaps"] if gap["source"] == "kubernetes/shop"]
    assert any(SECOND in cause for cause in causes)

    there.answer = lambda request: None
    assert run(["collect", "--config", str(config)]) == ExitCode.OK
    (cell,) = asked("explain", RULE)["cells"]
    assert cell["outcome"] == "pass"
