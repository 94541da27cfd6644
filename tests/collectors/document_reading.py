"""One reading of a place of documents."""

from pathlib import Path
from typing import Any

from annexa.collectors.documents import kinds
from annexa.collectors.documents.reader import Documents
from annexa.collectors.documents.settings import DocumentsSettings
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink, patient


def read(folder: Path, sink: MemorySink, **more: Any) -> dict[str, KindReceipt]:
    settings = DocumentsSettings(id="documents/test", path=str(folder), **more)
    receipt = read_source(
        Documents(settings, clock=lambda: NOON), settings, slot=NOON, sink=sink, retry=patient()
    )
    return {kind.kind.removeprefix("documents."): kind for kind in receipt.kinds}


def versions(sink: MemorySink) -> list[dict[str, Any]]:
    return [sink.body(kinds.VERSION, name) for name in sink.subjects(kinds.VERSION)]
