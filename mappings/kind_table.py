"""A kind's record schema as the columns of a DuckDB table.

``mlflow.model_version`` becomes ``mlflow_model_version`` with the record's fields under their JSON
names, and two columns of ours that start with an underscore so that no field can collide with
them: ``_subject`` (full: ``mlflow/prod:model_version:credit-risk/7``) and ``_source``.
"""

import re
import types
import typing
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from ..collectors.contract import Kind

OWN_COLUMNS = {"_subject": "VARCHAR", "_source": "VARCHAR"}

_PART = re.compile(r"__part\d+\Z")

_SCALARS: Mapping[object, str] = {
    str: "VARCHAR",
    int: "BIGINT",
    bool: "BOOLEAN",
    float: "DOUBLE",
    Decimal: "DOUBLE",
    datetime: "TIMESTAMPTZ",
}


def table_name(kind: str) -> str:
    return kind.replace(".", "_")


def part_name(table: str, number: int) -> str:
    """One of the tables that the view of a kind's name puts together."""
    return f"{table}__part{number}"


def whole_name(table: str) -> str:
    """The kind's own table of a part; any other name as it is."""
    return _PART.sub("", table)


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Quote a text for SQL; DuckDB knows no backslash escapes in it."""
    return "'" + value.replace("'", "''") + "'"


def columns(kind: Kind, words: Collection[str] | None = None) -> dict[str, str]:
    """Column -> DuckDB type, our own first.

    Args:
        words: Fields, nested ones too, whose lower-case name is not among these are left out:
            SQL that never says a name cannot read it.
    """
    return OWN_COLUMNS | _fields(kind.record, words)


def _fields(record: type[msgspec.Struct], words: Collection[str] | None) -> dict[str, str]:
    return {
        field.encode_name: _column_type(field.type, words)
        for field in msgspec.structs.fields(record)
        if words is None or field.encode_name.lower() in words
    }


def _column_type(hint: Any, words: Collection[str] | None) -> str:
    if hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        fields = _fields(hint, words) or _fields(hint, None)  # a STRUCT has at least one field
        inside = ", ".join(f"{identifier(name)} {column}" for name, column in fields.items())
        return f"STRUCT({inside})"
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        parts = [part for part in inner if part is not types.NoneType]
        if set(parts) == {int, str}:  # Kubernetes' int-or-string
            return "VARCHAR"
        (only,) = parts
        return _column_type(only, words)
    if origin in (list, tuple, set, frozenset):
        return f"{_column_type(inner[0], words)}[]"
    if origin is dict:
        return f"MAP({_column_type(inner[0], words)}, {_column_type(inner[1], words)})"
    if origin is typing.Literal:
        return "VARCHAR"
    raise TypeError(f"a record field of type {hint!r} has no column type")
