"""The file of an engagement: what is wrong in it is one line, what it agrees on is exported."""

from pathlib import Path

import pytest
from annexa.agent.exit_codes import ExitCode

from .cluster import cluster, write_company
from .command_line import CommandLine

GOOD = """
title: Surveillance 1
parties: {auditee: Shop, auditor: Example Audit}
criteria:
  - {standard: ISO/IEC 42001, version: "2023"}
period: 2026
systems: [credit-risk]
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD + "sistems: [a]\n", 'audit.yaml: sistems: unknown key; did you mean "systems"'),
        (GOOD.replace("title: Surveillance 1", ""), "audit.yaml: title: missing; add it"),
        (
            GOOD.replace("period: 2026", "period: soon"),
            "audit.yaml: period: no period; write 2026-",
        ),
        (GOOD.replace("[credit-risk]", "[]"), "audit.yaml: systems: "),
        (GOOD + "requests: [{id: 1}]\n", "audit.yaml: requests[0]"),
        (GOOD + "title: twice\n", "audit.yaml: line 8: the key 'title' stands there twice"),
        ("- a\n", "audit.yaml: is no mapping of keys to values"),
        ("a: [\n", "audit.yaml: line 2: not YAML"),
    ],
)
def test_a_broken_engagement_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    write_company(tmp_path, "http://127.0.0.1:9")
    (tmp_path / "audit.yaml").write_text(text)
    company = CommandLine(tmp_path / "annexa.yaml", capsys)
    export = ["export", "--engagement", str(tmp_path / "audit.yaml"), "--out", "never.zip"]
    company.annexa(*export, code=ExitCode.CONFIGURATION)
    assert told in company.err
    assert company.err.count("\n") == 1


def test_an_engagement_gives_period_and_scope_of_the_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "audit.yaml").write_text(GOOD)
    out = tmp_path / "part.zip"
    export = ["export", "--engagement", str(tmp_path / "audit.yaml"), "--out", str(out)]
    with cluster() as there:
        write_company(tmp_path, there.url)
        company = CommandLine(tmp_path / "annexa.yaml", capsys)
        company.annexa("collect")
    company.annexa(*export, "--system", "other", code=ExitCode.USAGE)
    assert "--system: other is not part of the engagement" in company.err
    company.annexa("export", "--out", str(out), code=ExitCode.USAGE)
    assert "name a --period" in company.err
    assert company.json(*export, "--control", "A.6.2.5")["period"] == "2026"
    leaf = company.json("ledger", "log")["leaves"][-1]["body"]
    assert leaf["engagement"] == "Surveillance 1"
    assert leaf["scope"] == {"systems": ["credit-risk"], "controls": ["A.6.2.5"]}
