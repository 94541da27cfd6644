"""The summary for paper: a few pages, what is missing first, the same bytes each time."""

import sys
from pathlib import Path

import pypdf
import pytest
from annexa.exporters.bundle import export_bundle
from annexa.exporters.errors import ExportError
from annexa.exporters.summary_pdf import SUMMARY

from .whole_bundle import ORGANISATION, QUARTER, Whole


def test_it_says_what_is_missing_and_then_where_each_control_stands(whole: Whole) -> None:
    pages = [page.extract_text() for page in pypdf.PdfReader(whole.unpacked / SUMMARY).pages]
    assert 2 <= len(pages) <= 3
    text = "\n".join(pages)
    assert "Größe & Söhne <AG>, 2026-Q4" in pages[0]
    assert text.index("What is missing") < text.index("Does not hold") < text.index("In numbers")
    assert text.index("In numbers") < text.index("Control matrix")
    for control in whole.evaluation.pack.catalogue.controls:
        assert f"\n{control.id}\n" in text or f"{control.id} " in text
    assert "U0001d518" in text  # a letter that the font lacks


def test_it_holds_no_script_no_form_and_no_link(whole: Whole) -> None:
    content = (whole.unpacked / SUMMARY).read_bytes()
    for word in (b"/JavaScript", b"/AcroForm", b"/URI", b"/Launch", b"/EmbeddedFile"):
        assert word not in content


def test_without_its_library_one_line_says_what_to_install(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fpdf", None)
    before = whole.ledger.log.size()
    with pytest.raises(ExportError, match=r"pip install 'annexa\[pdf\]'"):
        export_bundle(
            whole.ledger,
            whole.evaluation,
            period=QUARTER,
            out=tmp_path / "bundle.zip",
            keys=whole.folder / "keys",
            organisation=ORGANISATION,
            pdf=True,
        )
    assert (list(tmp_path.iterdir()), whole.ledger.log.size()) == ([], before)
