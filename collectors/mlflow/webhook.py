"""Takes in MLflow's webhooks: signed with a shared secret, and recent.

The signature is of ``<delivery id>.<timestamp>.<body>``: HMAC-SHA256, ``v1,`` and base64. Whoever
copies a whole request can repeat it for `WINDOW_S`; it stays one event, by its delivery id, and
makes the agent read once more, not oftener than the intake allows.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from .. import canonical
from ..intake import Accepted, Push, PushSecret, Refused
from .registry_events import event_of

PATH = "/webhooks/mlflow"
WINDOW_S = 300
"""To both sides of our clock. MLflow gives up after three repetitions, within two minutes."""

_ID, _TIME, _SIGNATURE = "x-mlflow-delivery-id", "x-mlflow-timestamp", "x-mlflow-signature"
_DELIVERY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SECONDS = re.compile(r"[0-9]{1,12}")


class Webhook:
    """Accepts what the server's own webhook sends, and nothing that is unsigned or old."""

    paths = (PATH,)

    def __init__(self, secret: PushSecret) -> None:
        """Raises:
        SettingsError: The secret is missing or too short.
        """
        secret.values()
        self._secret = secret

    def admits(self, headers: Mapping[str, str], now: datetime) -> Refused | None:
        """See `intake.Receiver.admits`."""
        if _SIGNATURE not in headers:
            return Refused(status=401, problem="is not signed; give the webhook a secret")
        if not _DELIVERY.fullmatch(headers.get(_ID, "")):
            return Refused(status=401, problem="has no delivery id")
        stamp = headers.get(_TIME, "")
        if not _SECONDS.fullmatch(stamp):
            return Refused(status=401, problem="has no timestamp")
        if abs(now.timestamp() - int(stamp)) > WINDOW_S:
            return Refused(status=401, problem=f"is not of the last {WINDOW_S} s; check the clocks")
        return None

    def accepts(self, push: Push) -> Accepted | Refused:
        """See `intake.Receiver.accepts`."""
        delivery_id = push.headers[_ID]
        signed = f"{delivery_id}.{push.headers[_TIME]}.".encode() + push.body
        if not self._is_signed(signed, push.headers[_SIGNATURE]):
            return Refused(status=401, problem="the signature is not that of our secret")
        try:
            event = event_of(push.body, delivery_id)
        except (ValueError, RecursionError):
            return Refused(status=400, problem="is no event of an MLflow registry")
        return Accepted(documents=[canonical.encode(event)])

    def _is_signed(self, content: bytes, given: str) -> bool:
        """Compared in full for each secret, so the time taken tells nothing."""
        matches = [
            hmac.compare_digest(signature.encode("utf-8", "surrogateescape"), b"v1," + expected)
            for value in self._secret.values()
            for expected in [base64.b64encode(hmac.digest(value, content, hashlib.sha256))]
            for signature in given.split(" ")[:4]
        ]
        return any(matches)
