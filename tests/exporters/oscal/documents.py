"""Reads the OSCAL documents of an unpacked bundle, and everything in them that refers to another
thing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MODELS = {
    "catalog": "catalog",
    "profile": "profile",
    "component-definition": "component",
    "assessment-plan": "assessment_plan",
    "assessment-results": "assessment_results",
    "poam": "poam",
}
"""File -> trestle's module of its model."""

Json = Any


def folder(unpacked: Path) -> Path:
    return unpacked / "data" / "11_oscal"


def read(unpacked: Path, name: str) -> Json:
    """What is under the one key of a document."""
    (body,) = json.loads((folder(unpacked) / f"{name}.json").read_text()).values()
    return body


def nodes(value: Json) -> Iterator[dict[str, Json]]:
    """Every object of a document, from the outside in."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from nodes(inner)


def named(properties: list[Json], name: str) -> list[str]:
    return [one["value"] for one in properties if one["name"] == name]


def prop(node: Json, name: str) -> str | None:
    return next(iter(named(node.get("props", []), name)), None)
