"""`annexa exception`: accept a failure for a time, list it, take it back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from annexa.agent.exit_codes import ExitCode

from .cluster import cluster, write_company
from .command_line import CommandLine

ACCEPT = ["exception", "accept", "A.6.2.5-1", "--reason", "pilot", "--approved-by", "board"]


@pytest.fixture
def company(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[CommandLine]:
    with cluster() as there:
        write_company(tmp_path, there.url)
        company = CommandLine(tmp_path / "annexa.yaml", capsys)
        company.annexa("collect")
        yield company


def test_an_exception_is_sealed_listed_and_taken_back(company: CommandLine) -> None:
    accept = [*ACCEPT, "--system", "credit-risk", "--until", "2999-01-01"]
    leaf = company.json(*accept)["leaf"]
    (listed,) = company.json("exception", "list")["exceptions"]
    assert (listed["leaf"], listed["rule_id"], listed["approved_by"]) == (
        leaf,
        "A.6.2.5-1",
        "board",
    )
    assert "pilot" in company.annexa("exception", "list")
    company.annexa("exception", "withdraw", str(leaf), "--reason", "over")
    assert "no exceptions" in company.annexa("exception", "list")
    company.annexa("exception", "withdraw", str(leaf), "--reason", "x", code=ExitCode.ERROR)
    assert company.annexa("ledger", "verify")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([*ACCEPT, "--until", "2999-01-01"], ExitCode.USAGE, "either --subject or --system"),
        (
            [*ACCEPT, "--until", "2020-01-01", "--system", "a"],
            ExitCode.USAGE,
            "a day to come",
        ),
        ([*ACCEPT, "--until", "soon", "--system", "a"], ExitCode.USAGE, "write 2027-03-03"),
        (
            ["exception", "accept", "A.9", *ACCEPT[3:], "--until", "2999-01-01", "--system", "a"],
            ExitCode.PACK,
            "has no rule 'A.9'",
        ),
        (
            [*ACCEPT[:4], " ", *ACCEPT[5:], "--until", "2999-01-01", "--system", "a"],
            ExitCode.USAGE,
            "--reason",
        ),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_sealed(
    company: CommandLine, arguments: list[str], code: int, told: str
) -> None:
    company.annexa(*arguments, code=code)
    assert told in company.err
    assert "no exceptions" in company.annexa("exception", "list")
