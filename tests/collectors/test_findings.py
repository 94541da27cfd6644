"""Reports of other tools: OCSF findings, and files that are none of the formats."""

import hashlib
import json
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors.contract import Kind, Row
from annexa.collectors.errors import SettingsError
from annexa.collectors.findings import folder, reader
from annexa.collectors.findings.kinds import FINDING, REPORT
from annexa.collectors.registry import build

from .memory_sink import MemorySink
from .report_files import prowler, read, write


def test_a_prowler_finding_is_kept_field_by_field_and_never_its_words(tmp_path: Path) -> None:
    write(tmp_path, scan__ocsf__json=[prowler(), prowler("kms_rotation", status_code="PASS")])
    sink = MemorySink()
    receipts = read(tmp_path, sink)
    assert {kind.verdict for kind in receipts.values()} == {"complete"}
    name = "prowler-aws-s3_bucket_encryption-111122223333-eu-central-1-models"
    assert sink.body(FINDING, f"scan.ocsf.json#{name}") == {
        "report": "scan.ocsf.json",
        "id": name,
        "status": "fail",
        "severity": "high",
        "level": "High",
        "check": "s3_bucket_encryption",
        "title": "Check if S3 buckets are encrypted",
        "tool": "Prowler",
        "suppressed": False,
        "provider": "aws",
        "account": "111122223333",
        "region": "eu-central-1",
        "resources": [
            {
                "uid": "arn:aws:s3:::s3_bucket_encryption",
                "name": "models",
                "type": "AwsS3Bucket",
                "region": "eu-central-1",
            }
        ],
        "controls": {"CIS-3.0": ["2.1.1"], "ENS-RD2022": ["mp.si.2.aws.s3.1"]},
        "at": "2026-11-18T11:06:40Z",
    }
    rows = [row.body for kind in sink.rows.values() for row in kind.values()]
    assert not [row for row in rows if b"hunter2" in row]


def test_a_report_is_named_with_its_hash_its_producer_and_what_it_is_about(tmp_path: Path) -> None:
    write(tmp_path, scan__json=[prowler(), prowler("x", time=1_795_000_600)])
    sink = MemorySink()
    read(tmp_path, sink)
    raw = (tmp_path / "scan.json").read_bytes()
    found = sink.body(REPORT, "scan.json")
    assert found["sha256"] == hashlib.sha256(raw).hexdigest()
    assert found["size_bytes"] == len(raw)
    assert (found["format"], found["format_version"]) == ("ocsf", "1.4.0")
    assert (found["producer"], found["producer_version"]) == ("Prowler", "5.4.0")
    assert found["about"] == ["111122223333"]
    assert found["made_at"] == "2026-11-18T11:16:40Z"


def test_json_lines_are_read_as_well_as_an_array(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(prowler(check)) for check in ("a", "b", "c"))
    write(tmp_path, one__ndjson=lines + "\n", two__json=json.dumps(prowler("d")))
    sink = MemorySink()
    assert read(tmp_path, sink)["finding"].verdict == "complete"
    assert len(sink.subjects(FINDING)) == 4
    assert sink.body(REPORT, "one.ndjson")["about"] == ["111122223333"]


def test_muted_passed_and_manual_are_told_apart(tmp_path: Path) -> None:
    checks: dict[str, dict[str, Any]] = {
        "muted": {"status_id": 3, "status": "Suppressed"},
        "passed": {"status_code": "PASS", "severity_id": 5},
        "manual": {"status_code": "MANUAL", "severity_id": 1},
        "other": {"status_code": None, "severity_id": 99},
    }
    write(tmp_path, a__json=[prowler(name, **more) for name, more in checks.items()])
    sink = MemorySink()
    read(tmp_path, sink)
    bodies = [sink.body(FINDING, name) for name in sink.subjects(FINDING)]
    assert {b["check"]: (b["status"], b["severity"], b["suppressed"]) for b in bodies} == {
        "muted": ("fail", "high", True),
        "passed": ("pass", "critical", False),
        "manual": ("manual", "informational", False),
        "other": ("fail", "unknown", False),
    }


def test_one_id_that_comes_twice_loses_no_finding(tmp_path: Path) -> None:
    write(tmp_path, a__json=[prowler(), prowler(status_code="PASS"), prowler()])
    sink = MemorySink()
    read(tmp_path, sink)
    ends = [name.rpartition("-")[2] for name in sink.subjects(FINDING)]
    assert ends == ["models", "models~2", "models~3"]


