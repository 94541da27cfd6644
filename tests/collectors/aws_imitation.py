"""An AWS that answers every operation there is, from AWS's own description of it in botocore.

Each list has three pages: two items, none, one. An item is made up of its number and of the names
in the request, so that a list within another has other items for each outer one. What is asked
about by name is answered under that name.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .aws_wire import TOKENS, Asked, names, pager, said, understood
from .introductions import INTRODUCTIONS
from .misbehaving import Reply, Request

PAGES = {"": ((1, 2), "t1"), "t1": ((), "t2"), "t2": ((3,), "")}
"""Token -> numbers of the items, next token."""

MADE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COUNTED = {"Roles": 3, "Users": 3, "Groups": 3, "Policies": 3}
STATES = ("Completed", "Succeeded", "COMPLETED", "ACTIVE", "Active", "InService")
TEXTS = {
    "policyDocumentType": "%7B%22Statement%22%3A%5B%5D%7D",
    "ModelCardContent": "{}",
}
FILLED = ("policyDocumentVersionListType", "ServerSideEncryptionRules", "LifecycleRules")
"""Lists inside of an item that are not empty."""


@dataclass
class Imitation:
    """``instead`` may take over a request."""

    instead: Callable[[Asked], Reply | None] = lambda _asked: None
    asked: set[str] = field(default_factory=set)
    """The operations that came, ``service:Operation``."""
    _answers: dict[tuple[str, str], Reply] = field(default_factory=dict)

    def __call__(self, request: Request) -> Reply:
        if found := INTRODUCTIONS["aws"](request):
            return found
        asked = understood(request)
        self.asked.add(asked.name)
        return self.instead(asked) or self._said(asked)

    def _said(self, asked: Asked) -> Reply:
        key = (asked.name, json.dumps(asked.parameters, sort_keys=True))
        if key not in self._answers:
            self._answers[key] = said(asked, answer(asked))
        return self._answers[key]


def answer(asked: Asked) -> dict[str, Any]:
    """What AWS would say, in the shape of the operation."""
    output = asked.operation.output_shape
    pages = pager(asked.operation)
    numbers, following = PAGES[asked.token] if pages else ((1, 2, 3), "")
    made: dict[str, Any] = _made(output, asked, None)
    lists = [name for name, shape in output.members.items() if shape.type_name == "list"]
    for kind, name in enumerate(lists if asked.is_list else ()):
        item = output.members[name].member
        made[name] = [_made(item, asked, 10 * kind + number) for number in numbers]
    for name in names(pages.get("output_token")):
        made[name] = following or None
    if more := pages.get("more_results"):
        made[more] = bool(following)
    return made | ({"SummaryMap": COUNTED} if "SummaryMap" in made else {})


def _made(shape: Any, asked: Asked, number: int | None) -> Any:
    """Something of that shape, named after the request and the number of the item."""
    match shape.type_name:
        case "structure":
            members = list(shape.members.items())[: 1 if shape.is_tagged_union else None]
            return {name: _member(name, member, asked, number) for name, member in members}
        case "list":
            return [_made(shape.member, asked, number)] if shape.name in FILLED else []
        case "string":
            return _text(shape, asked, number)
        case "timestamp":
            return MADE
        case "integer" | "long":
            return number or 1
        case "float" | "double":
            return 1.0
        case "boolean":
            return True
    return {} if shape.type_name == "map" else b""


def _member(name: str, shape: Any, asked: Asked, number: int | None) -> Any:
    if shape.type_name != "string":
        return _made(shape, asked, number)
    if number is None and name in asked.parameters:
        return asked.parameters[name]
    if name in TOKENS:
        return None
    if name.lower().endswith("arn"):
        return f"arn:aws:x:eu-west-1:123456789012:{name}/{_text(shape, asked, number)}"
    return _made(shape, asked, number)


def _text(shape: Any, asked: Asked, number: int | None) -> str:
    if shape.enum:
        return next((one for one in STATES if one in shape.enum), str(shape.enum[0]))
    return TEXTS.get(shape.name) or f"thing-{'-'.join(_outer(asked))}{number or 0}"


def _outer(asked: Asked) -> list[str]:
    """What the request names, apart from how its list is to be given."""
    members = asked.operation.input_shape.members if asked.operation.input_shape else {}
    tokens = names(pager(asked.operation).get("input_token"))
    return [
        re.sub(r"\W", "-", value).rpartition("thing-")[2] + "-"
        for name, value in sorted(asked.parameters.items())
        if isinstance(value, str) and name in members and name not in tokens
        if members[name].type_name == "string" and not members[name].enum
    ]
