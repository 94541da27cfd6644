"""What other people's names may do to a terminal: nothing."""

import io
import json

import pytest
from annexa.agent.screen import Column, Screen, clean, write_json
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

HOSTILE = "\x1b[31mred\x1b[0m [bold]x[/bold] :smile: \u202egnp.exe \r\n=cmd() 😀 \x9b2J"


def on_terminal(width: int = 60) -> tuple[Screen, io.StringIO]:
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]  # a terminal that keeps its text
    screen = Screen(stream)
    screen._console = Console(
        file=stream, markup=False, highlight=False, emoji=False, width=width, color_system=None
    )
    return screen, stream


def test_control_characters_become_escapes_and_the_rest_stays() -> None:
    assert clean(HOSTILE) == (
        "\\x1b[31mred\\x1b[0m [bold]x[/bold] :smile: \\u202egnp.exe \\r\\n=cmd() 😀 \\x9b2J"
    )
    assert clean("Zürich, 日本, it's fine") == "Zürich, 日本, it's fine"
    assert clean(b"\xff".decode("utf-8", "surrogateescape")) == "\\udcff"


@settings(deadline=None)
@given(st.text())
def test_whatever_comes_in_one_harmless_line_comes_out(text: str) -> None:
    shown = clean(text)
    assert "\x1b" not in shown
    assert len(shown.splitlines()) <= 1
    assert all(ord(c) >= 32 and not 127 <= ord(c) < 160 for c in shown)


@pytest.mark.parametrize("terminal", [True, False])
def test_markup_in_a_name_is_text_in_lines_and_tables(terminal: bool) -> None:
    screen, stream = on_terminal(200) if terminal else (Screen(s := io.StringIO()), s)
    screen.line(HOSTILE)
    screen.table([Column("name")], [[HOSTILE]])
    screen.block(HOSTILE)
    text = stream.getvalue()
    assert text.count("[bold]x[/bold] :smile:") == 3
    assert "\x1b" not in text
    assert "\x9b" not in text


def test_where_nobody_looks_a_table_is_never_cut_or_wrapped() -> None:
    stream = io.StringIO()
    long = "x" * 500
    Screen(stream).table([Column("a"), Column("n", right=True)], [[long, 1], ["b", 22]])
    assert stream.getvalue().splitlines()[1] == f"{long}   1"
    assert stream.getvalue().splitlines()[2].endswith(" 22")


def test_on_a_narrow_terminal_a_long_name_is_folded_whole() -> None:
    screen, stream = on_terminal(30)
    screen.table([Column("a", keep=True), Column("b")], [["rule", "y" * 50]])
    assert stream.getvalue().count("y") == 50


def test_json_is_one_document_with_its_schema_in_front(capsys: pytest.CaptureFixture[str]) -> None:
    write_json("gaps/1", {"name": HOSTILE, "none": None})
    out = capsys.readouterr().out
    assert json.loads(out) == {"schema": "annexa.gaps/1", "name": HOSTILE, "none": None}
    assert "\x1b" not in out