BROKEN: dict[str, tuple[str | bytes, str]] = {
    "cut.json": (json.dumps([prowler()])[:-1], "ends in the middle at byte"),
    "table.json": ("a;b\n1;2\n", "no JSON, or ends in the middle at byte 1"),
    "package.json": ('{"name": "x", "version": "1"}', "none of OCSF findings, SARIF"),
    "list.json": ("[1, 2]", "Expected `object`, got `int` at byte 1"),
    "api.json": ('[{"class_uid": 6003, "metadata": {}}]', "6003 is none of findings at byte 1"),
    "old.json": ('{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}', "it is SPDX 3"),
    "empty.json": ("", "none of OCSF findings"),
    "deep.json": ("[" * 200_000, "ends in the middle"),
    "utf16.json": ("[]".encode("utf-16"), "no JSON"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named_with_the_place_and_the_others_are_read(
    name: str, tmp_path: Path
) -> None:
    content, told = BROKEN[name]
    raw = content if isinstance(content, bytes) else content.encode()
    (tmp_path / name).write_bytes(raw)
    write(tmp_path, good__json=[prowler()])
    sink = MemorySink()
    receipts = read(tmp_path, sink)
    for kind in ("report", "finding", "component"):
        assert receipts[kind].verdict == "partial"
        (skip,) = receipts[kind].skipped
        assert skip.what == name
        assert told in skip.problem
    assert sink.subjects(REPORT) == ["good.json"]
    assert len(sink.subjects(FINDING)) == 1


def test_a_broken_finding_is_named_with_its_place_and_the_others_are_read(tmp_path: Path) -> None:
    write(tmp_path, a__json=[prowler("a"), prowler("b", finding_info={}), prowler("c")])
    sink = MemorySink()
    found = read(tmp_path, sink)["finding"]
    assert found.verdict == "partial"
    (skip,) = found.skipped
    second = (tmp_path / "a.json").read_text().index("\n  {", 10) + 3
    assert skip.what == f"a.json: item 2 at byte {second}"
    assert "missing required field `uid`" in skip.problem
    assert len(sink.subjects(FINDING)) == 2


def test_only_reports_are_looked_for_in_a_folder_and_a_pattern_says_which(tmp_path: Path) -> None:
    write(tmp_path, a__json=[prowler()], a__html="<p>", a__csv="x")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    write(tmp_path / "deep" / "er", b__json=[prowler("b")], note__json="no report")
    whole = read(tmp_path, MemorySink())["report"]
    assert whole.verdict == "partial"
    assert "2 files of other kinds" in whole.checks[0].note
    sink = MemorySink()
    assert read(tmp_path / "**/[ab].json", sink)["report"].verdict == "complete"
    assert sink.subjects(REPORT) == ["a.json", "deep/er/b.json"]
    assert read(tmp_path / "a.json", MemorySink())["report"].items == 1


def test_names_are_harmless_and_links_are_not_followed(tmp_path: Path) -> None:
    strange = "<img src=x>\n\"'\u202e.json"
    (tmp_path / strange).write_text(json.dumps([prowler()]))
    (tmp_path / "link.json").symlink_to("/etc/passwd")
    sink = MemorySink()
    found = read(tmp_path, sink)["report"]
    assert [skip.what for skip in found.skipped] == ["link.json"]
    assert sink.subjects(REPORT) == [strange]


def test_a_file_that_is_too_large_is_named_and_not_read(tmp_path: Path) -> None:
    write(tmp_path, a__json=json.dumps([prowler()]) + " " * 1024**2)
    found = read(tmp_path, MemorySink(), max_file_mib=1)["finding"]
    assert found.skipped[0].problem == "it is larger than 1 MiB"
    assert found.verdict == "partial"


def test_a_place_is_one_of_two() -> None:
    with pytest.raises(SettingsError, match="set one of path and s3"):
        build({"id": "findings/x"})


def test_memory_does_not_grow_with_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PAGE", 50)
    monkeypatch.setattr(folder, "BLOCK", 64 * 1024)

    def most(findings: int) -> int:
        write(tmp_path, a__json=[prowler(f"check-{n}") for n in range(findings)])
        sink = Forgetful()
        tracemalloc.start()
        try:
            assert read(tmp_path, sink)["finding"].items == findings
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    most(10)
    few = most(150)
    assert most(900) < 1.1 * few + 900 * 300  # the names that were seen


class Forgetful(MemorySink):
    def add(self, kind: Kind, rows: Sequence[Row]) -> None:
        """Store nothing."""
