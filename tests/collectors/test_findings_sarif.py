"""SARIF results of code scanners."""

import json
from pathlib import Path

from annexa.collectors.findings.kinds import FINDING, REPORT

from .memory_sink import MemorySink
from .report_files import read, result, sarif, write


def test_a_sarif_result_has_the_level_and_the_score_of_its_rule(tmp_path: Path) -> None:
    by_index = {**result("py/unused-import", 3), "ruleIndex": 1}
    write(tmp_path, code__sarif=sarif(result(), by_index, result("other", level="error")))
    sink = MemorySink()
    assert read(tmp_path, sink)["finding"].verdict == "complete"
    bodies = [sink.body(FINDING, name) for name in sink.subjects(FINDING)]
    assert [(b["check"], b["level"], b["severity"], b.get("score")) for b in bodies] == [
        ("py/sql-injection", "error", "high", "8.8"),
        ("py/unused-import", "note", "low", None),
        ("other", "error", "high", None),
    ]
    assert bodies[0]["locations"] == [{"path": "src/score.py", "line": 7}]
    assert bodies[0]["title"] == "SqlInjection"
    report = sink.body(REPORT, "code.sarif")
    assert report["about"] == ["https://git.example/risk"]
    assert (report["producer"], report["made_at"]) == ("CodeQL", "2026-11-23T04:00:00Z")
    assert "hunter2" not in json.dumps(bodies) + json.dumps(report)


def test_a_suppression_counts_unless_it_was_rejected(tmp_path: Path) -> None:
    def suppressed(**suppression: str) -> list[dict[str, str]]:
        return [{"kind": "external", **suppression}]

    write(
        tmp_path,
        a__sarif=sarif(
            result(line=1, suppressions=suppressed(justification="hunter2")),
            result(line=2, suppressions=suppressed(status="rejected")),
            result(line=3, suppressions=[]),
            result(line=4),
        ),
    )
    sink = MemorySink()
    read(tmp_path, sink)
    bodies = [sink.body(FINDING, name) for name in sink.subjects(FINDING)]
    assert [b.get("suppressed") for b in bodies] == [True, False, False, None]
    assert [b.get("justified") for b in bodies] == [True, False, None, None]


def test_the_rule_of_an_extension_is_found(tmp_path: Path) -> None:
    extension = {"name": "pack", "rules": [{"id": "x", "defaultConfiguration": {"level": "error"}}]}
    tool = {"driver": {"name": "CodeQL"}, "extensions": [extension]}
    there = {"rule": {"index": 0, "toolComponent": {"index": 0}}, "message": {}}
    write(tmp_path, a__sarif=sarif(there, tool=tool))
    sink = MemorySink()
    read(tmp_path, sink)
    (name,) = sink.subjects(FINDING)
    assert (sink.body(FINDING, name)["check"], sink.body(FINDING, name)["level"]) == ("x", "error")


def test_a_run_that_did_not_succeed_or_whose_results_are_elsewhere_is_a_gap(tmp_path: Path) -> None:
    failed = [{"executionSuccessful": False}]
    write(tmp_path, a__sarif=sarif(invocations=failed))
    write(tmp_path, b__sarif=sarif(externalPropertyFileReferences={"results": [{"guid": "x"}]}))
    found = read(tmp_path, MemorySink())["finding"]
    assert found.verdict == "partial"
    assert [skip.what for skip in found.skipped] == ["a.sarif", "b.sarif"]
    assert "did not succeed" in found.skipped[0].problem
    assert "in other files" in found.skipped[1].problem
