"""``annexa retention``: shows first, deletes when told, and a hold stands above both."""

from pathlib import Path

import pytest
from annexa.agent.exit_codes import ExitCode

from ..ledger.sample import HOUR, Clock, open_ledger, record
from .command_line import CommandLine

YEARS_AGO = Clock().__call__().replace(year=2020)
ORGANISATION = "organisation: {name: X}\n"
POLICY = "retention: {bodies: 1095d}\n"


@pytest.fixture
def line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    with open_ledger(tmp_path, Clock(YEARS_AGO)) as ledger:
        record(ledger, YEARS_AGO, {"a": "1"})
        record(ledger, YEARS_AGO + HOUR, {"a": "2"})
    return CommandLine(tmp_path / "annexa.yaml", capsys)


def test_it_shows_first_and_deletes_when_told_by_whom(line: CommandLine) -> None:
    line.config.write_text(ORGANISATION + POLICY)
    line.annexa("status")
    kept = line.config.with_name("annexa.db.tables")
    assert kept.exists()
    (planned,) = line.json("retention")["expired"]
    assert (planned["kind"], planned["bodies"]) == ("mlflow.model_version", 1)
    assert "nothing was deleted" in line.annexa("retention")
    line.annexa("retention", "--apply", code=ExitCode.USAGE)
    assert "1 bodies" not in line.annexa("ledger", "verify")
    told = line.annexa("retention", "--apply", "--by", "Dana", "--reason", "policy 7")
    assert "deleted (leaf 3)" in told
    assert not kept.exists()
    assert "1 bodies were deleted under policy bodies 1095d (leaf 3)" in line.annexa(
        "ledger", "verify"
    )
    newest = line.json("ledger", "log")["leaves"][-1]
    assert (newest["type"], newest["body"]["by"]) == ("deletion", "Dana")
    (first, second) = line.json("history", "mlflow/prod:model_version:a")["intervals"]
    assert first["changed"] == ["content deleted under the policy in leaf 3"]
    assert second["record"]["value"] == "2"
    assert "nothing is older" in line.annexa("retention")


def test_a_hold_keeps_what_it_covers_and_is_in_the_leaf(line: CommandLine) -> None:
    held = "retention: {bodies: 1095d, holds: [{name: case 7, reason: dispute, sources: ['mlf*']}]}"
    line.config.write_text(ORGANISATION + held)
    found = line.json("retention", "--apply", "--by", "Dana")
    assert (found["expired"], found["leaf"], found["holds"]) == ([], None, ["case 7"])
    line.config.write_text(ORGANISATION + held.replace("mlf*", "aws/*"))
    assert line.json("retention", "--apply", "--by", "Dana")["leaf"] == 3
    (hold,) = line.json("ledger", "log")["leaves"][-1]["body"]["holds"]
    assert hold["name"] == "case 7"


def test_times_of_single_kinds_and_mistakes_in_the_policy(line: CommandLine) -> None:
    line.config.write_text(ORGANISATION)
    line.annexa("retention", code=ExitCode.CONFIGURATION)
    assert "there is no policy" in line.err
    line.config.write_text(ORGANISATION + "retention: {bodies: 1d, kinds: {mlflow.modle: 1d}}")
    line.annexa("retention", code=ExitCode.CONFIGURATION)
    assert "no kind 'mlflow.modle'" in line.err
    line.config.write_text(ORGANISATION + "retention: {bodies: soon}")
    line.annexa("retention", code=ExitCode.CONFIGURATION)
    line.config.write_text(
        ORGANISATION + "retention: {bodies: 1d, kinds: {mlflow.model_version: never}}"
    )
    assert line.json("retention")["expired"] == []
