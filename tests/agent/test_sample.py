"""`annexa sample`: freeze, draw, replace and list, from the ledger and from a bundle."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from annexa.agent.exit_codes import ExitCode

from .cluster import cluster, write_company
from .command_line import CommandLine

FROM = ["sample", "--population", "deployment", "--accept-incomplete", "no other cluster is in use"]


@pytest.fixture
def company(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[CommandLine]:
    with cluster() as there:
        write_company(tmp_path, there.url)
        company = CommandLine(tmp_path / "annexa.yaml", capsys)
        company.annexa("collect")
        yield company


def test_a_sample_is_frozen_drawn_replaced_and_listed(company: CommandLine, tmp_path: Path) -> None:
    at = ["--at", datetime.now(UTC).isoformat()]
    frozen = company.json(*FROM, *at)
    assert frozen["sample"] is None
    draw = [*FROM, *at, "--seed", "room 214", "--size", "1", "--by", "A. Auditor"]
    drawn = company.json(*draw)
    assert drawn["population_sha256"] == frozen["population_sha256"]
    assert drawn["population_leaf"] == frozen["population_leaf"] < drawn["leaf"]
    (item,) = drawn["sample"]["items"]
    gone = [*draw, "--replace", item["subject"], "--reason", "its owner left"]
    replaced = company.json(*gone)
    assert [one["status"] for one in replaced["sample"]["items"]] == ["replaced", "replacement"]
    assert replaced["sample"]["supersedes"] == drawn["leaf"]
    told = company.annexa(*draw, "--out", str(tmp_path / "mine.csv"))
    assert f"frozen as        sha256 {frozen['population_sha256']}" in told
    assert f"(leaf {replaced['leaf']})" in told  # a replacement holds on, nothing new is sealed
    assert (tmp_path / "mine.csv").read_bytes().count(b"\r\n") == 3
    listed = company.json("sample", "list")["samples"]
    assert [one["leaf"] for one in listed] == [drawn["leaf"], replaced["leaf"]]
    assert "A. Auditor" in company.annexa("sample", "list")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sample"], "--population"),
        ([*FROM, "--method", "lottery", "--seed", "1"], "--method: one of"),
        ([*FROM, "--seed", "1", "--frequency", "x"], "--frequency: one of annual"),
        ([*FROM, "--seed", "1", "--confidence", "95"], "--confidence"),
        ([*FROM, "--seed", "1", "--strata", "source"], "go together"),
        ([*FROM, "--seed", "1", "--replace", "x"], "a --reason of its own"),
        ([*FROM, "--method", "judgement"], "--pick"),
    ],
)
def test_what_cannot_be_meant_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    write_company(tmp_path, "http://127.0.0.1:9")
    company = CommandLine(tmp_path / "annexa.yaml", capsys)
    company.annexa(*arguments, code=ExitCode.USAGE)
    assert told in company.err
    assert company.err.count("\n") == 1
