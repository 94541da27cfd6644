"""`annexa soa`: what was decided, when, and what an auditor would object to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from annexa.agent.exit_codes import ExitCode

from .cluster import cluster, write_company
from .command_line import CommandLine

HOSTILE = 'we "do": {it}\n# [x]'


class Company(CommandLine):
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder / "annexa.yaml", capsys)
        self.soa = folder / "aims" / "soa.yaml"

    def state(self, controls: dict[str, dict[str, object]], **head: object) -> None:
        self.soa.write_text(yaml.safe_dump({"version": 1, "controls": controls, **head}))
        self.annexa("collect", "--source", "documents/aims", "--no-assess")

    def shown(self, *arguments: str) -> dict[str, dict[str, Any]]:
        body = self.json("soa", "show", *arguments)
        return {one["control"]: one for one in body["entries"]}


@pytest.fixture
def company(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Company]:
    with cluster() as there:
        write_company(tmp_path, there.url)
        company = Company(tmp_path, capsys)
        company.annexa("collect")
        yield company


APPROVED = {"approved_by": "board", "approved_at": "2026-01-10"}


def test_each_control_has_its_decision_or_says_that_nobody_made_one(company: Company) -> None:
    company.state(
        {
            "A.2.2": {"applicable": True, "justification": "we use AI", "owner": "ceo"},
            "A.10.4": {"applicable": False, "justification": "no customers"},
            "A.10.3": {"applicable": False},
            "A.10.2": {"applicable": True},
        },
        **APPROVED,
    )
    shown = company.shown()
    assert len(shown) == 38
    problems = {control: one["problem"] for control, one in shown.items()}
    assert problems["A.2.2"] is problems["A.10.4"] is None
    assert problems["A.10.3"] == "excluded without a reason"
    assert problems["A.10.2"] == "included without a reason"
    assert problems["A.4.2"] == "no statement names it"
    text = company.annexa("soa", "show")
    assert "38 entries, 36 with an objection" in text


def test_a_statement_that_nobody_approved_is_objected_to(company: Company) -> None:
    company.state({"A.2.2": {"applicable": True, "justification": "we use AI"}})
    assert company.shown()["A.2.2"]["problem"] == "the statement is not approved"


def test_the_statement_of_a_past_instant_is_shown_as_it_was_then(company: Company) -> None:
    company.state({"A.2.2": {"applicable": False, "justification": "not yet"}}, **APPROVED)
    then = company.shown()["A.2.2"]["known_since"]
    company.state({"A.2.2": {"applicable": True, "justification": "now we do"}}, **APPROVED)
    assert company.shown()["A.2.2"]["applicable"] is True
    assert then < company.json("status")["at"]
    assert company.shown("--at", "2020-01-01")["A.2.2"]["problem"] == "no statement names it"
    since = company.shown()["A.2.2"]["known_since"]
    assert since > then
    halfway = company.shown("--at", since)["A.2.2"]
    assert halfway["applicable"] is False  # sealed a moment after it was read


def test_a_draft_keeps_decisions_decides_nothing_by_itself_and_can_be_read_back(
    company: Company, tmp_path: Path
) -> None:
    company.state({"A.10.4": {"applicable": False, "justification": HOSTILE}}, **APPROVED)
    out = tmp_path / "proposal.yaml"
    company.annexa("soa", "draft", "--out", str(out))
    company.soa.write_text(out.read_text("utf-8"), "utf-8")
    company.annexa("collect", "--source", "documents/aims", "--no-assess")
    drafted = company.shown()
    assert len(drafted) == 38
    assert drafted["A.10.4"]["applicable"] is False
    assert drafted["A.10.4"]["justification"] == HOSTILE
    assert drafted["A.6.2.5"]["applicable"] is True
    assert "deployment" in drafted["A.6.2.5"]["justification"]
    undecided = [one for one in drafted.values() if one["applicable"] is None]
    assert undecided
    assert not any(one["justification"] for one in undecided)
    assert [name for name, one in drafted.items() if one["applicable"] is False] == ["A.10.4"]
    company.annexa("soa", "draft", "--out", str(out), code=ExitCode.ERROR)
    assert "is there already" in company.err
    assert company.annexa("soa", "draft").startswith("# Statement of Applicability: a proposal")
