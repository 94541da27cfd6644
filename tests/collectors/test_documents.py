"""Documents in a plain folder: front matter, the Statement of Applicability, the inventory."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors.call import RunnerCall
from annexa.collectors.documents import kinds
from annexa.collectors.documents.front_matter import headings
from annexa.collectors.documents.reader import Documents
from annexa.collectors.documents.settings import DocumentsSettings
from annexa.collectors.documents.statement import CONTROLS
from annexa.collectors.documents.yaml_text import NotReadable, load
from annexa.collectors.errors import SettingsError
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.registry import build
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink, patient

POLICY = """---
id: POL-1
title: AI policy
type: policy
version: 1.10
owner: eva
approved_by: board@example.com
approved_at: 2026-01-15
review_by: 2027-01-15
reviews:
  - {on: 2026-06-01, by: eva, outcome: no change}
  - 2026-07-01
controls: [A.2.2, A.2.3]
systems: credit-risk, shelf-vision
password: hunter2
nested: {password: hunter2}
---
# AI policy

## Purpose
Words that are hunter2 and stay where they are.
"""


def write(folder: Path, files: dict[str, str]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")


def read(folder: Path, sink: MemorySink, **more: Any) -> dict[str, KindReceipt]:
    settings = DocumentsSettings(id="documents/test", path=str(folder), **more)
    receipt = read_source(
        Documents(settings),
        settings,
        slot=NOON,
        sink=sink,
        retry=patient(),
        keep=frozenset({"ref"}),
    )
    return {kind.kind.removeprefix("documents."): kind for kind in receipt.kinds}


def test_a_document_keeps_what_it_says_of_itself_as_written_and_never_its_text(
    tmp_path: Path,
) -> None:
    write(tmp_path, {"policies/ai.md": POLICY})
    sink = MemorySink()
    found = read(tmp_path, sink)["document"]
    assert found.verdict == "complete"
    assert sink.body(kinds.DOCUMENT, "policies/ai.md") == {
        "path": "policies/ai.md",
        "sha256": hashlib.sha256(POLICY.encode()).hexdigest(),
        "size_bytes": len(POLICY.encode()),
        "id": "POL-1",
        "title": "AI policy",
        "type": "policy",
        "version": "1.10",
        "owner": "eva",
        "approved_by": "board@example.com",
        "approved_at": "2026-01-15",
        "review_by": "2027-01-15",
        "reviews": [
            {"on": "2026-06-01", "by": "eva", "outcome": "no change"},
            {"on": "2026-07-01"},
        ],
        "controls": ["A.2.2", "A.2.3"],
        "systems": ["credit-risk", "shelf-vision"],
        "headings": ["Purpose"],
        "front_matter": {"password": None, "nested": None},
    }
    assert b"hunter2" not in sink.rows[kinds.DOCUMENT.name]["policies/ai.md"].body


def test_another_organisations_names_work_by_configuration(tmp_path: Path) -> None:
    text = "---\ntitel: KI-Richtlinie\nfreigegeben_von: eva\napproved_by: nobody\nref: 7\n---\n"
    write(tmp_path, {"a.md": text})
    sink = MemorySink()
    read(tmp_path, sink, front_matter={"title": "titel", "approved_by": "freigegeben_von"})
    record = sink.body(kinds.DOCUMENT, "a.md")
    assert (record["title"], record["approved_by"]) == ("KI-Richtlinie", "eva")
    assert record["front_matter"] == {"ref": "7"}


@pytest.mark.parametrize(
    ("names", "word"),
    [({"approver": "x"}, "has no field 'approver'"), ({"id": "x", "title": "x"}, "one key to two")],
)
def test_a_wrong_mapping_of_names_is_refused(names: dict[str, str], word: str) -> None:
    with pytest.raises(SettingsError, match=word):
        build({"id": "documents/x", "path": ".", "front_matter": names})


@pytest.mark.parametrize(
    ("text", "what", "problem"),
    [
        ("---\ntitle: ok\nowner: [eva\n---\n", "broken.md line 4", "expected"),
        ("---\ntitle: a\ntitle: b\n---\n", "broken.md line 3", "title stands twice"),
        ("---\ntitle: a\n", "broken.md line 1", "no closing"),
        ("---\ntitle: [a, b]\n---\n", "broken.md", "title is not a single value"),
        ("---\n- a\n- b\n---\n", "broken.md line 2", "not a mapping"),
        ("---\nreviews: {on: 2026-01-01}\n---\n", "broken.md", "reviews is not a list"),
        ("---\nx: " + "[" * 3000 + "\n---\n", "broken.md", ""),
    ],
)
def test_a_broken_document_is_named_with_its_line_and_the_rest_is_read(
    tmp_path: Path, text: str, what: str, problem: str
) -> None:
    write(tmp_path, {"broken.md": text, "good.md": "---\ntitle: fine\n---\n"})
    sink = MemorySink()
    found = read(tmp_path, sink)["document"]
    (skip,) = found.skipped
    assert skip.what.startswith(what)
    assert problem in skip.problem
    assert found.verdict == "partial"
    assert sink.subjects(kinds.DOCUMENT) == ["good.md"]


def test_any_file_is_a_document_if_yaml_beside_it_says_so(tmp_path: Path) -> None:
    write(tmp_path, {"r.pdf": "%PDF", "r.pdf.meta.yaml": "id: R1\n", "lost.pdf.meta.yaml": "a: b"})
    sink = MemorySink()
    found = read(tmp_path, sink)["document"]
    record = sink.body(kinds.DOCUMENT, "r.pdf")
    assert (record["id"], record["sha256"]) == ("R1", hashlib.sha256(b"%PDF").hexdigest())
    assert [skip.what for skip in found.skipped] == ["lost.pdf.meta.yaml"]


def test_a_git_lfs_pointer_stands_for_its_file(tmp_path: Path) -> None:
    oid = hashlib.sha256(b"%PDF").hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 4\n"
    write(tmp_path, {"r.pdf": pointer, "r.pdf.meta.yaml": "id: R1\n"})
    sink = MemorySink()
    read(tmp_path, sink)
    record = sink.body(kinds.DOCUMENT, "r.pdf")
    assert (record["sha256"], record["size_bytes"]) == (oid, 4)


def test_markdown_without_front_matter_is_no_document_and_is_counted(tmp_path: Path) -> None:
    write(tmp_path, {"README.md": "# hello", "a.md": "---\ntitle: x\n---\n"})
    found = read(tmp_path, MemorySink())["document"]
    assert (found.items, found.checks[-1].note) == (1, "README.md")


def test_links_are_never_followed_out_of_the_folder(tmp_path: Path) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "docs"
    write(secret, {"s.md": "---\ntitle: hunter2\n---\n", "a.yaml": "name: hunter2\n"})
    folder.mkdir()
    (folder / "file.md").symlink_to(secret / "s.md")
    (folder / "systems").symlink_to(secret)
    (folder / "soa.yaml").symlink_to(secret / "a.yaml")
    (folder / "nowhere.md").symlink_to("gone.md")
    os.mkfifo(folder / "pipe.md")
    sink = MemorySink()
    found = read(folder, sink)
    assert {kind.items for name, kind in found.items() if name != "place"} == {0}
    touched = ("document", "soa_entry", "system", "version", "review")
    assert [found[name].verdict for name in touched] == ["partial"] * 5
    assert {skip.what for skip in found["document"].skipped} >= {"file.md", "nowhere.md"}
    assert [skip.what for skip in found["soa_entry"].skipped] == ["soa.yaml"]
    assert [skip.what for skip in found["system"].skipped] == ["systems"]


def test_names_that_are_hostile_or_no_text_at_all_come_through(tmp_path: Path) -> None:
    names = ["it's.md", "new\nline.md", "=cmd().md", "<script>.md", "\U0001f600.md"]
    write(tmp_path, dict.fromkeys(names, "---\ntitle: x\n---\n"))
    (tmp_path / os.fsdecode(b"latin-\xe9.md")).write_bytes(b"---\ntitle: x\n---\n")
    sink = MemorySink()
    assert read(tmp_path, sink)["document"].verdict == "complete"
    assert sorted(sink.subjects(kinds.DOCUMENT)) == sorted([*names, "latin-\\xe9.md"])


def test_a_file_that_is_too_large_or_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "big.md").write_bytes(b"---\n" + b"x" * 1024 * 1024)
    (tmp_path / "odd.md").write_bytes(b"---\ntitle: \xe9\n---\n")
    found = read(tmp_path, MemorySink(), max_file_mib=1)["document"]
    assert {skip.what: skip.problem for skip in found.skipped} == {
        "big.md": "it is larger than 1 MiB (max_file_mib)",
        "odd.md": "it is not UTF-8 text",
    }


def test_a_byte_order_mark_and_windows_line_ends_do_not_hide_the_front_matter(
    tmp_path: Path,
) -> None:
    (tmp_path / "w.md").write_bytes(b"\xef\xbb\xbf---\r\ntitle: x\r\n---\r\n## A\r\ntext\r\n")
    sink = MemorySink()
    read(tmp_path, sink)
    record = sink.body(kinds.DOCUMENT, "w.md")
    assert (record["title"], record["headings"]) == ("x", ["A"])


def test_a_heading_counts_when_something_stands_under_it() -> None:
    text = """
