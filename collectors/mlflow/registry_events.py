"""What a webhook of the server tells of its registry: when which alias, tag or version was set.

MLflow keeps no history of these; its webhooks have the moment, and no actor. An event is no proof
that there was no other: what is sent while nobody listens is lost after three attempts. So each one
makes the agent read the registry itself, at once.

Source: MLflow 3, ``mlflow/webhooks/delivery.py``. There are no events for stages and deletions.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec

from ..contract import Call, Check, Kind, Page, Record, Skip
from ..errors import Unsupported
from ..inbox import read_inbox

_WORD = re.compile(r"[a-z_]{1,50}")
Name = Annotated[str, msgspec.Meta(max_length=1_000)]


class RegistryEvent(Record):
    delivery_id: str
    happened_at: str
    """By MLflow's clock; RFC 3339, UTC."""
    entity: str
    """``model_version_alias``, ``model_version_tag``, ``registered_model``, ``prompt_alias`` …"""
    action: str
    """``created``, ``set``, ``deleted``, ``updated``."""
    name: str | None = None
    version: str | None = None
    alias: str | None = None
    key: str | None = None
    """Of a tag; its value is not kept."""
    workspace: str | None = None


REGISTRY_EVENT = Kind(
    name="mlflow.registry_event",
    record=RegistryEvent,
    subject=lambda r: r.delivery_id,
    mode="event",
    happened_at=lambda r: datetime.fromisoformat(r.happened_at),
    permission="a webhook of the server with our secret (auth app: is_admin creates it)",
    cross_check="numbers of the accepted pushes rise by one; what MLflow could not send is unknown",
)


class _Data(msgspec.Struct):
    name: Name | None = None
    version: Name | int | None = None
    alias: Name | None = None
    key: Name | None = None


class _Payload(msgspec.Struct):
    entity: Name
    action: Name
    timestamp: datetime
    data: _Data = msgspec.field(default_factory=_Data)
    workspace: Name | None = None


_decoder = msgspec.json.Decoder(_Payload)


def event_of(body: bytes, delivery_id: str) -> RegistryEvent:
    """The event in a webhook's body, reduced to what may be kept.

    Raises:
        ValueError: It is none.
    """
    said = _decoder.decode(body)
    if not (_WORD.fullmatch(said.entity) and _WORD.fullmatch(said.action)):
        raise ValueError("names no entity and action")
    if said.timestamp.tzinfo is None:
        raise ValueError("has a timestamp without a time zone")
    data = said.data
    return RegistryEvent(
        delivery_id=delivery_id,
        happened_at=said.timestamp.astimezone(UTC).isoformat(),
        entity=said.entity,
        action=said.action,
        name=data.name,
        version=None if data.version is None else str(data.version),
        alias=data.alias,
        key=data.key,
        workspace=said.workspace,
    )


class RegistryEventReader:
    """Events that were pushed since the last reading."""

    kind = REGISTRY_EVENT

    def __init__(self, inbox: Path | None, where: str) -> None:
        self._inbox = inbox
        self._where = where
        self._decoder = msgspec.json.Decoder(RegistryEvent)

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del call
        if self._inbox is None:
            raise Unsupported(
                self._where,
                "no webhook of this server is taken in, so changes show at the next reading only",
                remedy="set push_secret_env, and `intake:`, and create the webhook in MLflow",
            )
        yield from read_inbox(self._inbox, since, self._decoder.decode)
