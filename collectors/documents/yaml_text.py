"""YAML as it is written: every scalar stays text, so no date, number or version is reshaped."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})
MAX_BYTES = 1024 * 1024


class NotReadable(Exception):
    """A text is not the YAML that it should be. No values are in the message."""

    def __init__(self, line: int | None, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


class _StrictLoader(_Loader):  # type: ignore[misc]  # the C loader has no types
    """A key that stands twice is an error: which of the two was approved?"""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise NotReadable(key.start_mark.line + 1, "a key is not text")
            if key.value in seen:
                raise NotReadable(key.start_mark.line + 1, f"the key {key.value} stands twice")
            seen.add(key.value)
        found: dict[str, Any] = super().construct_mapping(node, deep=deep)
        return found


def load(text: str, *, first_line: int = 1) -> dict[str, Any]:
    """The mapping that ``text`` holds; an empty text is an empty mapping.

    Raises:
        NotReadable: It is no YAML, or no mapping; lines count from ``first_line``.
    """
    if len(text) > MAX_BYTES:
        raise NotReadable(None, f"the YAML is larger than {MAX_BYTES // 1024} KiB")
    try:
        found = yaml.load(text, Loader=_StrictLoader)  # noqa: S506  all scalars stay text
    except NotReadable as error:
        line = None if error.line is None else error.line + first_line - 1
        raise NotReadable(line, error.problem) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + first_line if mark else None
        raise NotReadable(line, str(error.problem or error.context)) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise NotReadable(None, f"it is not YAML ({type(error).__name__})") from None
    if found is None or found == "":
        return {}
    if not isinstance(found, dict):
        raise NotReadable(first_line, "the YAML is not a mapping of keys to values")
    return found


def text(fields: Mapping[str, Any], key: str) -> str | None:
    """The scalar under ``key``; None where it is missing or null.

    Raises:
        NotReadable: It is a list or a mapping.
    """
    value = fields.get(key)
    if value is None or (isinstance(value, str) and value in _NULLS):
        return None
    if not isinstance(value, str):
        raise NotReadable(None, f"{key} is not a single value")
    return value


def truth(fields: Mapping[str, Any], key: str) -> bool | None:
    """The yes or no under ``key``.

    Raises:
        NotReadable: It is something else.
    """
    value = text(fields, key)
    if value is None:
        return None
    if value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise NotReadable(None, f"{key} is neither true nor false")


def texts(fields: Mapping[str, Any], key: str, *, split: bool = False) -> list[str]:
    """The list of scalars under ``key``; a single text is a list of one, or ``split`` at commas.

    Raises:
        NotReadable: It is, or holds, something else.
    """
    value = fields.get(key)
    if isinstance(value, str):
        value = [] if value in _NULLS else value.split(",") if split else [value]
    if value is None:
        return []
    if not isinstance(value, Sequence) or not all(isinstance(part, str) for part in value):
        raise NotReadable(None, f"{key} is not a list of values")
    return [part.strip() for part in value if part.strip()]
