"""Prometheus Alertmanager, API v2.

Alertmanager forgets an alert at its ``endsAt``, so every round sends the open ones again with
an ``endsAt`` that lies beyond the next rounds; it notifies its receivers once all the same.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from ..timing import utc_now
from .delivery import Transport, post
from .notice import Notice

_BATCH = 500


class AlertmanagerTarget:
    """See `notice.Target`."""

    name = "alertmanager"

    def __init__(
        self,
        url: str,
        *,
        lasts: timedelta,
        transport: Transport = post,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """``lasts``: how long an alert stays without being sent again."""
        self._url = url.rstrip("/") + "/api/v2/alerts"
        self._lasts = lasts
        self._transport = transport
        self._clock = clock

    def send(self, notice: Notice) -> None:
        self._post([self._alert(notice, self._clock() + self._lasts)])

    def remind(self, open_now: Sequence[Notice], until: datetime) -> None:
        for start in range(0, len(open_now), _BATCH):
            self._post([self._alert(one, until) for one in open_now[start : start + _BATCH]])

    def _post(self, alerts: list[dict[str, object]]) -> None:
        body = msgspec.json.encode(alerts, order="sorted")
        self._transport(self._url, body, {"content-type": "application/json"})

    @staticmethod
    def _alert(notice: Notice, until: datetime) -> dict[str, object]:
        gap = notice.gap
        ends = gap.closed_at if notice.event == "closed" and gap.closed_at else until
        return {
            "labels": {"alertname": "AnnexaGap", **notice.labels()},
            "annotations": {
                "summary": notice.summary,
                "description": gap.cause or "",
                "subjects": str(gap.count),
            },
            "startsAt": _rfc3339(gap.opened_at),
            "endsAt": _rfc3339(max(ends, gap.opened_at)),
        }


def _rfc3339(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
