"""Turns what pydantic says about a file into one line that names the key and the way out."""

import difflib
import types
import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from .screen import clean

_EXPECTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "dict": "a mapping of keys to values",
    "mapping": "a mapping of keys to values",
    "model": "a mapping of keys to values",
    "path": "a path",
}
_SEEN: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number"),
    (str, "text"),
    (dict, "a mapping"),
    (list, "a list"),
    (type(None), "nothing"),
)


@dataclass(frozen=True)
class Complaint:
    key: str
    """``sources[2].regoin``."""
    problem: str
    remedy: str


def dotted(path: Iterable[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return clean(text)


def first_complaint(
    error: ValidationError, model: type[BaseModel], under: Sequence[str | int] = ()
) -> Complaint:
    """The first thing that is wrong, and how many more there are.

    Values are never repeated, because one of them may be a secret in the wrong place.
    """
    found = error.errors(include_url=False, include_context=True)
    first = found[0]
    loc = tuple(first["loc"])
    problem, remedy = _words(first["type"], first["msg"], first.get("input"), loc, model)
    if len(found) > 1:
        problem += f" (and {len(found) - 1} more)"
    return Complaint(dotted((*under, *loc)), problem, remedy)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"'
    return "known are: " + ", ".join(names) if names else "remove it"


def _words(
    code: str, message: str, given: object, loc: tuple[str | int, ...], model: type[BaseModel]
) -> tuple[str, str]:
    if code == "extra_forbidden":
        known = _fields_at(model, loc[:-1])
        return "unknown key", did_you_mean(str(loc[-1]), known)
    if code == "missing":
        return "missing", "add it"
    if code in ("value_error", "assertion_error"):
        text = message.partition(", ")[2] or message
        problem, _, remedy = text.partition("; ")
        return problem.rstrip("."), (remedy or "correct the value").rstrip(".")
    family = code.removesuffix("_parsing").removesuffix("_type").split("_from")[0]
    if family in _EXPECTED and code != family:
        return f"expected {_EXPECTED[family]}, got {_seen(given)}", "correct the value"
    text = message[:1].lower() + message[1:]
    return clean(text).rstrip("."), "correct the value"


def _seen(given: object) -> str:
    return next((word for kind, word in _SEEN if isinstance(given, kind)), type(given).__name__)


def _fields_at(model: type[BaseModel], loc: Sequence[str | int]) -> set[str]:
    at: object = model
    for part in loc:
        if isinstance(part, str) and (inner := _model_in(at)) is not None:
            info = inner.model_fields.get(part)
            at = info.annotation if info else at
    found = _model_in(at)
    return set(found.model_fields) if found else set()


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    inner = (_model_in(argument) for argument in typing.get_args(annotation))
    return next((model for model in inner if model), None)
