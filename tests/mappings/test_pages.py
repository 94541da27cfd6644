"""`annexa mapping docs` and `diff`: a pack that a person can read and a change they can judge."""

import shutil
from pathlib import Path

import pytest
from annexa.collectors.registry import all_kinds
from annexa.mappings.pack import BUILTIN, Pack, load_pack
from annexa.mappings.pack_difference import PartChange, pack_difference
from annexa.mappings.pages import controls_page, needs_of_rules

PACK = load_pack()
PAGE = controls_page(PACK, all_kinds())
DOCS = Path(__file__).parents[2] / "docs" / "controls.md"


def test_the_page_in_the_docs_is_the_one_that_the_pack_gives() -> None:
    assert DOCS.read_text("utf-8") == PAGE, "run `make docs`"


def test_each_control_has_a_chapter_with_its_class_and_what_a_person_owes() -> None:
    for control in PACK.catalogue.controls:
        chapter = PAGE.split(f"## {control.id} {control.title}\n")[1].split("\n## ")[0]
        assert f"*{control.kind}: " in chapter
        assert control.looked_for in chapter
        if control.document:
            assert control.document in chapter
        for rule in PACK.rules_for(control.id):
            assert rule.id in chapter


def test_each_rule_is_told_once_in_full_with_its_sql_and_its_step_by_hand() -> None:
    for rule in PACK.rules:
        assert PAGE.count(f"</a>{rule.id} {rule.title}\n") == 1
        assert " ".join(rule.passes.split()).replace("`", "'") in PAGE
        assert " ".join(rule.step.split()).replace("`", "'") in PAGE


def test_the_table_names_every_kind_that_a_rule_rests_on() -> None:
    needs = needs_of_rules(PACK, all_kinds())
    table = {line.split(" | ")[0]: line for line in PAGE.splitlines() if line.startswith("| A.")}
    assert len(table) == 38
    for control in PACK.catalogue.controls:
        for rule in PACK.rules_for(control.id):
            for kind in needs[rule.id].rows | needs[rule.id].facts:
                assert kind in table[f"| {control.id}"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUILTIN / "iso42001", tmp_path / "pack"))


def edited(folder: Path, file: str, old: str, new: str) -> Pack:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    return load_pack(folder)


def test_a_pack_differs_in_nothing_from_itself(folder: Path) -> None:
    assert pack_difference(PACK, load_pack(folder)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "change"),
    [
        (
            "rules/impact.yaml",
            "severity: critical",
            "severity: minor",
            PartChange(what="rule", id="A.5.3-1", change="changed", parts=("severity",)),
        ),
        (
            "rules/impact.yaml",
            "step: Open the assessment",
            "step: Open each assessment",
            PartChange(
                what="rule", id="A.5.3-1", change="changed", parts=("step",), judges_otherwise=False
            ),
        ),
        (
            "rules/storage.yaml",
            "- id: A.4.3-1\n",
            "- id: A.4.3-9\n",
            PartChange(what="rule", id="A.4.3-9", change="added"),
        ),
        (
            "catalogue.yaml",
            "title: AI policy\n    kind: manual",
            "title: AI policy\n    kind: partial",
            PartChange(what="control", id="A.2.2", change="changed", parts=("kind",)),
        ),
        (
            "views/soa.documents.sql",
            "upper(trim(control))",
            "trim(control)",
            PartChange(what="view", id="soa", change="changed", parts=("documents",)),
        ),
        (
            "crosswalk/eu-ai-act.yaml",
            "version: 0.1.0",
            "version: 0.2.0",
            PartChange(
                what="crosswalk",
                id="eu-ai-act",
                change="changed",
                parts=("version",),
                judges_otherwise=False,
            ),
        ),
    ],
)
def test_a_change_is_named_with_whether_an_outcome_may_change(
    folder: Path, file: str, old: str, new: str, change: PartChange
) -> None:
    assert change in pack_difference(PACK, edited(folder, file, old, new))
