"""Reads one kind of a cluster that a test makes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annexa.collectors.kubernetes.kinds import RESOURCES
from annexa.collectors.receipt import KindReceipt

from .memory_sink import MemorySink
from .test_kubernetes import Handler, cluster, read

BY_NAME = {one.kind.name.removeprefix("kubernetes."): one for one in RESOURCES}


@dataclass(frozen=True)
class Read:
    receipt: KindReceipt
    sink: MemorySink
    paths: list[str]


def read_one(tmp_path: Path, name: str, handler: Handler, **settings: Any) -> Read:
    sink = MemorySink()
    resource = BY_NAME[name]
    with cluster(handler) as server:
        receipt = read(server, tmp_path, sink, kinds=(resource.kind.name,), **settings)
        paths = [request.path for request in server.requests]
    return Read(receipt.kinds[0], sink, paths)
