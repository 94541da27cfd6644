"""A host that misbehaves in every way is a gap with a reason, whichever host it is."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from annexa.collectors.documents.reader import Documents
from annexa.collectors.documents.settings import DocumentsSettings
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink, patient
from .misbehaving import misbehaving
from .test_contract import REPLIES

KINDS = ("documents.branch_protection", "documents.merge", "documents.push")


def settings(host: str, url: str, folder: Path, **more: Any) -> DocumentsSettings:
    given = {"type": host, "repository": "acme/docs", "url": url, "token_env": "HOST_TOKEN"}
    return DocumentsSettings.model_validate(
        {"id": "documents/x", "path": str(folder), "kinds": KINDS, "host": given, **more}
    )


@pytest.mark.parametrize("host", ["github", "gitlab"])
@pytest.mark.parametrize("reply", REPLIES)
def test_every_odd_answer_is_a_gap_and_never_an_empty_list(
    host: str, reply: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST_TOKEN", "hunter2")
    answer, _ = REPLIES[reply]
    quick = {"timeout_s": 0.15} if answer.hold_s or answer.drip_s else {}
    sink = MemorySink()
    with misbehaving(lambda request: answer) as server:
        found = settings(host, server.url, tmp_path, **quick)
        receipt = read_source(Documents(found), found, slot=NOON, sink=sink, retry=patient())
    assert {kind.verdict for kind in receipt.kinds} <= {"denied", "unavailable"}
    assert sink.rows == {}
    for kind in receipt.kinds:
        assert kind.problem
        assert kind.remedy
        assert "the collector failed" not in kind.problem
    assert b"hunter2" not in msgspec.json.encode(receipt)


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_a_page_that_leads_to_itself_is_no_endless_loop(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from .misbehaving import Reply

    monkeypatch.setenv("HOST_TOKEN", "hunter2")

    def answer(request: Any) -> Reply:
        link = f'<{server.url}{request.path}?page=2>; rel="next"'
        return Reply(200, b"[]", {"Link": link})

    with misbehaving(answer) as server:
        found = settings(host, server.url, tmp_path)
        found = found.model_copy(
            update={
                "host": found.host.model_copy(update={"branch": "main"}) if found.host else None
            }
        )
        receipt = read_source(
            Documents(found), found, slot=NOON, sink=MemorySink(), retry=patient()
        )
    merge = next(kind for kind in receipt.kinds if kind.kind == "documents.merge")
    assert "for the second time" in (merge.problem or "")
