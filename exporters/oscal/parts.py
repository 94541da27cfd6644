"""Small pieces that every OSCAL document is made of."""

import re
from collections.abc import Iterable

from ..markdown import plain_line
from .identifiers import NAMESPACE
from .stream import given

Json = dict[str, object]
OWNER = "owner"
APPROVER = "approver"
PREPARED_BY = "prepared-by"
_SPECIAL = re.compile(r"([\\`*\[\]<>#~^]|\{(?=\{)|(?<![^\W_])_|_(?![^\W_]))")
"""Also sub- and superscript and ``{{ insert: … }}``, which are OSCAL's own. An underscore within a
word means nothing, and is left alone: many tools show the text as it is."""


def text(value: object) -> str:
    """A value: one line that is not empty."""
    return plain_line(str(value).lower() if isinstance(value, bool) else value) or "-"


def markup(value: object) -> str:
    """Text from outside where OSCAL takes Markdown: it stays text, on one line."""
    return _SPECIAL.sub(r"\\\1", plain_line(value)) or "-"


def prop(name: str, value: object, *, remarks: str | None = None, group: str | None = None) -> Json:
    """A property of our own."""
    return given(
        {"name": name, "ns": NAMESPACE, "value": text(value), "group": group, "remarks": remarks}
    )


def props(**values: object) -> list[Json]:
    """Properties of our own; what is None is left out."""
    return [
        prop(name.replace("_", "-"), value) for name, value in values.items() if value is not None
    ]


def core_prop(name: str, value: str) -> Json:
    """A property that OSCAL itself defines."""
    return {"name": name, "value": text(value)}


def responsible(role: str, parties: Iterable[str]) -> list[Json]:
    """``responsible-roles``; none when there is nobody."""
    listed = list(parties)
    return [{"role-id": role, "party-uuids": listed}] if listed else []
