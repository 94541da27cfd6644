"""Made-up values of any type that a record may have."""

import types
import typing
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

_PLAIN: dict[object, Any] = {
    bool: True,
    int: 7,
    float: 0.5,
    Decimal: "1.5",
    datetime: "2026-11-24T10:00:00Z",
    type(None): None,
}


STRANGER = "hunter2-field"


def sample(annotation: Any, text: str = "text", *, strangers: bool = False) -> Any:
    """Something of that type, as JSON has it; every field is filled, every list has one item.

    ``strangers``: every object has a field too that no schema has.
    """

    def inner(part: Any) -> Any:
        return sample(part, text, strangers=strangers)

    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union):
        return inner(next(one for one in arguments if one is not type(None)))
    if origin is typing.Literal:
        return arguments[0]
    if origin in (list, tuple):
        return [inner(arguments[0])]
    if origin is dict:
        return {"key": inner(arguments[1])}
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        fields = msgspec.structs.fields(annotation)
        found = {field.encode_name: inner(field.type) for field in fields}
        return found | ({STRANGER: "hunter2"} if strangers else {})
    return text
