"""The catalogue: the standard's ids and titles, and beside them what an organisation added."""

import json
from dataclasses import replace
from pathlib import Path

from annexa.exporters.oscal.catalogue import catalogue
from annexa.exporters.oscal.identifiers import control_id
from annexa.exporters.oscal.stream import document
from annexa.mappings.catalogue import Control
from annexa.mappings.overlay import Overlay, OverlayHeader
from annexa.mappings.pack import Pack
from trestle.oscal.catalog import Model

from ...mappings.planting import NOW, PACK
from .documents import Json, named, nodes


def made(pack: Pack) -> Json:
    content = b"".join(document("catalog", catalogue(pack, otherwise=NOW)))
    Model.model_validate_json(content)
    return json.loads(content)["catalog"]


def of_class(found: Json, kind: str) -> list[Json]:
    return [node for node in nodes(found) if node.get("class") == kind and "parts" in node]


def test_it_has_every_control_and_clause_under_the_name_that_others_use() -> None:
    found = made(PACK)
    annex = of_class(found, "control")
    assert [named(one["props"], "label")[0] for one in annex] == [
        control.id for control in PACK.catalogue.controls
    ]
    by_id = {one["id"]: one for one in annex}
    assert by_id["a.6.2.5"]["title"] == "AI system deployment"
    assert named(by_id["a.6.2.5"]["props"], "alt-identifier") == [
        "urn:intuitem:risk:req_node:iso42001-2023:a.6.2.5"
    ]
    assert len(of_class(found, "clause")) == len(PACK.catalogue.clauses)
    (life_cycle,) = [group for group in found["groups"] if group["id"] == "a.6"]
    assert [group["id"] for group in life_cycle["groups"]] == ["a.6.1", "a.6.2"]


def test_all_its_prose_is_the_packs_own() -> None:
    """A statement, where OSCAL expects the standard's words, only points to them."""
    for one in of_class(made(PACK), "control"):
        label = named(one["props"], "label")[0]
        statement, guidance, objective = one["parts"]
        assert statement["prose"].startswith(f"See ISO/IEC 42001:2023, {label}.")
        assert guidance["prose"] == PACK.catalogue.control(label).looked_for
        assert objective["prose"].startswith("The evidence is there and fresh")


def test_an_organisations_own_control_does_not_pass_for_one_of_the_standard(tmp_path: Path) -> None:
    names = ("ACME.1", "acme 1", "A.4.99", "../<x>")
    own = tuple(Control(id=n, title="Ours", kind="manual", looked_for="Ours.") for n in names)
    header = OverlayHeader(id="acme", version="1", over=PACK.id, controls=own)
    laid = PACK.catalogue.model_copy(update={"controls": (*PACK.catalogue.controls, *own)})
    overlay = Overlay(header=header, folder=tmp_path)
    found = made(replace(PACK, catalogue=laid, overlays=(overlay,)))
    assert len(of_class(found, "control")) == 38
    mine = of_class(found, "own")
    assert [named(one["props"], "label")[0] for one in mine] == list(names)
    assert len({one["id"] for one in mine}) == len(names)
    assert mine[0]["id"] == control_id("ACME.1") == "control-ACME.1"
    for one in mine:
        assert [part["name"] for part in one["parts"]] == ["guidance", "assessment-objective"]
        assert not named(one["props"], "alt-identifier")


def test_a_pack_without_a_day_is_dated_by_the_evaluation() -> None:
    undated = replace(PACK, header=PACK.header.model_copy(update={"effective": "soon"}))
    assert made(undated)["metadata"]["last-modified"] == "2026-11-24T12:00:00Z"


def test_another_standard_does_not_take_the_names_of_this_one() -> None:
    other = PACK.catalogue.model_copy(update={"standard": "House rules"})
    found = of_class(made(replace(PACK, catalogue=other)), "control")
    assert found[0]["parts"][0]["prose"].startswith("See House rules, A.2.2.")
    assert not named(found[0]["props"], "alt-identifier")
