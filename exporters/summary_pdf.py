"""``summary.pdf``: the bundle on a few sheets of paper; what is missing first.

Made by fpdf2 with a PDF's own fonts, which know western letters only: others are shown by their
number. Nothing in it stands for itself; every line says where the whole of it is.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .errors import ExportError
from .facts import CLASS_WORDS, STATE_WORDS, Facts, OpenGap, moment
from .markdown import plain_line
from .page_gaps import by_cause
from .page_parts import SIGNS
from .scoped import scope_words

if TYPE_CHECKING:
    from fpdf import FPDF

SUMMARY = "summary.pdf"
_ROWS = 16
"""Of each part of what is missing; all of it is in the bundle's tables."""
_MARGIN, _LINE = 16, 4.7  # millimetres
_INK, _SOFT, _RULE = (28, 36, 48), (91, 102, 117), (217, 222, 229)
_TONES = {
    "good": (29, 107, 67), "bad": (163, 38, 29), "doubt": (122, 75, 0), "wait": (61, 79, 134),
    "mute": (106, 115, 128),
}  # fmt: skip
_NOT_HELD = "07_exceptions_findings/gaps.csv"
_TYPOGRAPHIC = str.maketrans({"–": "-", "—": "-", "…": "...", "’": "'", "“": '"', "”": '"'})


def check_is_installed() -> None:
    """Before anything else is done for it.

    Raises:
        ExportError: fpdf2 is missing.
    """
    try:
        import fpdf  # noqa: F401 - only whether it can be imported
    except ImportError as error:
        raise ExportError(
            "--pdf", "needs fpdf2", remedy="pip install 'annexa[pdf]', or leave --pdf out"
        ) from error


def summary_pdf(facts: Facts) -> bytes:
    """The same facts give the same bytes."""
    pdf = _new(facts)
    _head(pdf, facts)
    _left_out(pdf, facts)
    _missing(pdf, facts)
    pdf.add_page()
    _numbers(pdf, facts)
    _matrix(pdf, facts)
    return bytes(pdf.output())


def _new(facts: Facts) -> "FPDF":
    from fpdf import FPDF

    class Paper(FPDF):
        def footer(self) -> None:
            self.set_y(-12)
            _pen(self, 7.5, ink=_SOFT)
            self.cell(140, 4, "So much the evidence says; the conclusion is the auditor's.")
            self.cell(0, 4, f"Page {self.page_no()} of {{nb}}", align="R")

    pdf = Paper(format="A4")
    pdf.set_margins(_MARGIN, _MARGIN)
    pdf.set_auto_page_break(True, 16)
    pdf.set_creation_date(facts.at)
    pdf.set_title(_latin(facts.title))
    pdf.set_lang("en")
    pdf.add_page()
    return pdf


def _pen(pdf: "FPDF", size: float, *, bold: bool = False, ink: tuple[int, int, int] = _INK) -> None:
    pdf.set_font("helvetica", "B" if bold else "", size)
    pdf.set_text_color(*ink)


def _latin(text: object) -> str:
    tidy = plain_line(text).translate(_TYPOGRAPHIC)
    return tidy.encode("latin-1", "backslashreplace").decode("latin-1")


