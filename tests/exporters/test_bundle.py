"""A whole bundle of a small company with faults, hostile names and one source that says 403."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import bagit
import duckdb
import pytest
from annexa.exporters.bundle import export_bundle
from annexa.exporters.errors import BundleError, ExportError
from annexa.exporters.replay import replay_bundle
from annexa.exporters.verify import LEAVES, verify_bundle
from annexa.mappings.period import Period

from .whole_bundle import ORGANISATION, QUARTER, Whole


def test_it_verifies_as_a_zip_and_unpacked_by_every_tool(whole: Whole) -> None:
    for path in (whole.summary.path, whole.unpacked):
        report = verify_bundle(path, fingerprint=whole.summary.key_fingerprint)
        assert report.lines()[0].startswith("files: ")
        assert report.ok
        assert report.records > 50
        assert report.statement["predicate"]["organisation"] == ORGANISATION.name
    bagit.Bag(str(whole.unpacked)).validate(processes=1)
    for command in (["sh", "verify.sh"], ["sha256sum", "--check", "--strict", "SHA256SUMS"]):
        subprocess.run(command, cwd=whole.unpacked, check=True, capture_output=True)


def test_the_same_ledger_and_period_give_the_same_bytes(whole: Whole) -> None:
    again = whole.export("again.zip")
    assert again.path.read_bytes() == whole.summary.path.read_bytes()
    assert again.leaf > whole.summary.leaf
    assert verify_bundle(again.path, since=whole.summary.path).ok
    body = json.loads(whole.ledger.log.leaf(whole.summary.leaf).body)
    assert (body["type"], body["bundle_sha256"]) == ("export", whole.summary.sha256)


def test_every_result_is_recomputed_from_the_bundle_alone(whole: Whole) -> None:
    report = replay_bundle(whole.summary.path)
    assert report.differences == []
    assert report.rules == len(whole.evaluation.pack.rules)
    assert report.results_sha256 == whole.evaluation.results_sha256
    assert report.is_signed_digest


def test_the_shipped_script_gives_every_results_file_again_with_duckdb_alone(whole: Whole) -> None:
    run = subprocess.run(
        [sys.executable, "-I", str(Path(__file__).with_name("duckdb_alone.py"))],
        cwd=whole.unpacked / "data" / "10_mapping",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    only_here, only_there, rows, compared = map(int, run.stdout.split())
    assert (only_here, only_there) == (0, 0)
    assert rows > 50
    assert compared >= rows


def test_a_changed_bundle_is_not_replayed(whole: Whole, tmp_path: Path) -> None:
    data = bytearray(whole.summary.path.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "changed.zip").write_bytes(data)
    with pytest.raises(BundleError, match="does not verify"):
        replay_bundle(tmp_path / "changed.zip")
    with pytest.raises(BundleError, match="cannot be read"):
        replay_bundle(tmp_path / "missing.zip")


def test_a_result_that_does_not_follow_is_listed(whole: Whole, tmp_path: Path) -> None:
    database = shutil.copy(whole.evaluation.database, tmp_path / "forged.duckdb")
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "update result set outcome = 'pass', reason = null where outcome = 'fail'"
        )
        connection.execute("update cell set outcome = 'pass' where outcome = 'fail'")
    forged = Whole(tmp_path, whole.ledger, whole.evaluation, whole.summary, tmp_path)
    old, whole.evaluation._file = whole.evaluation.database, Path(database)
    try:
        path = forged.export("forged.zip").path
    finally:
        whole.evaluation._file = old
    assert verify_bundle(path).ok  # its own key signed it
    report = replay_bundle(path)
    assert not report.ok
    assert any(line.startswith("result: only the bundle has ") for line in report.differences)
    assert any(line.startswith("cell: only the replay gives ") for line in report.differences)


def test_the_layout_is_the_one_that_auditors_ask_for(whole: Whole) -> None:
    names = sorted(path.name for path in (whole.unpacked / "data").iterdir())
    assert names == [
        "00_README.md", "01_index.xlsx", "02_scope_soa", "03_controls", "04_clauses",
        "05_documents", "06_reconciliations", "07_exceptions_findings", "08_raw", "09_manifest",
        "10_mapping", "11_oscal",
    ]  # fmt: skip
    controls = {path.name for path in (whole.unpacked / "data/03_controls").iterdir()}
    assert controls == {c.id for c in whole.evaluation.pack.catalogue.controls}
    for path in whole.unpacked.rglob("*"):
        assert len(f"{whole.unpacked.name}/{path.relative_to(whole.unpacked)}") <= 180


def test_what_is_missing_comes_first(whole: Whole) -> None:
    readme = whole.text("data/00_README.md")
    assert readme.index("## What is missing") < readme.index("## Scope")
    assert "could not be read in full: nothing is concluded" in readme
    page = whole.text("index.html")
    assert page.index('id="missing"') < page.index('id="matrix"')
    gaps = whole.table("data/07_exceptions_findings/gaps.csv")
    denied = [gap for gap in gaps if gap["rule"] == "source"]
    assert [(gap["source"], gap["outcome"]) for gap in denied] == [
        ("kubernetes/edge", "inconclusive")
    ]
    assert all(gap["since"] and gap["episode"] for gap in gaps)


def test_the_tally_is_honest_and_nobody_is_called_compliant(whole: Whole) -> None:
    readme = whole.text("data/00_README.md")
    for name, number in (("automated", 5), ("partial", 20), ("manual", 13)):
        assert f"| {name} | {number} |" in readme
    for path in whole.unpacked.rglob("*"):
        if path.suffix in (".md", ".html", ".csv", ".json", ".txt"):
            assert not re.search(r"(?i)\b(compliant|conforms|certified)\b", path.read_text("utf-8"))


def test_hostile_names_stay_text_in_every_table(whole: Whole) -> None:
    for path in (whole.unpacked / "data").rglob("*.csv"):
        for row in csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r")), path
    systems = {row["system_id"] for row in whole.table("data/02_scope_soa/systems.csv")}
    assert "'=cmd()" in systems
    assert "../../etc/passwd" in systems


def test_evidence_leads_to_its_record_receipt_and_leaf(whole: Whole) -> None:
    (listed,) = (whole.unpacked / "data/03_controls/A.4.3/evidence").glob("PBC-*.csv")
    rows = whole.table(str(listed.relative_to(whole.unpacked)))
    assert rows
    leaves = {
        json.loads(line.split(',"body":')[0] + "}")["index"]
        for line in whole.text(LEAVES).splitlines()
    }
    for row in rows:
        line = whole.text(f"data/{row['file']}").splitlines()[int(row["line"]) - 1]
        assert json.loads(line)["sha256"] == row["sha256"]
        assert (whole.unpacked / "data" / row["receipt"]).is_file()
        assert int(row["leaf"]) in leaves


def test_a_period_that_has_not_begun_is_refused(whole: Whole) -> None:
    with pytest.raises(ExportError, match="had not begun"):
        whole.export("future.zip", Period.parse("2027"))


def test_a_bundle_that_cannot_be_written_leaves_nothing(whole: Whole, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    before = whole.ledger.log.size()
    with pytest.raises(ExportError, match="cannot be written"):
        export_bundle(
            whole.ledger,
            whole.evaluation,
            period=QUARTER,
            out=tmp_path / "file" / "bundle.zip",
            keys=whole.folder / "keys",
            organisation=ORGANISATION,
        )
    assert whole.ledger.log.size() == before
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
