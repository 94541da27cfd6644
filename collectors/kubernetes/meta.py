"""What all objects of a cluster have."""

from datetime import datetime
from typing import Any

import msgspec

from ..contract import Record
from ..redaction import scrub

_LONGEST_ADDRESS = 4096


class Owner(Record):
    kind: str
    name: str
    controller: bool | None = None


class Meta(Record):
    name: str
    namespace: str | None = None
    uid: str | None = None
    creation_timestamp: datetime | None = msgspec.field(name="creationTimestamp", default=None)
    labels: dict[str, str | None] = {}
    annotations: dict[str, str | None] = {}
    owners: list[Owner] = msgspec.field(name="ownerReferences", default_factory=list)
    """What made it and takes it along when it goes."""


class Named(Record):
    """A reference by name."""

    name: str | None = None
    kind: str | None = None
    namespace: str | None = None


class Expression(Record):
    key: str
    operator: str
    values: list[str] = []


class Selector(Record):
    """Of labels. Empty selects all, absent selects nothing or has a meaning of its own."""

    match_labels: dict[str, str] = msgspec.field(name="matchLabels", default_factory=dict)
    match_expressions: list[Expression] = msgspec.field(
        name="matchExpressions", default_factory=list
    )


class Condition(Record):
    """Without its times and its message, which change without meaning."""

    type: str
    status: str
    reason: str | None = None


def named(record: Any) -> str:
    """``namespace/name``, or ``name`` of what belongs to the cluster."""
    meta = record.metadata
    return f"{meta.namespace}/{meta.name}" if meta.namespace else str(meta.name)


def sorted_out(record: Any) -> str:
    """As `named`, for a kind that holds objects of several: ``PyTorchJob/namespace/name``."""
    return f"{record.kind}/{named(record)}"


def address(text: str | None) -> str | None:
    """A URL without user, password and query: signed URLs carry a secret there."""
    if text is None or not ("@" in text or "?" in text or "#" in text):
        return text
    return scrub(text, limit=_LONGEST_ADDRESS)
