"""200 sources in one agent, one of which hangs: how long the others take, beside 200 that answer.

    python bench/many_sources.py [--sources 200] [--repeat 3]

Each is a folder with one OpenLineage event; the one that hangs is a cluster whose API server takes
the request and never answers. What is measured is when the last of the others was committed.
Budget: 1.1 times the round in which none hangs.
"""

import argparse
import json
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from annexa.agent.config import Config, load
from annexa.agent.reading import Due, collect_due
from annexa.agent.sources import Source
from annexa.ledger import Ledger

HANGS = "kubernetes/hangs"
EVENT = {
    "eventType": "COMPLETE",
    "eventTime": "2026-11-24T10:00:00Z",
    "run": {"runId": "01936000-0000-7000-8000-000000000000"},
    "job": {"namespace": "bench", "name": "prepare"},
    "producer": "https://example.com/bench",
    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
}


@contextmanager
def silent_server() -> Iterator[str]:
    """It takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def configured(folder: Path, sources: int, silent: str | None) -> Config:
    folder.mkdir(parents=True)
    (folder / "token").write_text("t")
    (folder / "events").mkdir()
    (folder / "events" / "a.ndjson").write_text(json.dumps(EVENT) + "\n")
    entries: list[dict[str, Any]] = [
        {"id": f"openlineage/e{number}", "path": "events"} for number in range(sources)
    ]
    if silent is not None:
        entries[0] = {"id": HANGS, "server": silent, "token_file": "token", "timeout_s": 600}
    path = folder / "annexa.yaml"
    path.write_text(json.dumps({"organisation": {"name": "Bench"}, "sources": entries}))
    return load(path)


def others_done_s(config: Config) -> float:
    """Until the last source was committed, but for the one that hangs."""
    there = sum(source.id != HANGS for source in config.sources)
    ended: list[float] = []
    all_there = threading.Event()

    def done(source: Source) -> None:
        if source.id != HANGS:
            ended.append(time.perf_counter())
            if len(ended) == there:
                all_there.set()

    slot = datetime.now(UTC)
    with Ledger.open(config.ledger, keys=config.keys) as ledger:
        due = [Due(source, slot) for source in config.sources]
        began = time.perf_counter()
        receipts = collect_due(config, ledger, due, done=done, leave_s=0.1)
        assert all_there.wait(60)
        assert sum(one.complete for one in receipts) == there, receipts
    return max(ended) - began


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    took: dict[str, list[float]] = {"all": [], "hanging": []}
    with (
        tempfile.TemporaryDirectory(prefix="annexa-bench-", ignore_cleanup_errors=True) as name,
        silent_server() as silent,
    ):
        others_done_s(configured(Path(name) / "warm", options.sources, None))
        for number in range(options.repeat):
            for case, server in (("all", None), ("hanging", silent)):
                folder = Path(name) / f"{case}-{number}"
                took[case].append(others_done_s(configured(folder, options.sources, server)))
    floor, ours = (statistics.median(took[case]) for case in ("all", "hanging"))
    print(
        f"{options.sources} sources: {floor:.2f} s when all answer, {ours:.2f} s for the other "
        f"{options.sources - 1} when one hangs: {ours / floor:.2f} x (budget 1.1)"
    )


if __name__ == "__main__":
    main()
