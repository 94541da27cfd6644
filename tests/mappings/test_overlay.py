"""An organisation's own layer: other thresholds, own rules and controls, rules it does not ask."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from annexa.mappings.errors import PackError
from annexa.mappings.pack import Pack, as_written, load_pack

from .planting import NOW, PACK, Company, outcome, part
from .test_pack import RULE


def overlay(folder: Path, *, rules: list[dict[str, Any]] | None = None, **head: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "overlay.yaml").write_text(
        yaml.safe_dump({"id": "acme", "version": "3", "over": "iso42001", **head})
    )
    if rules:
        (folder / "rules").mkdir()
        (folder / "rules" / "own.yaml").write_text(yaml.safe_dump(rules))
    return folder


def laid(folder: Path, **head: Any) -> Pack:
    return load_pack(overlays=[overlay(folder / "acme", **head)])


OFF = {"reason": "admission policy does it", "approved_by": "ciso@x.example"}


def test_an_overlay_that_says_nothing_changes_no_rule_and_still_the_digest(tmp_path: Path) -> None:
    pack = laid(tmp_path)
    assert pack.rules == PACK.rules
    assert pack.version == f"{PACK.version} + acme 3"
    assert pack.digest != PACK.digest


def test_a_rule_and_a_control_of_ones_own_are_judged_beside_the_packs(tmp_path: Path) -> None:
    own = {"id": "ACME.1", "title": "Buckets have owners", "kind": "automated", "looked_for": "It."}
    pack = laid(tmp_path, controls=[own], rules=[RULE | {"controls": ["ACME.1", "A.4.3"]}])
    company = Company()
    company.buckets[0].encrypted = False
    found = company.evaluate(tmp_path, pack=part("X-1", pack=pack))
    assert outcome(found, "X-1") == "fail"
    assert found.coverage.of("ACME.1").state == "failing"
    assert len(pack.catalogue.controls) == 39
    assert [control.id for control in pack.catalogue.controls][:38] == [
        control.id for control in PACK.catalogue.controls
    ]


def test_a_changed_threshold_changes_the_outcome(tmp_path: Path) -> None:
    rule = PACK.rule("A.5.4-1")
    assert outcome(Company().evaluate(tmp_path / "as-it-is", pack=part(rule.id)), rule.id) == "pass"
    pack = laid(tmp_path, parameters={rule.id: {"about_people": "nobody writes this heading"}})
    few = part(rule.id, pack=pack)
    assert outcome(Company().evaluate(tmp_path, pack=few), rule.id) == "fail"
    assert PACK.rule(rule.id).parameters == rule.parameters


def test_a_rule_that_is_switched_off_says_why_on_whose_word_and_until_when(tmp_path: Path) -> None:
    company = Company()
    company.buckets[0].encrypted = False
    pack = laid(tmp_path, disabled={"A.4.3-1": OFF | {"until": "2999-01-01"}})
    found = company.evaluate(tmp_path, pack=part("A.4.3-1", pack=pack))
    (cell,) = {c.reason for c in found.cells if c.rule_id == "A.4.3-1"}
    assert outcome(found, "A.4.3-1") == "not-applicable"
    assert cell == (
        "switched off by acme until 2999-01-01 (ciso@x.example): admission policy does it"
    )


def test_a_rule_that_was_switched_off_counts_again_on_the_day_named(tmp_path: Path) -> None:
    company = Company()
    company.buckets[0].encrypted = False
    pack = laid(tmp_path, disabled={"A.4.3-1": OFF | {"until": f"{NOW:%Y-%m-%d}"}})
    few = part("A.4.3-1", pack=pack)
    assert outcome(company.evaluate(tmp_path, pack=few), "A.4.3-1") == "fail"


def test_evidence_may_be_older_where_the_overlay_says_so(tmp_path: Path) -> None:
    pack = laid(tmp_path, freshness={"A.4.3-1": "30d"})
    assert pack.rule("A.4.3-1").max_age.days == 30


def test_the_last_overlay_wins(tmp_path: Path) -> None:
    first = overlay(tmp_path / "a", freshness={"A.4.3-1": "30d"})
    second = overlay(tmp_path / "b", id="unit", freshness={"A.4.3-1": "9d"})
    assert load_pack(overlays=[first, second]).rule("A.4.3-1").freshness == "9d"
    assert load_pack(overlays=[second, first]).rule("A.4.3-1").freshness == "30d"


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ({"over": "soc2"}, "is made over soc2, not iso42001"),
        ({"version": None}, "overlay acme: overlay.yaml"),
        ({"colour": "red"}, "colour"),
        ({"id": "../x"}, "id"),
        ({"parameters": {"X": {"a": 1}}}, "names the rule 'X', which the pack does not have"),
        ({"parameters": {"A.5.4-1": {"a": 1}}}, "the rule has no parameter 'a'"),
        ({"parameters": {"A.5.4-1": {"about_people": 7}}}, "is a int, not a str"),
        ({"freshness": {"A.5.4-1": "soon"}}, "'soon' is not a time"),
        ({"disabled": {"A.5.4-1": {"reason": "", "approved_by": "x"}}}, "reason"),
        ({"disabled": {"A.5.4-1": {"reason": "x"}}}, "approved_by"),
        ({"disabled": {"A.9": OFF}}, "names the rule 'A.9'"),
        (
            {"controls": [{"id": "A.2.2", "title": "x", "kind": "manual", "looked_for": "x"}]},
            "A.2.2 is in the catalogue already",
        ),
        ({"rules": [RULE | {"id": "A.4.3-1"}]}, "is in rules/"),
        ({"rules": [RULE | {"disabled": OFF | {"overlay": "x", "until": None}}]}, "itself off"),
    ],
)
def test_a_wrong_overlay_is_one_line_that_says_where(
    tmp_path: Path, head: dict[str, Any], told: str
) -> None:
    with pytest.raises(PackError) as refused:
        laid(tmp_path, **head)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_examples_are_tried_with_the_values_that_they_were_written_for(tmp_path: Path) -> None:
    pack = laid(
        tmp_path,
        parameters={"A.4.4-2": {"days": 1}},
        rules=[RULE],
        disabled={"A.4.3-1": OFF},
    )
    written = as_written(pack)
    assert written.rule("A.4.4-2").parameters == PACK.rule("A.4.4-2").parameters
    assert written.rule("A.4.3-1").disabled is None
    assert [rule.id for rule in written.rules] == [rule.id for rule in pack.rules]
    assert written.rule("X-1").title == RULE["title"]


def test_a_folder_without_an_overlay_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"has no overlay\.yaml"):
        load_pack(overlays=[tmp_path])
