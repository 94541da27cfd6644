"""An organisation's own pack beside iso42001: judged on its own, sealed together."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from annexa.mappings.conventions import Conventions
from annexa.mappings.errors import PackError
from annexa.mappings.evaluation import evaluate
from annexa.mappings.examples import check_examples
from annexa.mappings.pack import BUILTIN, load_pack
from annexa.mappings.pack_set import joint_record, load_packs, pack_of

from .planting import NOW, PACK, Company, open_ledger, outcome
from .test_overlay import overlay
from .test_pack import RULE

CONTROL = {"id": "H.1", "title": "Buckets", "kind": "automated", "looked_for": "Encryption."}


def house(folder: Path, *, rule: dict[str, Any] | None = None, **head: Any) -> Path:
    """A pack of one control and one rule, over the views of iso42001."""
    (folder / "rules").mkdir(parents=True)
    header = {"id": "house", "version": "1", "effective": "2026-11-24", "title": "House rules"}
    header |= {"views_of": "iso42001", **head}
    groups = {"H": "House"}
    rules = [{**RULE, "controls": ["H.1"], "id": "H.1-1", "scope": "organisation", **(rule or {})}]
    for name, content in (
        ("pack.yaml", {key: value for key, value in header.items() if value}),
        (
            "catalogue.yaml",
            {"standard": "house", "groups": groups, "controls": [CONTROL], "clauses": []},
        ),
        ("rules/own.yaml", rules),
    ):
        (folder / name).write_text(yaml.safe_dump(content))
    return folder


def test_a_pack_of_ones_own_stands_on_the_views_of_another(tmp_path: Path) -> None:
    pack = load_pack(house(tmp_path / "house"))
    assert check_examples(pack) == 4
    built = {view.name for view in pack.views}
    assert {"storage", "system", "document", "soa"} <= built
    assert "labelling" not in built  # nobody reads it, so nobody builds it
    found = Company().evaluate(tmp_path, pack=pack)
    assert outcome(found, "H.1-1") == "fail"  # the bucket with holiday photos
    assert found.coverage.of("H.1").state == "failing"


def test_its_digest_covers_the_views_that_it_stands_on(tmp_path: Path) -> None:
    folder = house(tmp_path / "house")
    iso, base = BUILTIN / "iso42001", folder / "base"
    (base / "views").mkdir(parents=True)
    for path in (iso / "views.yaml", *iso.glob("views/*.sql")):
        (base / path.relative_to(iso)).write_bytes(path.read_bytes())
    before = load_pack(folder).digest
    with (base / "views" / "storage.s3.sql").open("a") as file:
        file.write("-- more\n")
    assert load_pack(folder).digest != before


def test_evaluations_of_several_packs_are_one_leaf_that_names_each(tmp_path: Path) -> None:
    packs = load_packs(["iso42001", house(tmp_path / "house")])
    company = Company(verdicts={"aws.bucket": "denied"})
    with open_ledger(tmp_path) as ledger:
        company.plant(ledger)
        records = []
        for pack in packs:
            with evaluate(ledger, pack, Conventions(), at=NOW) as found:
                records.append(found.record())
        assert joint_record(records[:1]) is records[0]  # one alone is sealed as ever
        saved = ledger.save_evaluation(joint_record(records))
        body = json.loads(next(iter(ledger.log.of_type("evaluation"))).body)
        spans = ledger.spans(NOW.replace(year=2020), NOW.replace(year=2099))
        assert ledger.verify().ok
    for name in ("pack_digest", "results_sha256"):
        assert [one[name] for one in body["packs"]] == [getattr(one, name) for one in records]
    assert body["tally"]["fail"] == sum(one.tally.get("fail", 0) for one in records) > 0
    gaps = [(gap.rule, gap.source) for gap in saved.opened]
    assert gaps.count(("source", "aws/1/eu-west-1")) == 1
    asking = [pack_of(packs, rule) for rule, _ in gaps]
    assert {pack.id if pack else None for pack in asking} == {"iso42001", "house", None}
    assert {span.about for span in spans} >= {"H.1", "H.1-1", "A.4.3", "A.4.3-1"}


@pytest.mark.parametrize(
    ("rule", "head", "told"),
    [
        ({"id": "A.4.3-1"}, {}, "pack house: has the rule A.4.3-1, as pack iso42001 has"),
        ({}, {"id": "iso42001"}, "as pack iso42001 has; rename one"),
        ({}, {"views_of": None}, "has no view soa, document, system; add `views_of: iso42001`"),
        ({}, {"views_of": "iso9001"}, "there is no built-in pack 'iso9001'"),
    ],
)
def test_what_cannot_be_told_apart_is_refused(
    tmp_path: Path, rule: dict[str, Any], head: dict[str, Any], told: str
) -> None:
    folder = house(tmp_path / "house", rule=rule, **head)
    if "views_of" in head:
        (folder / "views.yaml").write_text("storage: {encrypted: BOOLEAN}\n")
    with pytest.raises(PackError) as refused:
        load_packs(["iso42001", folder])
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_view_of_the_base_cannot_be_given_again(tmp_path: Path) -> None:
    folder = house(tmp_path / "house")
    (folder / "views.yaml").write_text("storage: {encrypted: BOOLEAN}\n")
    with pytest.raises(PackError, match="has the view 'storage' again"):
        load_pack(folder)


def test_an_overlay_goes_over_the_pack_that_it_names(tmp_path: Path) -> None:
    off = {"reason": "pilot", "approved_by": "board"}
    mine = overlay(tmp_path / "mine", over="house", disabled={"H.1-1": off})
    iso, own = load_packs(["iso42001", house(tmp_path / "house")], [mine])
    assert (iso.version, own.version) == (PACK.version, "1 + acme 3")
    stray = overlay(tmp_path / "stray", over="other")
    with pytest.raises(PackError, match="overlay stray: is made over other, which is not judged"):
        load_packs(["iso42001", tmp_path / "house"], [stray])
