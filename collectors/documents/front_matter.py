"""A document's own words about itself: the YAML between ``---`` lines, and its headings."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from .place import File, History
from .records import Document, Review
from .yaml_text import NotReadable, text, texts

TEXTS = (
    "title",
    "type",
    "owner",
    "version",
    "classification",
    "approved_by",
    "approved_at",
    "approver_role",
    "effective",
    "review_by",
    "supersedes",
)
LISTS = ("controls", "systems")
FIELDS = frozenset({"id", *TEXTS, *LISTS, "reviews"})

MAX_HEADINGS = 200
MAX_HEADING = 200  # characters
MAX_FURTHER_KEYS = 100
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#*)?[ \t]*$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:[a-z0-9.-]+ [^\n]*\n)*?"
    rb"oid sha256:(?P<oid>[0-9a-f]{64})\nsize (?P<size>\d+)\n"
)


def split(content: str) -> tuple[str, str] | None:
    """Front matter and text of a Markdown file; None if it has no front matter.

    Raises:
        NotReadable: It begins and never ends.
    """
    lines = content.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != "---":
        return None
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() in ("---", "..."):
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :])
    raise NotReadable(1, "the front matter has no closing ---")


def document(
    file: File,
    content: bytes,
    fields: Mapping[str, Any],
    body: str,
    history: History,
) -> Document:
    """The record of a file with these ``fields``, by our names.

    Raises:
        NotReadable: A field has the wrong shape.
    """
    sha256, size_bytes = digest(content)
    further = {key: value for key, value in fields.items() if key not in FIELDS}
    if len(further) > MAX_FURTHER_KEYS:
        raise NotReadable(None, f"the front matter has more than {MAX_FURTHER_KEYS} further keys")
    own = {name: text(fields, name) for name in TEXTS}
    return Document(
        id=text(fields, "id") or file.path,
        path=file.path,
        sha256=sha256,
        size_bytes=size_bytes,
        **own,
        reviews=_reviews(fields.get("reviews")),
        controls=texts(fields, "controls", split=True),
        systems=texts(fields, "systems", split=True),
        headings=headings(body),
        front_matter={
            key: value if isinstance(value, str) else None for key, value in further.items()
        },
        commit=history.last,
        first_committed_at=history.first_at,
        modified_at=history.modified_at,
    )


def renamed(fields: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """``fields`` by our names, where ``names`` says what the organisation calls ours."""
    theirs = {name: ours for ours, name in names.items()}
    hidden = {ours for ours, name in names.items() if ours != name and ours not in theirs}
    return {theirs.get(key, key): value for key, value in fields.items() if key not in hidden}


def headings(body: str) -> list[str]:
    """Level-2 headings under which something stands, in order; code and comments are neither."""
    found: list[str] = []
    current: str | None = None
    fence = ""
    for line in _COMMENT.sub("", body).splitlines():
        mark = _FENCE.match(line)
        if mark and (not fence or (mark[1][0] == fence[0] and len(mark[1]) >= len(fence))):
            fence = "" if fence else mark[1]
            heading = None
        else:
            heading = None if fence else _HEADING.match(line)
        if heading is None:
            if line.strip() and current is not None:
                found.append(current)
                current = None
        elif len(heading[1]) <= 2:
            title = (heading[2] or "").strip()[:MAX_HEADING]
            current = title if len(heading[1]) == 2 and title else None
    return found[:MAX_HEADINGS]


def _reviews(value: object) -> list[Review]:
    """``- {on: 2026-01-31, by: …, outcome: …}``, or just ``- 2026-01-31``."""
    if value in (None, "", "null", "~"):
        return []
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise NotReadable(None, "reviews is not a list")
    found = []
    for entry in value:
        fields = {"on": entry} if isinstance(entry, str) else entry
        on = text(fields, "on") if isinstance(fields, dict) else None
        if on is None:
            raise NotReadable(None, "an entry of reviews has no date under on")
        found.append(Review(on=on, by=text(fields, "by"), outcome=text(fields, "outcome")))
    return found


def digest(content: bytes) -> tuple[str, int]:
    """SHA-256 and size of a file; a git-lfs pointer states those of the file that it stands for."""
    pointer = _POINTER.fullmatch(content)
    if pointer:
        return pointer["oid"].decode("ascii"), int(pointer["size"])
    return hashlib.sha256(content).hexdigest(), len(content)
