"""Other frameworks are lenses on the same evidence, each link with its source and strength."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from annexa.mappings.errors import PackError
from annexa.mappings.pack import BUILTIN, Pack, load_pack

PACK = load_pack()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUILTIN / "iso42001", tmp_path / "pack"))


def edited(folder: Path, old: str, new: str) -> Pack:
    file = folder / "crosswalk" / "eu-ai-act.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return load_pack(folder)


def test_each_control_is_linked_to_each_framework_that_has_something_for_it() -> None:
    linked = {
        one.id: {link.control for reference in one.references for link in reference.links}
        for one in PACK.frameworks
    }
    assert set(linked) == {"eu-ai-act", "nist-ai-rmf", "iso-27001"}
    controls = {control.id for control in PACK.catalogue.controls}
    assert linked["eu-ai-act"] & controls == controls
    assert linked["nist-ai-rmf"] & controls == controls
    assert controls - linked["iso-27001"] == {"A.7.4", "A.7.6"}  # 27001 has nothing direct


def test_only_what_the_listed_crosswalk_names_is_called_listed() -> None:
    strengths = Counter(
        (one.id, link.strength)
        for one in PACK.frameworks
        for reference in one.references
        for link in reference.links
    )
    assert {key for key in strengths if key[1] == "listed"} == {("nist-ai-rmf", "listed")}


def test_the_channel_for_outsiders_is_not_taken_for_reporting_to_authorities() -> None:
    act = {one.id: one for one in PACK.framework("eu-ai-act").references}
    assert "A.8.3" not in {link.control for link in act["Art. 73"].links}
    assert "A.8.5" in {link.control for link in act["Art. 73"].links}


def test_a_crosswalk_is_part_of_the_packs_digest(folder: Path) -> None:
    assert edited(folder, "version: 0.1.0", "version: 0.1.1").digest != PACK.digest


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[A.6.2.8]", "[A.6.2.9]", "Art. 12: names 'A.6.2.9', which the catalogue does not have"),
        ("id: Art. 12", "id: Art. 11", "two references have one id"),
        ("practice: [A.6.2.8]", "listed: [A.6.2.8]", "art. 12: no source for 'listed'"),
        ("practice: [A.6.2.8]", "practice: [A.6.2.8, A.6.2.8]", "names a control twice"),
        ("practice: [A.6.2.8]", "practice: []", "names no control"),
        ("id: eu-ai-act", "id: ai-act", "name the file by its id"),
    ],
)
def test_a_wrong_crosswalk_is_refused_with_its_place(
    folder: Path, old: str, new: str, told: str
) -> None:
    with pytest.raises(PackError) as refused:
        edited(folder, old, new)
    assert "crosswalk/eu-ai-act.yaml" in str(refused.value)
    assert told in str(refused.value)
