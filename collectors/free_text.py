"""Fields that a person fills in words: a key without a form of its own is no word there."""

from collections import Counter
from functools import cache
from typing import Any

import msgspec

from .credentials import credential_in, is_random
from .redaction import nested_structs

FREE_TEXT = frozenset(
    {
        "approved_by",
        "approver",
        "approver_role",
        "comment",
        "creator",
        "deputy",
        "description",
        "headings",
        "intended_use",
        "intended_uses",
        "justification",
        "owner",
        "problem_type",
        "purpose",
        "rationale",
        "reason",
        "reviewer",
        "text",
        "title",
    }
)


def take_out_random(record: msgspec.Struct, found: Counter[str]) -> None:
    """Replace such values in ``record``, in place, by null; each is counted in ``found``.

    Costs nothing for kinds without such fields, as those with many records are.
    """
    own, further = _fields(type(record))
    for name in own:
        value = getattr(record, name)
        if isinstance(value, str) and _is_key(value):
            msgspec.structs.force_setattr(record, name, None)
            found["random value"] += 1
        elif isinstance(value, list):
            kept = [one for one in value if not (isinstance(one, str) and _is_key(one))]
            if len(kept) < len(value):
                msgspec.structs.force_setattr(record, name, kept)
                found["random value"] += len(value) - len(kept)
    for name in further:
        for nested in _structs(getattr(record, name)):
            take_out_random(nested, found)


def _is_key(text: str) -> bool:
    """Those that have a form of their own are found wherever they are."""
    return is_random(text) and credential_in(text) is None


def has_free_text(record: type[msgspec.Struct]) -> bool:
    """Whether there is such a field, however deep."""
    return any(_fields(record))


def _structs(value: Any) -> list[msgspec.Struct]:
    if isinstance(value, dict):
        value = list(value.values())
    items = value if isinstance(value, list) else [value]
    return [one for one in items if isinstance(one, msgspec.Struct)]


@cache
def _fields(record: type[msgspec.Struct]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Its own ones, and those that lead to some."""
    fields = msgspec.structs.fields(record)
    own = tuple(field.name for field in fields if field.name in FREE_TEXT)
    further = tuple(
        field.name
        for field in fields
        if any(has_free_text(inner) for inner in nested_structs(field.type))
    )
    return own, further
