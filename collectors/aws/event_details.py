"""One CloudTrail event, as LookupEvents or a log file gives it, and the record that is made of it.

For LookupEvents the event itself is a JSON text. Of its request only top-level texts, numbers and
booleans are taken; whose values are kept is `kinds.REQUEST_KEYS`.
"""

from datetime import UTC, datetime

import msgspec

from ..contract import Skip
from .kinds import ManagementEvent


class _Resource(msgspec.Struct, rename="pascal"):
    resource_name: str | None = None


class LookedUp(msgspec.Struct, rename="pascal"):
    event_id: str
    event_name: str
    event_time: datetime
    event_source: str
    read_only: str | None = None
    resources: list[_Resource] = []
    cloud_trail_event: str | None = None


class _SessionContext(msgspec.Struct, rename="camel"):
    source_identity: str | None = None


class _Actor(msgspec.Struct, rename="camel"):
    type: str | None = None
    arn: str | None = None
    invoked_by: str | None = None
    user_name: str | None = None
    session_context: _SessionContext | None = None


class _Touched(msgspec.Struct):
    arn: str | None = msgspec.field(name="ARN", default=None)


class _Detail(msgspec.Struct, rename="camel", kw_only=True):
    user_identity: _Actor | None = None
    aws_region: str | None = None
    read_only: bool | None = None
    error_code: str | None = None
    request_parameters: dict[str, object] | None = None
    resources: list[_Touched] | None = None


class Logged(_Detail, rename="camel", kw_only=True):
    """A record of a log file."""

    event_id: str = msgspec.field(name="eventID")
    event_name: str
    event_source: str
    event_time: datetime
    management_event: bool | None = None
    event_category: str | None = None

    @property
    def is_management_write(self) -> bool:
        is_management = self.management_event is True or self.event_category == "Management"
        return is_management and self.read_only is False


_DETAILS = msgspec.json.Decoder(_Detail)


def event_of(found: LookedUp) -> tuple[ManagementEvent, Skip | None]:
    """The record; and what could not be read of it."""
    event = ManagementEvent(
        event_id=found.event_id,
        event_name=found.event_name,
        event_source=found.event_source,
        event_time=found.event_time.astimezone(UTC),
        read_only={"true": True, "false": False}.get(found.read_only or ""),
        resources=[part.resource_name for part in found.resources if part.resource_name],
    )
    try:
        detail = _DETAILS.decode(found.cloud_trail_event or "")
    except (msgspec.MsgspecError, UnicodeError):
        return event, Skip(
            what=f"details of event {found.event_id}",
            problem="CloudTrailEvent is not JSON of the documented shape",
            remedy="report this with the receipt",
        )
    _detail(event, detail)
    return event, None


def event_of_log(found: Logged) -> ManagementEvent:
    """The same record as `event_of` makes of the same event; its id is the same too."""
    event = ManagementEvent(
        event_id=found.event_id,
        event_name=found.event_name,
        event_source=found.event_source,
        event_time=found.event_time.astimezone(UTC),
    )
    _detail(event, found)
    return event


def _detail(event: ManagementEvent, detail: _Detail) -> None:
    actor = detail.user_identity or _Actor()
    event.actor = actor.arn or actor.invoked_by or actor.user_name
    event.actor_type = actor.type
    event.session_name = _session_name(actor.arn)
    context = actor.session_context or _SessionContext()
    event.source_identity = context.source_identity
    event.region = detail.aws_region
    event.error_code = detail.error_code
    if detail.read_only is not None:
        event.read_only = detail.read_only
    touched = [part.arn for part in detail.resources or [] if part.arn]
    event.resources = list(dict.fromkeys([*event.resources, *touched]))
    event.request = {
        name: _scalar(value)
        for name, value in (detail.request_parameters or {}).items()
        if isinstance(value, str | int | float | bool)
    }


def _session_name(arn: str | None) -> str | None:
    """``arn:aws:sts::1:assumed-role/Deployer/anna`` -> ``anna``."""
    parts = (arn or "").split("/")
    return parts[-1] if ":assumed-role" in parts[0] and len(parts) > 2 else None


def _scalar(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
