"""A bundle of some systems and controls: what is out of scope is not in it, and it says so."""

import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from annexa.exporters.bundle import export_bundle
from annexa.exporters.engagement import Engagement
from annexa.exporters.replay import replay_bundle
from annexa.exporters.verify import verify_bundle
from annexa.mappings.conventions import Conventions
from annexa.mappings.errors import ScopeError
from annexa.mappings.evaluation import evaluate
from annexa.mappings.pack import load_pack
from annexa.mappings.scope import Scope

from ..mappings.planting import NOW
from .whole_bundle import ORGANISATION, QUARTER, Whole

CONTROLS = ("8.1", "A.6.2.4", "A.6.2.5")
AUDIT = Engagement.model_validate(
    {
        "title": "Surveillance 1 <2026>",
        "parties": {"auditee": "Größe & Söhne", "auditor": "Example Audit"},
        "criteria": [{"standard": "ISO/IEC 42001", "version": "2023"}],
        "period": "2026-Q4",
        "systems": ["credit-risk"],
        "controls": list(CONTROLS),
        "contacts": [{"name": "A. Auditor", "role": "lead auditor", "email": "a@audit.example"}],
        "confidentiality": "between the parties",
        "requests": [{"id": "E-01", "wording": "Who approved it?", "controls": ["A.6.2.5"]}],
    }
)


@dataclass
class Part:
    path: Path
    folder: Path

    def text(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8-sig")


def asked(query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def part(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Part:
    folder = tmp_path_factory.mktemp("part")
    with evaluate(
        whole.ledger, load_pack(), Conventions(), at=NOW, scope=AUDIT.scope
    ) as evaluation:
        path = export_bundle(
            whole.ledger,
            evaluation,
            period=QUARTER,
            out=folder / "part.zip",
            keys=whole.folder / "keys",
            organisation=ORGANISATION,
            engagement=AUDIT,
        ).path
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder / "unpacked")
    (unpacked,) = (folder / "unpacked").iterdir()
    return Part(path, unpacked)


def test_a_part_verifies_and_every_result_comes_out_again(
    part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = verify_bundle(part.path)
    assert report.ok, report.problems
    assert report.records > 3
    replayed = replay_bundle(part.path)
    assert replayed.ok, replayed.differences
    assert replayed.is_signed_digest
    assert replayed.rows > 3
    monkeypatch.chdir(part.folder / "data" / "10_mapping")
    with duckdb.connect() as connection:
        rows = connection.execute(Path("replay.sql").read_text()).fetchall()
    assert rows[0][:2] == (0, 0)


def test_only_the_controls_in_scope_are_in_it(part: Part) -> None:
    data = part.folder / "data"
    assert {path.name for path in (data / "03_controls").iterdir()} == {"A.6.2.4", "A.6.2.5"}
    assert {path.name for path in (data / "04_clauses").iterdir()} == {"8.1", "clauses.csv"}
    results = part.text("data/03_controls/A.6.2.5/results.csv")
    assert "A.6.2.5-1" in results
    assert not re.search(r"^A\.7\.", results, re.MULTILINE)


def test_no_record_and_no_row_of_another_system_is_in_it(whole: Whole, part: Part) -> None:
    others = set(whole.evaluation.systems) - {"credit-risk"}
    assert others
    for path in sorted((part.folder / "data/10_mapping/populations").glob("*.parquet")):
        columns = {row[0] for row in asked(f"describe select * from '{path}'")}
        if "system_id" in columns:
            query = f"select distinct system_id from '{path}' where system_id is not null"
            assert {system for (system,) in asked(query)} <= {"credit-risk"}
        if path.stem == "source_state":
            query = f"select distinct unnest(systems) from '{path}'"
            assert {system for (system,) in asked(query)} <= {"credit-risk"}
    raw = whole.folder / "unpacked"
    everything = {
        json.loads(line.split(',"record":')[0] + "}")["sha256"]
        for path in raw.glob("*/data/08_raw/*/*.jsonl")
        for line in path.read_text().splitlines()
    }
    here = [
        line
        for path in part.folder.glob("data/08_raw/*/*.jsonl")
        for line in path.read_text().splitlines()
    ]
    assert 0 < len(here) < len(everything)
    assert not any('"ai-system-id":"' in line and "credit-risk" not in line for line in here)


def test_the_rest_of_a_run_is_there_by_its_hash_only(part: Part) -> None:
    lines = [
        json.loads(line)
        for path in part.folder.glob("data/09_manifest/changes/*.jsonl")
        for line in path.read_text().splitlines()
    ]
    hidden = [line for line in lines if "hash" in line]
    assert hidden
    assert all(line.keys() == {"hash"} for line in hidden)
    types = {
        json.loads(line)["body"]["type"]
        for line in part.text("data/09_manifest/custody.jsonl").splitlines()
    }
    assert types <= {"ledger", "run", "missed", "export"}


def test_what_is_left_out_is_said_on_page_one(part: Part) -> None:
    readme, page = part.text("data/00_README.md"), part.text("index.html")
    assert readme.index("## What this leaves out") < readme.index("## What is missing")
    assert page.index("What this leaves out") < page.index('id="missing"')
    for text in (readme, page):
        assert "AI systems in here: credit-risk. Left out: " in text
        assert "Controls and clauses in here: 8.1, A.6.2.4, A.6.2.5. Left out: 36 " in text
        assert "lead auditor" in text
        assert "ISO/IEC 42001, 2023" in text
    assert "Surveillance 1 &lt;2026&gt;" in page
    signed = json.loads(part.text("data/09_manifest/manifest.json"))
    assert signed["scope"] == {"systems": ["credit-risk"], "controls": list(CONTROLS)}
    assert signed["engagement"] == AUDIT.title
    requests = part.text("data/02_scope_soa/request_list.csv").splitlines()
    assert requests[1].startswith("E-01,A.6.2.5,,Who approved it?,Example Audit,,,open,")
    assert json.loads(part.text("data/02_scope_soa/engagement.json"))["parties"] == AUDIT.parties


def test_a_bundle_of_everything_says_nothing_of_a_scope(whole: Whole) -> None:
    assert "What this leaves out" not in whole.text("data/00_README.md")
    assert "scope" not in json.loads(whole.text("data/09_manifest/manifest.json"))


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        (Scope(systems=("credit",)), "system credit: is not known; known are: "),
        (Scope(controls=("A.6.2.5", "A.2.1")), "control A.2.1: is not in the catalogue"),
    ],
)
def test_what_is_not_there_cannot_be_in_scope(whole: Whole, scope: Scope, told: str) -> None:
    with pytest.raises(ScopeError, match=told):
        evaluate(whole.ledger, load_pack(), Conventions(), at=NOW, scope=scope)