## Filled
text
## Empty

## Only a comment
<!-- to
do -->
## With a part ##
### Part
words
## Code
```
## not a heading
```
#hashtag is text, under no heading of level 2? no: under Code
"""
    assert headings(text) == ["Filled", "With a part", "Code"]


def test_the_statement_has_an_entry_for_each_control(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "soa.yaml": "version: 3\napproved_by: board\napproved_at: 2026-01-15\ncontrols:\n"
            "  A.2.2: {applicable: true, justification: we have one, owner: eva}\n"
            "  10.4: {applicable: no, justification: no customers}\n"
        },
    )
    sink = MemorySink()
    found = read(tmp_path, sink)["soa_entry"]
    assert sink.body(kinds.SOA_ENTRY, "A.10.4") == {
        "control": "A.10.4",
        "path": "soa.yaml",
        "applicable": False,
        "justification": "no customers",
        "soa_version": "3",
        "approved_by": "board",
        "approved_at": "2026-01-15",
    }
    assert found.checks[0].found == "2 controls"
    assert found.verdict == "complete"


def test_the_statement_may_be_a_list(tmp_path: Path) -> None:
    entries = "".join(f"- {{control: {control}, applicable: true}}\n" for control in CONTROLS)
    write(tmp_path, {"docs/statement.yml": f"controls:\n{entries}"})
    sink = MemorySink()
    found = read(tmp_path, sink, soa="docs/statement.yml")["soa_entry"]
    assert found.checks[0].found == "38 controls"
    assert sink.subjects(kinds.SOA_ENTRY) == list(CONTROLS)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("controls: {A.2.2: yes}", "A.2.2: the entry is not a mapping"),
        ("controls: {A.2.2: {applicable: maybe}}", "A.2.2: applicable is neither true nor false"),
        ("controls: [{control: A.2.2}, {control: 2.2}]", "A.2.2 stands twice"),
        ("controls: [{applicable: true}]", "does not name its control"),
        ("version: 1", "no list or mapping under controls"),
        ("controls: {A.2.2: {}\n", "expected"),
    ],
)
def test_a_broken_statement_is_a_gap_and_no_empty_one(
    tmp_path: Path, text: str, problem: str
) -> None:
    write(tmp_path, {"soa.yaml": text})
    found = read(tmp_path, MemorySink())["soa_entry"]
    assert (found.verdict, found.pages) == ("partial", 0)
    assert problem in found.skipped[0].problem


def test_systems_are_read_and_one_id_twice_is_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "systems/credit-risk.yaml": "name: Credit\naffects_people: yes\nuser_facing: false\n"
            "third_parties: [Acme]\ndata_sources: s3://b\nsecret: hunter2\n",
            "systems/other.yaml": "id: credit-risk\n",
            "systems/broken.yaml": "affects_people: perhaps\n",
            "systems/deeper/ignored.yaml": "name: x\n",
        },
    )
    sink = MemorySink()
    found = read(tmp_path, sink)["system"]
    assert sink.body(kinds.SYSTEM, "credit-risk") == {
        "id": "credit-risk",
        "path": "systems/credit-risk.yaml",
        "name": "Credit",
        "affects_people": True,
        "user_facing": False,
        "third_parties": ["Acme"],
        "data_sources": ["s3://b"],
    }
    assert {skip.what: skip.problem for skip in found.skipped} == {
        "systems/broken.yaml": "affects_people is neither true nor false",
        "systems/other.yaml": "its id stands in systems/credit-risk.yaml, too",
    }


def test_a_folder_that_changes_while_it_is_read_fails_the_second_look(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "---\ntitle: x\n---\n"})

    settings = DocumentsSettings(id="documents/test", path=str(tmp_path))
    collector = Documents(settings)
    reader = collector.readers()[0]
    answers = reader.pages(RunnerCall("documents/test", retry=patient()), None)
    next(answers)
    write(tmp_path, {"b.md": "new"})
    check = next(answers)
    assert getattr(check, "ok", None) is False
    assert getattr(check, "note", None) == "changed meanwhile: b.md"


def test_yaml_never_builds_objects_and_an_alias_bomb_stays_small() -> None:
    assert load("a: !!python/object/apply:os.system [ls]") == {"a": ["ls"]}
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
    )
    assert len(load(bomb)) == 13
    with pytest.raises(NotReadable, match="larger than"):
        load("#" * 2_000_000)
