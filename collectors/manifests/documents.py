"""The YAML documents of a file, every scalar as text; aliases are followed, merge keys are not."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_MERGE = re.compile(r"^\s*(?:- )?<<\s*:", re.MULTILINE)

Fields = dict[str, Any]


class NotYaml(Exception):
    """The text says what and, where it is known, in which line; never a value."""


def documents(text: str) -> Iterator[tuple[int, Fields]]:
    """Every mapping with its number, from 1; what is empty or no mapping is left out.

    Raises:
        NotYaml: The rest cannot be read.
    """
    if _MERGE.search(text):
        raise NotYaml("it has merge keys (<<), which are not followed")
    try:
        for number, found in enumerate(yaml.load_all(text, Loader=_Loader), 1):
            if isinstance(found, dict):
                yield number, found
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise NotYaml(f"{where}{error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise NotYaml(f"it is not YAML ({type(error).__name__})") from None


def items(document: Fields) -> Iterator[Fields]:
    """The objects of a ``List``, also of lists in it, or the one that the document is."""
    kind, inside = document.get("kind"), document.get("items")
    is_list = isinstance(kind, str) and kind.endswith("List") and isinstance(inside, list)
    if not is_list:
        yield document
        return
    for one in inside or ():
        if isinstance(one, dict):
            yield from items(one)
