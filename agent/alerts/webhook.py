"""A webhook that gets signed CloudEvents 1.0 (structured JSON).

Signature: the Standard Webhooks scheme, so that ready-made libraries verify it: the headers
``webhook-id``, ``webhook-timestamp`` (seconds) and ``webhook-signature: v1,<base64>`` with
HMAC-SHA256 over ``id.timestamp.body``.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from ..config import format_utc
from ..errors import ConfigError
from ..timing import utc_now
from .delivery import Transport, post
from .notice import Notice


class WebhookTarget:
    """See `notice.Target`."""

    name = "webhook"

    def __init__(
        self,
        url: str,
        secret: bytes,
        *,
        origin: str,
        transport: Transport = post,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """``origin`` becomes the CloudEvents source: ``annexa/<ledger id>``."""
        self._url = url
        self._secret = secret
        self._origin = origin
        self._transport = transport
        self._clock = clock

    def send(self, notice: Notice) -> None:
        body = event(notice, self._origin)
        seconds = int(self._clock().timestamp())
        headers = {
            "content-type": "application/cloudevents+json; charset=utf-8",
            "user-agent": "annexa",
            "webhook-id": notice.id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": signature(self._secret, notice.id, seconds, body),
        }
        self._transport(self._url, body, headers)

    def remind(self, open_now: Sequence[Notice], until: datetime) -> None:
        """A webhook keeps what it was told."""


def event(notice: Notice, origin: str) -> bytes:
    """The CloudEvent, the same bytes on every try."""
    gap = notice.gap
    happened = gap.closed_at if notice.event == "closed" and gap.closed_at else gap.opened_at
    document = {
        "specversion": "1.0",
        "id": notice.id,
        "source": origin,
        "type": f"dev.annexa.gap.{notice.event}",
        "subject": "/".join(filter(None, (gap.rule, gap.system, gap.source))),
        "time": format_utc(happened),
        "datacontenttype": "application/json",
        "data": {
            "gap": gap.id,
            "summary": notice.summary,
            "title": notice.facts.title,
            **notice.labels(),
            "controls": list(notice.facts.controls),
            "outcome": gap.outcome,
            "cause": gap.cause,
            "subjects": list(gap.subjects),
            "count": gap.count,
            "opened_at": format_utc(gap.opened_at),
            "closed_at": format_utc(gap.closed_at) if gap.closed_at else None,
            "opened_leaf": gap.opened_leaf,
            "closed_leaf": gap.closed_leaf,
        },
    }
    return msgspec.json.encode(document, enc_hook=str, order="sorted")


def signature(secret: bytes, event_id: str, seconds: int, body: bytes) -> str:
    signed = b".".join((event_id.encode(), str(seconds).encode(), body))
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def secret_from(environment: Mapping[str, str], variable: str) -> bytes:
    """The HMAC key; ``whsec_<base64>`` is decoded, anything else is taken as it is.

    Raises:
        ConfigError: The variable is not set, or too short to be a secret.
    """
    value = environment.get(variable, "")
    where = "annexa.yaml: alerts.webhook.secret_env"
    if not value:
        raise ConfigError(
            where, f"the variable {variable} is not set", remedy="set it to the shared secret"
        )
    secret = value.encode()
    if value.startswith("whsec_"):
        try:
            secret = base64.b64decode(value.removeprefix("whsec_"), validate=True)
        except binascii.Error as error:
            raise ConfigError(
                where, f"{variable} is not whsec_ and base64", remedy="copy it once more"
            ) from error
    if len(secret) < 16:
        raise ConfigError(
            where, f"the secret in {variable} is shorter than 16 bytes", remedy="use a longer one"
        )
    return secret


def from_environment(variable: str) -> bytes:
    return secret_from(os.environ, variable)
