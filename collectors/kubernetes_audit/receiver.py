"""The endpoint of the API server's audit webhook: a bearer token, batches of events.

Source: kubernetes.io, "Webhook backend" (``--audit-webhook-config-file``): ``POST`` of an
``EventList`` to the very address in the kubeconfig. What is refused with a status below 500 the API
server throws away, so of a batch everything that can be read is taken.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from .. import canonical
from ..intake import Accepted, Push, PushSecret, Refused
from .kinds import Event
from .wire import VERSION

PATH = "/audit"
_SPOILED = b"{}"
"""Stands for an event that could not be read: the reader makes a gap of it."""


class _List(msgspec.Struct, rename="camel"):
    kind: str
    api_version: str
    items: list[msgspec.Raw]


_LIST = msgspec.json.Decoder(_List)


class Endpoint:
    paths = (PATH,)

    def __init__(
        self, secret: PushSecret, read: Callable[[bytes | msgspec.Raw], Event | None]
    ) -> None:
        """Raises:
        SettingsError: The secret is missing or too short.
        """
        secret.values()
        self._secret = secret
        self._read = read

    def admits(self, headers: Mapping[str, str], now: datetime) -> Refused | None:
        """See `intake.Receiver.admits`."""
        del now
        if self._secret.is_bearer(headers):
            return None
        return Refused(status=401, problem="the token is missing or wrong")

    def accepts(self, push: Push) -> Accepted | Refused:
        """See `intake.Receiver.accepts`."""
        try:
            batch = _LIST.decode(push.body)
        except (ValueError, RecursionError):
            return Refused(status=400, problem="is no EventList of audit.k8s.io/v1")
        if (batch.kind, batch.api_version) != ("EventList", VERSION):
            return Refused(status=400, problem="is no EventList of audit.k8s.io/v1")
        documents = [one for item in batch.items if (one := self._document(item)) is not None]
        return Accepted(documents=documents, can_wait=True)

    def _document(self, item: msgspec.Raw) -> bytes | None:
        try:
            event = self._read(item)
            if event is None:
                return None
            canonical.to_utc(event)
            return canonical.encode(event)
        except (ValueError, RecursionError):
            return _SPOILED
