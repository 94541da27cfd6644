"""The index workbook: the sheets that auditors ask for, with links that lead somewhere."""

import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from annexa.exporters import workbook as workbook_module
from annexa.exporters.workbook import Link, Word, Workbook

from ..mappings.planting import NOW
from .whole_bundle import Whole

ASKED_FOR = (
    "Read-me", "Control matrix", "Evidence index", "Request list", "Populations + reconciliation",
    "Samples", "Results", "Exceptions", "Findings and CAPA", "Documents register",
    "Coverage calendar", "Redactions", "Changes since last bundle", "Glossary",
)  # fmt: skip


@pytest.fixture(scope="module")
def book(whole: Whole) -> Any:
    return openpyxl.load_workbook(whole.unpacked / "data/01_index.xlsx")


def rows(book: Any, sheet: str) -> list[dict[str, Any]]:
    header, *others = book[sheet].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in others]


def test_it_has_the_sheets_in_the_order_of_the_layout(book: Any) -> None:
    assert [name for name in book.sheetnames if name in ASKED_FOR] == list(ASKED_FOR)
    assert list(rows(book, "Control matrix")[0])[:10] == [
        "id", "title", "soa", "class", "owner", "result", "why", "evidence_ids", "evidence",
        "reviewer",
    ]  # fmt: skip


def test_every_sheet_is_filterable_with_a_frozen_header_and_no_formula(book: Any) -> None:
    for sheet in book:
        assert sheet.auto_filter.ref.startswith("A1:"), sheet.title
        assert sheet.freeze_panes is not None
        assert sheet.freeze_panes.endswith("2")
        types = {cell.data_type for row in sheet.iter_rows() for cell in row}
        assert types <= {"s", "n", "b", "d", "inlineStr"}, sheet.title


def test_every_link_leads_to_a_file_of_the_bundle(whole: Whole, book: Any) -> None:
    targets = list(_targets(book))
    assert len(targets) > 200
    for target in targets:
        assert (whole.unpacked / "data" / target).is_file(), target


def _targets(book: Any) -> Iterator[str]:
    for sheet in book:
        for row in sheet.iter_rows():
            yield from (cell.hyperlink.target for cell in row if cell.hyperlink)


def test_the_evidence_index_has_a_row_with_its_hash_for_every_file(whole: Whole, book: Any) -> None:
    listed = dict(line.split("  ")[::-1] for line in whole.text("manifest-sha256.txt").splitlines())
    found = {f"data/{row['file']}": row["sha256"] for row in rows(book, "Evidence index")}
    assert set(listed) - set(found) == {"data/01_index.xlsx"}
    assert all(listed[name] == sha256 for name, sha256 in found.items())
    raw = [row for row in rows(book, "Evidence index") if row["file"].endswith(".jsonl")]
    raw = [row for row in raw if row["file"].startswith("08_raw/")]
    assert all(row["ipe"].startswith("09_manifest/receipts/") and row["records"] for row in raw)
    ids = [row["evidence_id"] for row in rows(book, "Evidence index")]
    assert len(set(ids)) == len(ids)
    for row in rows(book, "Control matrix"):
        assert set(row["evidence_ids"].split("; ")) <= set(ids)


def test_times_are_dates_that_a_spreadsheet_can_sort(book: Any) -> None:
    for sheet, column in (
        ("Gaps", "since"), ("Evidence index", "as_of_or_until"), ("Sources", "started"),
        ("Documents register", "approved_at"),
    ):  # fmt: skip
        values = [row[column] for row in rows(book, sheet) if row[column] is not None]
        assert values
        assert all(isinstance(value, datetime) for value in values), sheet


def test_each_control_is_a_request_with_a_file_that_names_itself(whole: Whole, book: Any) -> None:
    asked = rows(book, "Request list")
    controls = [control.id for control in whole.evaluation.pack.catalogue.controls]
    assert [row["about"] for row in asked[:38]] == controls
    assert [row["request"] for row in asked[:2]] == ["PBC-001", "PBC-002"]
    assert all("no auditor raised it" in row["raised_by"] for row in asked)
    deployment = next(row for row in asked if row["about"] == "A.6.2.5")
    assert deployment["file"] == (
        "03_controls/A.6.2.5/evidence/PBC-020_A.6.2.5_evidence_2026Q4_v1.csv"
    )
    missing = {row["about"] for row in asked if row["status"] == "open"}
    assert all(not row["file"] for row in asked if row["about"] in missing)


def test_candidates_are_no_findings_of_an_auditor(whole: Whole, book: Any) -> None:
    candidates = rows(book, "Findings and CAPA")
    failing = [gap for gap in whole.evaluation.gaps() if gap.outcome == "fail"]
    assert len(candidates) == len(failing) > 0
    for row in candidates:
        assert "not an auditor's finding" in row["raised_by"]
        assert row["grade"] is row["root_cause"] is row["closed_by"] is None


def test_the_calendar_says_of_each_day_what_was_known(whole: Whole, book: Any) -> None:
    days = [name for name in rows(book, "Coverage calendar")[0] if name.startswith("20")]
    assert (days[0], days[-1]) == ("2026-10-01", f"{NOW:%Y-%m-%d}")
    for row in rows(book, "Coverage calendar"):
        states = [row[day] for day in days]
        assert states[0] == "not yet judged"
        last = whole.evaluation.coverage.of(row["control"]).state
        assert states[-1] == last
    told = whole.table("data/06_reconciliations/not_supported.csv")
    assert all(row["why"] for row in told)


def test_what_a_sheet_cannot_hold_is_said_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_module, "MAX_ROWS", 3)
    path = tmp_path / "book.xlsx"
    book = Workbook(path, created=NOW, title="A title", scratch=tmp_path)
    many = ((f"=row {number}", NOW, Link("a", "a.csv"), Word("fail", "bad")) for number in range(9))
    assert book.sheet("Rows", ("text", "at", "file", "outcome"), many, rest="rows.csv") == 3
    book.close()
    found = list(openpyxl.load_workbook(path)["Rows"].iter_rows(values_only=True))
    assert found[4][0] == "More rows do not fit; all are in rows.csv"
    assert len(found) == 5
    assert found[1][0] == "=row 0"
    with zipfile.ZipFile(path) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
