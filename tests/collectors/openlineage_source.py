"""An OpenLineage source of a test, read again and again."""

import json
from typing import Any

from annexa.collectors import registry
from annexa.collectors.openlineage.kinds import EVENT
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink, patient


class Source:
    """One source that is read again and again, with a ledger's memory of cursors."""

    def __init__(self, **settings: Any) -> None:
        self.collector, self.settings = registry.build({"id": "openlineage/test", **settings})
        self.sink = MemorySink()

    def read(self) -> KindReceipt:
        before = set(self.sink.rows.get(EVENT.name, {}))
        given = dict(self.sink.rows.get(EVENT.name, {}))
        self.sink.rows.clear()
        receipt = read_source(
            self.collector, self.settings, slot=NOON, sink=self.sink, retry=patient()
        )
        self.given = [json.loads(row.body) for row in self.sink.rows.get(EVENT.name, {}).values()]
        new = {k: v for k, v in self.sink.rows.get(EVENT.name, {}).items() if k not in before}
        self.new = [json.loads(row.body) for row in new.values()]
        self.sink.rows[EVENT.name] = given | new
        (kind,) = receipt.kinds
        return kind


def jobs(events: list[Any]) -> list[str]:
    return [event["job_name"] for event in events]
