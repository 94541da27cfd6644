"""The endpoint that OpenLineage clients post to: an API key, single events and batches.

Source: OpenLineage's OpenAPI document, ``POST /lineage`` and ``/lineage/batch``; clients put
``/api/v1`` before both.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from .. import canonical
from ..intake import Accepted, Push, PushSecret, Refused
from .wire import read_event

SINGLE, BATCH = "/api/v1/lineage", "/api/v1/lineage/batch"


class Endpoint:
    """Takes events from whoever has the key. A batch is taken whole or not at all."""

    paths = (SINGLE, BATCH)

    def __init__(self, secret: PushSecret) -> None:
        """Raises:
        SettingsError: The secret is missing or too short.
        """
        secret.values()
        self._secret = secret

    def admits(self, headers: Mapping[str, str], now: datetime) -> Refused | None:
        """See `intake.Receiver.admits`."""
        del now
        if self._secret.is_bearer(headers):
            return None
        return Refused(status=401, problem="the API key is missing or wrong")

    def accepts(self, push: Push) -> Accepted | Refused:
        """See `intake.Receiver.accepts`."""
        try:
            events = _BATCH.decode(push.body) if push.path == BATCH else [msgspec.Raw(push.body)]
        except msgspec.MsgspecError:
            return Refused(status=400, problem="is no JSON array of events")
        documents = []
        for number, event in enumerate(events):
            try:
                documents.append(canonical.encode(read_event(event)))
            except (ValueError, RecursionError) as error:
                where = f"event {number}: " if push.path == BATCH else ""
                return Refused(status=400, problem=f"{where}{_problem(error)}")
        return Accepted(documents=documents)


_BATCH = msgspec.json.Decoder(list[msgspec.Raw])


def _problem(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "is nested too deeply"
    return str(error) if len(str(error)) < 300 else "is no OpenLineage event"