def _fitting(pdf: "FPDF", text: object, width: float) -> str:
    shown = _latin(text)
    if pdf.get_string_width(shown) <= width:
        return shown
    while shown and pdf.get_string_width(f"{shown}...") > width:
        shown = shown[: -1 - len(shown) // 40]
    return f"{shown}..."


def _head(pdf: "FPDF", facts: Facts) -> None:
    period = facts.period
    _pen(pdf, 9, ink=_SOFT)
    pdf.cell(0, 5, "Evidence for ISO/IEC 42001", new_x="LMARGIN", new_y="NEXT")
    _pen(pdf, 19, bold=True)
    title = _fitting(pdf, f"{facts.organisation.name}, {period.label}", pdf.epw)
    pdf.cell(0, 10, title, new_x="LMARGIN", new_y="NEXT")
    for name, text in (
        *(facts.engagement.lines() if facts.engagement else ()),
        ("Period", f"{moment(period.start)} until before {moment(period.end)}"),
        ("As of", moment(facts.at)),
        ("Systems", ", ".join(facts.evaluation.systems) or "none are known"),
        *facts.pack_lines,
        ("Signing key", f"sha256:{facts.key_fingerprint}"),
    ):
        _pen(pdf, 8.5, ink=_SOFT)
        pdf.cell(24, _LINE, name)
        _pen(pdf, 8.5)
        pdf.cell(0, _LINE, _fitting(pdf, text, pdf.epw - 26), new_x="LMARGIN", new_y="NEXT")


def _heading(pdf: "FPDF", text: str) -> None:
    pdf.ln(4)
    pdf.set_draw_color(*_INK)
    pdf.line(pdf.l_margin, pdf.get_y(), pdf.l_margin + pdf.epw, pdf.get_y())
    pdf.ln(1.5)
    _pen(pdf, 13, bold=True)
    pdf.cell(0, 7, text, new_x="LMARGIN", new_y="NEXT")


def _left_out(pdf: "FPDF", facts: Facts) -> None:
    if told := scope_words(facts.evaluation):
        _heading(pdf, "What this leaves out")
        _pen(pdf, 8.5, ink=_SOFT)
        for line in told:
            whole = _fitting(pdf, line, float("inf"))
            pdf.multi_cell(0, _LINE, whole, new_x="LMARGIN", new_y="NEXT")


def _missing(pdf: "FPDF", facts: Facts) -> None:
    _heading(pdf, "What is missing")
    unread = list(facts.unread_sources)
    failing = [gap for gap in facts.gaps if gap.now.outcome == "fail"]
    others = [g for g in facts.gaps if g.now.rule != "source" and g.now.outcome != "fail"]
    if not facts.is_over:
        _line(pdf, f"The period is not over: it ends {moment(facts.period.end)}.")
    if not facts.gaps:
        _line(pdf, "The rules of this pack found no gap; they cannot see everything.")
    for title, tone, gaps in (
        ("Could not be read in full: nothing is concluded", "doubt", unread),
        ("Does not hold", "bad", failing),
        ("Not known, too old, or waiting for a person", "wait", others),
    ):
        if not gaps:
            continue
        pdf.ln(1.5)
        _pen(pdf, 10, bold=True, ink=_TONES[tone])
        pdf.cell(0, 6, f"{title}: {len(gaps)}", new_x="LMARGIN", new_y="NEXT")
        groups = by_cause(gaps)
        widths = (24.0, 38.0, 84.0, 32.0)
        for same in groups[:_ROWS]:
            _row(pdf, widths, list(_told(same)))
        if len(groups) > _ROWS:
            _line(pdf, f"and {len(groups) - _ROWS} more: data/{_NOT_HELD}")


def _told(same: Sequence[OpenGap]) -> Iterator[tuple[str, tuple[int, int, int]]]:
    now = same[0].now
    yield (now.rule if len(same) == 1 else f"{len(same)} rules"), _INK
    where = dict.fromkeys(gap.now.system for gap in same if gap.now.system)
    yield ", ".join(where) or now.source or "the organisation", _INK
    yield now.cause, _INK
    yield ", ".join(dict.fromkeys(gap.now.owner for gap in same)), _SOFT


def _line(pdf: "FPDF", text: str) -> None:
    _pen(pdf, 8.5, ink=_SOFT)
    pdf.cell(0, _LINE, _fitting(pdf, text, pdf.epw), new_x="LMARGIN", new_y="NEXT")


def _row(
    pdf: "FPDF",
    widths: Sequence[float],
    cells: Sequence[tuple[str, tuple[int, int, int]]],
    *,
    bold: bool = False,
) -> None:
    for width, (text, ink) in zip(widths, cells, strict=True):
        _pen(pdf, 8, bold=bold, ink=ink)
        pdf.cell(width, _LINE, _fitting(pdf, text, width - 2))
    pdf.ln(_LINE)
    pdf.set_draw_color(*_RULE)
    pdf.line(pdf.l_margin, pdf.get_y(), pdf.l_margin + pdf.epw, pdf.get_y())


def _numbers(pdf: "FPDF", facts: Facts) -> None:
    _heading(pdf, "In numbers")
    total = sum(facts.classes.values())
    classes = ", ".join(f"{number} {name}" for name, number in facts.classes.items())
    _line(pdf, f"Of {total} controls of Annex A, by how much systems can show at all: {classes}.")
    for name, words in CLASS_WORDS.items():
        _line(pdf, f"{name}: {words}")
    pdf.ln(1.5)
    _line(pdf, "Where they stand for the organisation as a whole; the six are never added up:")
    for state, words in STATE_WORDS.items():
        ink = _TONES[SIGNS[state][1]]
        _row(
            pdf,
            (12.0, 26.0, 140.0),
            [(str(facts.states[state]), ink), (state, ink), (words, _SOFT)],
        )


def _matrix(pdf: "FPDF", facts: Facts) -> None:
    _heading(pdf, "Control matrix")
    coverage, systems = facts.evaluation.coverage, facts.evaluation.systems
    widths = (16.0, 72.0, 18.0, 24.0, 48.0)
    titles = ("control", "title", "class", "organisation", f"{len(systems)} systems")
    _row(pdf, widths, [(title, _SOFT) for title in titles], bold=True)
    for control in facts.evaluation.pack.catalogue.controls:
        state = coverage.of(control.id).state
        counted = Counter(coverage.of(control.id, system).state for system in systems)
        each = ", ".join(f"{counted[state]} {state}" for state in STATE_WORDS if counted[state])
        cells = [(control.id, _INK), (control.title, _INK), (control.kind, _SOFT)]
        _row(pdf, widths, [*cells, (state, _TONES[SIGNS[state][1]]), (each, _SOFT)])
