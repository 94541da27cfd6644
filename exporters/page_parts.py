"""Small pieces of HTML. Text goes through `e`; links are paths of our own making.

Values stand in double quotes: the secret scan takes ``name=value`` for worth a closer look.
"""

import html
from collections.abc import Iterable, Sequence

from .markdown import plain_line

SIGNS = {
    "supported": ("✓", "good"), "pass": ("✓", "good"),
    "failing": ("✕", "bad"), "fail": ("✕", "bad"),
    "unread": ("?", "doubt"), "inconclusive": ("?", "doubt"),
    "stale": ("◷", "doubt"), "waiting": ("…", "wait"), "attention": ("!", "wait"),
    "manual-pending": ("…", "wait"), "accepted-exception": ("–", "mute"),
    "excluded": ("–", "mute"), "not-applicable": ("–", "mute"),
}  # fmt: skip


_LONGEST = 160


def e(text: object) -> str:
    """Escaped for HTML, on one line."""
    return html.escape(plain_line(text), quote=True)


def brief(name: object) -> str:
    """As `e`, but a name of unreasonable length is cut; the CSV files have all of it."""
    text = plain_line(name)
    return e(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def link(target: str, text: str) -> str:
    return f'<a href="{e(target)}">{brief(text)}</a>'


def chip(word: str) -> str:
    """A state or an outcome: a sign, its word and a colour, so that none is needed alone."""
    sign, kind = SIGNS.get(word, ("", "mute"))
    return f'<span class="state {kind}">{sign} {e(word)}</span>'


def figure(number: int, title: str, words: str, kind: str = "") -> str:
    return f'<div class="figure {kind}"><b>{number}</b>{e(title)}<span>{e(words)}</span></div>'


def grid(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    tight: Sequence[int] = (),
    look: str = "",
) -> str:
    """A table of cells that are HTML already.

    Args:
        tight: Columns whose cells are not wrapped.
        look: A class of the style sheet.
    """

    def one(tag: str, place: int, cell: str) -> str:
        look = ' class="tight"' if place in tight else ""
        return f"<{tag}{look}>{cell}</{tag}>"

    head = "".join(one("th", i, e(cell)) for i, cell in enumerate(header))
    body = "\n".join(
        "<tr>" + "".join(one("td", i, cell) for i, cell in enumerate(row)) + "</tr>" for row in rows
    )
    table = f'<table class="{look}"><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>'
    return f'<div class="wide">{table}</div>'


def bullets(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{e(line)}</li>" for line in lines) + "</ul>"
