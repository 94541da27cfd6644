"""YAML that says what it means: a key that stands twice is an error, not a silent winner."""

from collections.abc import Hashable
from typing import Any

import yaml


class YamlProblem(ValueError):
    """``where`` is ``line 3`` or empty; ``problem`` one line in plain words."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if isinstance(key, str) and key != "<<":
                if key in seen:
                    line = key_node.start_mark.line + 1
                    raise YamlProblem(f"line {line}", f"the key {key!r} stands there twice")
                seen.add(key)
        return super().construct_mapping(node, deep=deep)


def parse(text: str) -> object:
    """Read one YAML document.

    Raises:
        YamlProblem: It is no YAML, or a key stands twice in one mapping.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}" if mark else ""
        raise YamlProblem(where, f"not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise YamlProblem("", f"not YAML: {str(error).splitlines()[0]}") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, YamlProblem):
            raise
        raise YamlProblem("", f"not YAML: {type(error).__name__}") from error
