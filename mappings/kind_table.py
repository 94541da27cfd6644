"""A kind's record schema as the columns of a DuckDB table.

``mlflow.model_version`` becomes ``mlflow_model_version`` with the record's fields under their JSON
names, and four columns of ours that start with an underscore so that no field can collide with
them: ``_subject`` (full: ``mlflow/prod:model_version:credit-risk/7``), ``_source``,
``_observed_at`` and ``_sha256`` (of the stored bytes, hex).
"""

import types
import typing
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from ..collectors.contract import Kind

OWN_COLUMNS = {
    "_subject": "VARCHAR",
    "_source": "VARCHAR",
    "_observed_at": "TIMESTAMPTZ",
    "_sha256": "VARCHAR",
}

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


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Quote a text for SQL; DuckDB knows no backslash escapes in it."""
    return "'" + value.replace("'", "''") + "'"


def columns(kind: Kind) -> dict[str, str]:
    """Column -> DuckDB type, our own first."""
    return OWN_COLUMNS | _fields(kind.record)


def _fields(record: type[msgspec.Struct]) -> dict[str, str]:
    return {field.encode_name: _column_type(field.type) for field in msgspec.structs.fields(record)}


def _column_type(hint: Any) -> str:
    if hint in _SCALARS:
        return _SCALARS[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        inside = ", ".join(f"{identifier(n)} {t}" for n, t in _fields(hint).items())
        return f"STRUCT({inside})"
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        (only,) = (part for part in inner if part is not types.NoneType)
        return _column_type(only)
    if origin in (list, tuple, set, frozenset):
        return f"{_column_type(inner[0])}[]"
    if origin is dict:
        return f"MAP({_column_type(inner[0])}, {_column_type(inner[1])})"
    if origin is typing.Literal:
        return "VARCHAR"
    raise TypeError(f"a record field of type {hint!r} has no column type")
