"""The six documents as a tool takes them in: valid, in order, no reference leads nowhere."""

import hashlib
import importlib
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import trestle.oscal
from annexa.exporters.evidence_id import evidence_id
from annexa.exporters.oscal.identifiers import VERSION
from trestle.core.profile_resolver import ProfileResolver
from trestle.core.validator_factory import validator_factory

from ..whole_bundle import HOSTILE, Whole
from .documents import MODELS, folder, nodes, prop, read


@pytest.mark.parametrize("name", MODELS)
def test_trestle_takes_every_document_as_it_is(whole: Whole, name: str, tmp_path: Path) -> None:
    content = (folder(whole.unpacked) / f"{name}.json").read_bytes()
    model = importlib.import_module(f"trestle.oscal.{MODELS[name]}").Model
    taken = model.model_validate_json(content)
    again = json.loads(taken.model_dump_json(by_alias=True, exclude_none=True))
    assert _keys(json.loads(content)) == _keys(again), "keys are in the order of the model"
    (root,) = type(taken).model_fields
    for validator in validator_factory.get_all():
        assert validator.model_is_valid(getattr(taken, root), True, tmp_path)
    assert read(whole.unpacked, name)["metadata"]["oscal-version"] == VERSION
    assert trestle.oscal.OSCAL_VERSION == VERSION


def _keys(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, _keys(inner)) for key, inner in value.items()]
    return [_keys(inner) for inner in value] if isinstance(value, list) else None


def test_every_reference_leads_to_something_and_every_uuid_is_given_once(whole: Whole) -> None:
    bodies = {name: read(whole.unpacked, name) for name in MODELS}
    uuids: set[str] = set()
    for body in bodies.values():
        own = [node["uuid"] for node in nodes(body) if "uuid" in node]
        assert len(own) == len(set(own))
        assert {uuid.UUID(one).version for one in own} == {5}
        uuids |= set(own)
    catalogue = {node["id"] for node in nodes(bodies["catalog"]) if "id" in node}
    references = 0
    for name, body in bodies.items():
        roles = {role["id"] for role in body["metadata"].get("roles", ())}
        for node in nodes(body):
            for key, value in node.items():
                if key.endswith(("-uuid", "-uuids")):
                    assert uuids >= set(value if isinstance(value, list) else [value]), (name, key)
                elif key in ("control-id", "target-id", "with-ids"):
                    assert catalogue >= set(value if isinstance(value, list) else [value]), value
                elif key == "role-id":
                    assert value in roles
                elif key in ("href", "source") and value.startswith("#"):
                    files = {r["uuid"] for r in body["back-matter"]["resources"]}
                    assert value[1:] in files, (name, value)
                else:
                    continue
                references += 1
    assert references > 1000


_ARRAYS = {
    "subject-uuid": ("components", "inventory-items"),
    "component-uuid": ("components",),
    "actor-uuid": ("components", "parties"),
    "party-uuid": ("parties",),
    "activity-uuid": ("activities",),
    "observation-uuid": ("observations",),
    "finding-uuid": ("findings",),
    "risk-uuid": ("risks",),
}
"""Reference -> where in its document that thing stands."""


@pytest.mark.parametrize("name", ["assessment-plan", "assessment-results", "poam"])
def test_a_document_read_alone_knows_what_it_speaks_about(whole: Whole, name: str) -> None:
    """But for the task of an observation, which is in the plan."""
    body = read(whole.unpacked, name)
    tasks = {one["uuid"] for one in read(whole.unpacked, "assessment-plan")["tasks"]}
    for key, arrays in _ARRAYS.items():
        own = {one["uuid"] for node in nodes(body) for a in arrays for one in node.get(a, ())}
        referred = {node[key] for node in nodes(body) if key in node}
        assert referred <= own, key
    assert {node["task-uuid"] for node in nodes(body) if "task-uuid" in node} <= tasks
    for node in nodes(body):
        if "party-uuids" in node:
            assert set(node["party-uuids"]) <= {p["uuid"] for p in body["metadata"]["parties"]}


def test_every_file_that_is_named_has_the_hash_that_is_given(whole: Whole) -> None:
    for name in MODELS:
        body = read(whole.unpacked, name)
        used = {node["href"] for node in nodes(body) if node.get("href", "").startswith("#")}
        used |= {node["source"] for node in nodes(body) if "implemented-requirements" in node}
        for resource in body.get("back-matter", {}).get("resources", ()):
            assert f"#{resource['uuid']}" in used
            (link,) = resource["rlinks"]
            content = (folder(whole.unpacked) / link["href"]).read_bytes()
            (given,) = link["hashes"]
            assert given == {"algorithm": "SHA-256", "value": hashlib.sha256(content).hexdigest()}
            assert resource["document-ids"] == [{"identifier": evidence_id(resource["title"])}]


def test_the_profile_resolves_to_the_controls_that_apply(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".trestle").mkdir()
    monkeypatch.chdir(folder(whole.unpacked))
    path = folder(whole.unpacked) / "profile.json"
    resolved = ProfileResolver.get_resolved_profile_catalog(tmp_path, str(path))
    content = json.loads(resolved.model_dump_json(by_alias=True, exclude_none=True))
    controls = [node for node in nodes(content) if "parts" in node]
    assert len([c for c in controls if c["id"].startswith("a.")]) == 38


def test_names_from_outside_stay_text(whole: Whole) -> None:
    for name in MODELS:
        text = (folder(whole.unpacked) / f"{name}.json").read_text()
        assert "\x1b" not in text
        assert "\\u001b" not in text
    definition = read(whole.unpacked, "component-definition")
    titles = {prop(one, "asset-id"): one["title"] for one in definition["components"]}
    assert titles["<script>alert(1)</script>"] == r"\<script\>alert(1)\</script\>"
    assert titles['a"b [31m|x|'] == r'a"b \[31m|x|'
    assert {" ".join(name.replace("\x1b", " ").split()) for name in HOSTILE} <= titles.keys()


def test_every_observation_of_a_rule_leads_to_its_rows_and_their_evidence(whole: Whole) -> None:
    body = read(whole.unpacked, "assessment-results")
    files = {r["uuid"]: r["rlinks"][0]["href"] for r in body["back-matter"]["resources"]}
    for observation in body["results"][0]["observations"]:
        rule = prop(observation, "rule")
        if rule is None:
            continue
        named = [files[one["href"][1:]] for one in observation["relevant-evidence"]]
        control = whole.evaluation.pack.rule(rule).controls[0]
        rows, population, evidence = named[:3]
        assert rows.endswith(f"/{control}/results.csv")
        assert population.endswith(f"/{control}/population.csv")
        assert f"/{control}/evidence/" in evidence
