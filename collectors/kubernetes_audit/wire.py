"""``audit.k8s.io/v1`` JSON, cut down to what is kept while it is parsed."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from .kinds import ANNOTATIONS, Event, User

_CHANGES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_WAYS_IN = frozenset({"exec", "attach", "portforward", "ephemeralcontainers"})
_NOISE = frozenset({"status"})
_END = "ResponseComplete"

_TO_WHOM = re.compile(r' to (?:User|Group|ServiceAccount) ".*', re.DOTALL)
"""RBAC's reason ends with the name of the user, who may be kept as a pseudonym only."""

VERSION = "audit.k8s.io/v1"


class _Wire(msgspec.Struct, rename="camel"):
    """The API's names."""


class _Object(_Wire):
    resource: str | None = None
    api_group: str | None = None
    subresource: str | None = None
    namespace: str | None = None
    name: str | None = None


class _Status(_Wire):
    code: int | None = None


class _Event(_Wire):
    level: str
    audit_id: str = msgspec.field(name="auditID")
    stage: str
    verb: str
    user: User
    stage_timestamp: datetime
    api_version: str = VERSION
    kind: str = "Event"
    """Both are on a line of a file, and left out of what is in a list."""
    request_uri: str = msgspec.field(name="requestURI", default="")
    impersonated_user: User | None = None
    object_ref: _Object | None = None
    response_status: _Status | None = None
    request_received_timestamp: datetime | None = None
    annotations: dict[str, str | None] | None = None


_DECODER = msgspec.json.Decoder(_Event)


def event_reader(
    resources: Sequence[str] | None, cluster: str | None
) -> Callable[[bytes | msgspec.Raw], Event | None]:
    """Makes an event of the JSON of one; None where it is of no interest.

    The function raises `ValueError`: it is no event of ``audit.k8s.io/v1``.
    """
    wanted = None if resources is None else frozenset(resources)

    def read(raw: bytes | msgspec.Raw) -> Event | None:
        found = _DECODER.decode(raw)
        if found.kind != "Event" or found.api_version != VERSION:
            raise ValueError("it is no Event of audit.k8s.io/v1")
        about = found.object_ref
        if about is None or about.resource is None or not _is_change(found, about):
            return None
        plural = f"{about.resource}.{about.api_group}" if about.api_group else about.resource
        if wanted is not None and plural not in wanted:
            return None
        return _kept(found, about, about.resource, cluster)

    return read


def _is_change(found: _Event, about: _Object) -> bool:
    if found.stage != _END or about.subresource in _NOISE:
        return False
    return found.verb in _CHANGES or about.subresource in _WAYS_IN


def _kept(found: _Event, about: _Object, resource: str, cluster: str | None) -> Event:
    return Event(
        id=found.audit_id,
        verb=found.verb,
        resource=resource,
        user=found.user,
        completed_at=found.stage_timestamp,
        level=found.level,
        group=about.api_group,
        subresource=about.subresource,
        namespace=about.namespace or None,
        name=about.name or None,
        cluster=cluster,
        impersonated=found.impersonated_user,
        code=found.response_status.code if found.response_status else None,
        received_at=found.request_received_timestamp,
        dry_run=True if "dryRun=" in found.request_uri else None,
        annotations={
            key: _TO_WHOM.sub("", value or "") if key in ANNOTATIONS else None
            for key, value in (found.annotations or {}).items()
        },
    )
