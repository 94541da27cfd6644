"""`annexa continuity`, `trend` and `diff`: one company, before and after something changed."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode

from ..mappings.test_pack_set import house
from .cluster import KSERVE, Cluster, cluster, service, write_company
from .command_line import CommandLine


class Company(CommandLine):
    def __init__(self, config: Path, there: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(config, capsys)
        self.there = there


@pytest.fixture
def company(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Company]:
    """Collected, then one service more that no registry knows, and collected again."""
    with cluster() as there:
        write_company(tmp_path, there.url)
        company = Company(tmp_path / "annexa.yaml", there, capsys)
        company.annexa("collect")
        yield company


def orphan(company: Company) -> None:
    company.there.items[KSERVE].append(service("stray", "s3://nowhere/9", "credit-risk"))
    company.annexa("collect")


def test_a_diff_names_what_came_and_which_gap_opened_for_it(company: Company) -> None:
    before = company.json("ledger", "checkpoint")
    assert before
    since = company.json("status")["at"]
    orphan(company)
    body = company.json("diff", "--since", since)
    (services,) = [one for one in body["evidence"] if one["kind"] == "kubernetes.inference_service"]
    assert (services["opened"], services["changed"], services["closed"]) == (1, 0, 0)
    assert body["replaced"] == []
    text = company.annexa("diff", "--since", since)
    assert "kubernetes.inference_service" in text


def test_a_diff_of_a_moment_in_which_nothing_happened_says_so(company: Company) -> None:
    since = company.json("status")["at"]
    assert "nothing changed" in company.annexa("diff", "--since", since)


def test_a_diff_from_before_the_ledger_shows_pack_and_configuration(company: Company) -> None:
    body = company.json("diff", "--since", "2020-01-01")
    assert {one["what"] for one in body["replaced"]} == {"pack", "configuration"}
    assert all(one["before"] is None for one in body["moved"])
    company.annexa("diff", "--since", "2999-01-01", code=ExitCode.USAGE)
    company.annexa("diff", "--since", "yesterday", code=ExitCode.USAGE)
    assert "--since" in company.err


def test_continuity_tells_each_system_apart_and_the_cause(company: Company) -> None:
    body = company.json("continuity", "A.6.2.5-1")
    lines = {one["system"]: one for one in body["lines"]}
    assert lines["credit-risk"]["operating_since"] is not None
    for line in lines.values():
        assert line["held_share"] is None or 0 <= line["held_share"] <= 1
        for one in line["interruptions"]:
            assert one["outcome"] not in ("pass", "not yet judged")
            assert one["causes"]
    assert "A.6.2.5-1 in" in company.annexa("continuity", "A.6.2.5-1")
    past = company.annexa("continuity", "A.6.2.5-1", "--period", "2020")
    assert "was not judged in 2020: there is no evidence for it" in past


def test_a_clause_has_its_time_too(company: Company) -> None:
    stands = {one["control"]: one["state"] for one in company.json("status")["clauses"]}
    (line,) = company.json("continuity", "8.1")["lines"]
    assert line["system"] is None
    assert line["stretches"][-1]["outcome"] == stands["8.1"] == "failing"
    assert any(cause.startswith("A.6.2.5-10") for cause in line["interruptions"][-1]["causes"])


def test_a_system_that_was_not_judged_is_one_line(company: Company) -> None:
    company.annexa("continuity", "A.6.2.5-1", "--system", "credit-rsk", code=ExitCode.ERROR)
    assert "was not judged for it in" in company.err
    assert 'did you mean "credit-risk"' in company.err


def test_what_is_neither_rule_nor_control_is_one_line(company: Company) -> None:
    company.annexa("continuity", "A.99", code=ExitCode.PACK)
    assert "has no rule 'A.99'" in company.err
    company.annexa("continuity", "A.2.2", "--speaks-for", "soon", code=ExitCode.USAGE)


def test_the_trend_counts_states_and_says_where_nothing_was_judged(company: Company) -> None:
    body = company.json("trend", "--every", "month")
    *_, last = body["points"]
    assert sum(last["states"].values()) == 38
    assert len(last["states"]) == 6
    status = company.json("status")["coverage"][""]
    assert last["states"] == status
    (point,) = company.json("trend", "--every", "month", "--period", "2020-05")["points"]
    assert point["states"] is None
    assert "nothing was judged yet" in company.annexa("trend", "--period", "2020-05")


def test_what_runs_out_soon_is_listed_and_status_has_one_line_of_it(company: Company) -> None:
    body = company.json("upcoming")
    assert body["days"] == 14
    one = next(one for one in body["upcoming"] if one["about"] == "kubernetes/shop")
    assert one["topic"] == "source"
    assert one["owner"] == "Nordlicht Handel"
    assert one["rules"]
    assert "Runs out in the next 14 days: 2 source" in company.annexa("status")
    nothing = company.annexa("upcoming", "--system", "credit-risk", "--days", "3")
    assert "runs out in the next 3 days" in nothing
    company.annexa("upcoming", "--days", "0", code=ExitCode.USAGE)


def test_a_pack_of_ones_own_is_judged_beside_the_first(company: Company, tmp_path: Path) -> None:
    house(tmp_path / "house")
    text = company.config.read_text().replace("pack: ./few\n", "")
    company.config.write_text(f"{text}packs: [./few, ./house]\n")
    company.annexa("collect")
    gaps = {gap["rule"]: gap["pack"] for gap in company.json("gaps")["gaps"]}
    assert set(gaps.values()) == {"iso42001", "house"}
    body = company.json("status", "--pack", "house")
    assert body["pack"]["id"] == "house"
    assert [one["control"] for one in body["controls"]] == ["H.1"] * len(body["controls"])
    bundle = tmp_path / "house.zip"
    said = company.annexa("export", "--period", "2026", "--pack", "house", "--out", str(bundle))
    assert "pack             house 1, one of 2; the others are not in it" in said
    with zipfile.ZipFile(bundle) as archive:
        names = {name.partition("/")[2]: name for name in archive.namelist()}
        for page in ("index.html", "data/00_README.md"):
            shown = archive.read(names[page]).decode()
            assert "iso42001 0.1.0; judged too, and not in this bundle" in shown
    replayed = run(["replay", str(bundle), "--json"])
    assert replayed == ExitCode.OK
    company.annexa("status", "--pack", "hous", code=ExitCode.CONFIGURATION)
    assert 'did you mean "house"' in company.err
    company.config.write_text(f"{text}pack: iso42001\npacks: [iso42001]\n")
    company.annexa("status", code=ExitCode.CONFIGURATION)
    assert "both there" in company.err


def test_another_pack_is_a_comparison_and_changes_nothing(company: Company, tmp_path: Path) -> None:
    few = str(company.config.parent / "few")
    same = company.annexa("mapping", "compare", few)
    assert "says the same as iso42001" in same
    overlay = tmp_path / "acme"
    overlay.mkdir()
    (overlay / "overlay.yaml").write_text(
        'id: acme\nversion: "1"\nover: iso42001\n'
        "disabled: {A.6.2.5-1: {reason: pilot, approved_by: board}}\n"
    )
    before = company.json("ledger", "log")
    body = company.json("mapping", "compare", few, "--overlay", str(overlay))
    moved = {(one["about"], one["system"]): one for one in body["moved"]}
    one = moved["A.6.2.5-1", "credit-risk"]
    assert one["before"] != one["after"] == "not-applicable"
    assert company.json("ledger", "log") == before
