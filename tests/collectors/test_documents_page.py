"""What ``docs/documents.md`` tells to write is what is read."""

import re
from pathlib import Path

import pytest
import yaml
from annexa.collectors.documents import kinds
from annexa.collectors.documents.reader import Documents
from annexa.collectors.documents.settings import DocumentsSettings
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink, patient

PAGE = (Path(__file__).parents[2] / "docs" / "documents.md").read_text()
SETTINGS, FRONT_MATTER, APPROVERS, REVIEWS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("entry", yaml.safe_load(SETTINGS)["sources"], ids=lambda e: str(e["id"]))
def test_the_settings_on_the_page_are_accepted(entry: dict[str, object]) -> None:
    assert DocumentsSettings.model_validate(entry).id == entry["id"]


def test_a_document_marked_up_as_on_the_page_is_read_with_every_field(tmp_path: Path) -> None:
    (tmp_path / "policy.md").write_text(FRONT_MATTER)
    (tmp_path / "approvers.yaml").write_text(APPROVERS)
    (tmp_path / "reviews.yaml").write_text(REVIEWS)
    settings = DocumentsSettings(id="documents/test", path=str(tmp_path))
    sink = MemorySink()
    receipt = read_source(Documents(settings), settings, slot=NOON, sink=sink, retry=patient())
    assert receipt.complete
    record = sink.body(kinds.DOCUMENT, "policy.md")
    told = set(yaml.safe_load(FRONT_MATTER.strip().strip("-")))
    assert told <= record.keys()
    assert "front_matter" not in record
    assert sink.body(kinds.APPROVER, "ines@example.com@2025-01-01")["valid_until"] == "2027-12-31"
    assert len(sink.subjects(kinds.REVIEW)) == 1  # the register says the same as the document


def test_every_kind_that_the_page_names_is_read() -> None:
    named = set(re.findall(r"`(documents\.[a-z_]+)`", PAGE))
    assert named <= {kind.name for kind in Documents.kinds}
    assert len(named) >= 8
