"""With ``people: pseudonyms`` nobody's name leaves the house, and rules judge as they did."""

import io
import json
import stat
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.exit_codes import ExitCode
from annexa.exporters.verify import verify_bundle
from annexa.ledger import Ledger

from .command_line import CommandLine

POLICY = """\
---
id: ai-policy
title: AI policy
type: policy
owner: {owner}
controls: [A.2.2]
approved_by: Dana@Example.org
approved_at: 2026-01-10
---
# AI policy
"""
SYSTEM = "id: credit-risk\nname: Credit risk\nowner: dana\ndeputy: dana@example.org\n"
NOW = datetime.now(UTC)
NAMES = (b"dana", b"zelda")


def company(folder: Path, more: str) -> Path:
    (folder / "aims" / "systems").mkdir(parents=True)
    (folder / "aims" / "policy.md").write_text(POLICY.format(owner="zelda"))
    (folder / "aims" / "systems" / "credit-risk.yaml").write_text(SYSTEM)
    path = folder / "annexa.yaml"
    sources = "sources:\n  - {id: documents/aims, path: aims}\n"
    path.write_text(f"organisation: {{name: X}}\n{sources}{more}")
    return path


def outcomes(folder: Path) -> dict[tuple[str, str | None], str]:
    """As `annexa collect` has just judged."""
    with Ledger.open(folder / "annexa.db", read_only=True) as ledger:
        spans = ledger.spans(NOW - timedelta(days=1), NOW + timedelta(days=1))
    return {(span.about, span.system): span.outcome for span in spans}


def texts(bundle: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(bundle) as files:
        for name in files.namelist():
            content = files.read(name)
            yield name, content
            if name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(content)) as book:
                    yield from ((f"{name}!{one}", book.read(one)) for one in book.namelist())


def test_no_name_leaves_the_house_and_every_rule_judges_as_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = CommandLine(company(tmp_path / "named", ""), capsys)
    named.annexa("collect")
    hidden = CommandLine(company(tmp_path / "hidden", "people: pseudonyms\n"), capsys)
    hidden.annexa("collect")
    judged = outcomes(tmp_path / "hidden")
    assert judged == outcomes(tmp_path / "named")
    assert "fail" in judged.values()
    bundle = tmp_path / "bundle.zip"
    hidden.annexa("export", "--period", "2026-Q4", "--out", str(bundle))
    for name, content in texts(bundle):
        assert not any(one in content.lower() for one in NAMES), name
        if name.endswith("00_README.md"):
            assert b"as keyed pseudonyms (person-" in content
    assert verify_bundle(bundle).ok
    assert b"zelda" not in (tmp_path / "hidden" / "annexa.db").read_bytes()
    keys = tmp_path / "hidden" / "keys"
    for file in ("people.hmac", "people.jsonl"):
        assert stat.S_IMODE((keys / file).stat().st_mode) == 0o600
    known: list[dict[str, Any]] = hidden.json("people")["people"]
    assert {one["name"].lower() for one in known} == {"dana", "zelda"}
    (dana,) = {one["pseudonym"] for one in known if one["name"].lower() == "dana"}
    assert hidden.json("people", "--of", "Dana")["people"][0]["pseudonym"] == dana
    assert "zelda" not in hidden.annexa("people", f"{dana}@example.org")
    hidden.annexa("people", "person-0", code=ExitCode.ERROR)
    for line in (keys / "people.jsonl").read_text().splitlines():
        assert json.loads(line).keys() == {"pseudonym", "name"}
    (keys / "people.jsonl").chmod(0o644)
    hidden.annexa("people", code=ExitCode.LEDGER)
    assert "others may read it" in hidden.err
