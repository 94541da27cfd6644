"""CloudTrail's LookupEvents for the moto server, which does not have it.

Where the server runs, once, before it gets its first request (`ThreadedMotoServer` in a thread)::

    moto_lookup_events.register()

(``moto_process.py`` does that for a server of its own.) From anywhere, over HTTP::

    seed("http://127.0.0.1:5000", [event(name="UpdateModelPackage", at=..., actor=...), ...])

It answers as CloudTrail does: newest first, at most 50 a page with ``NextToken``, start and end
included, one lookup attribute, and, when asked to, throttled.
"""

import base64
import json
import sys
import threading
import urllib.request
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

PATH = "/moto-api/annexa-demo/cloudtrail-events"
"""POST ``{"events": [...], "rate_per_s": null, "replace": false}``; under ``/moto-api`` because
moto sends everything else that it does not know to S3."""

ACCOUNT = "123456789012"
MOST = 50


def event(
    *,
    name: str,
    at: datetime,
    actor: str,
    source: str = "sagemaker.amazonaws.com",
    region: str = "eu-central-1",
    account: str = ACCOUNT,
    request: Mapping[str, object] | None = None,
    resources: Sequence[str] = (),
    read_only: bool = False,
    error_code: str | None = None,
    source_identity: str | None = None,
    event_id: str | None = None,
) -> dict[str, Any]:
    """An event for `seed`. ``actor`` is an ARN; the same arguments give the same event."""
    seen = f"{name} {at.isoformat()} {actor} {source} {sorted((request or {}).items())}"
    event_id = event_id or str(uuid.uuid5(uuid.NAMESPACE_URL, seen))
    assumed = ":assumed-role/" in actor
    detail: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole" if assumed else "IAMUser",
            "arn": actor,
            "accountId": account,
        },
        "eventTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": source,
        "eventName": name,
        "awsRegion": region,
        "requestParameters": dict(request) if request else None,
        "eventID": event_id,
        "readOnly": read_only,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
    }
    if source_identity:
        detail["userIdentity"]["sessionContext"] = {"sourceIdentity": source_identity}
    if error_code:
        detail["errorCode"] = error_code
    return {
        "EventId": event_id,
        "EventName": name,
        "ReadOnly": "true" if read_only else "false",
        "EventTime": int(at.timestamp()),
        "EventSource": source,
        "Username": actor.rsplit("/", maxsplit=1)[-1],
        "Resources": [{"ResourceName": resource} for resource in resources],
        "CloudTrailEvent": json.dumps(detail),
        "_account": account,
        "_region": region,
    }


def seed(
    url: str,
    events: Sequence[Mapping[str, Any]],
    *,
    rate_per_s: float | None = None,
    replace: bool = False,
) -> int:
    """Add ``events`` to the server at ``url``; how many it has now.

    Args:
        url: Of the moto server.
        events: As `event` makes them.
        rate_per_s: Refuse more requests a second than this with ``ThrottlingException``.
        replace: Forget all others first.
    """
    body = json.dumps({"events": list(events), "rate_per_s": rate_per_s, "replace": replace})
    request = urllib.request.Request(
        url.rstrip("/") + PATH, data=body.encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        total: int = json.load(answer)["events"]
        return total


def register() -> None:
    """Teach the moto in this process the operation and the address to seed it. Twice is once."""
    from moto.cloudtrail.responses import CloudTrailResponse
    from moto.moto_api._internal import urls

    if hasattr(CloudTrailResponse, "lookup_events"):
        return
    setattr(CloudTrailResponse, "lookup_events", _lookup_events)  # noqa: B010  # it has none
    urls.url_paths["{0}" + PATH] = _seed_here
    _give_everything_tags()


def _give_everything_tags() -> None:
    """Moto answers 500 when asked for the tags of an object that was made without any."""
    from moto.sagemaker.models import SageMakerModelBackend

    find = SageMakerModelBackend._get_resource_from_arn

    def find_with_tags(self: Any, arn: str) -> Any:
        found = find(self, arn)
        if getattr(found, "tags", ()) is None:
            found.tags = []
        return found

    setattr(SageMakerModelBackend, "_get_resource_from_arn", find_with_tags)  # noqa: B010  # typed


class _Store:
    """The events of this process, newest first, and the throttle."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: dict[str, dict[str, Any]] = {}
        self._rate_per_s: float | None = None
        self._recent: deque[float] = deque()

    def put(self, body: Mapping[str, Any]) -> int:
        with self._lock:
            if body.get("replace"):
                self._events.clear()
            self._events.update({found["EventId"]: found for found in body["events"]})
            self._rate_per_s = body.get("rate_per_s")
            return len(self._events)

    def is_busy(self) -> bool:
        """Whether this request is one too many within a second."""
        with self._lock:
            if not self._rate_per_s:
                return False
            now = monotonic()
            while self._recent and self._recent[0] <= now - 1:
                self._recent.popleft()
            if len(self._recent) >= self._rate_per_s:
                return True
            self._recent.append(now)
            return False

    def find(self, account: str, region: str, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        start = float(wanted.get("StartTime") or 0)
        end = float(wanted.get("EndTime") or sys.maxsize)
        attribute = next(iter(wanted.get("LookupAttributes") or []), None)
        with self._lock:
            found = [
                one
                for one in self._events.values()
                if one["_account"] == account
                and one["_region"] == region
                and start <= one["EventTime"] <= end
                and _has(one, attribute)
            ]
        return sorted(found, key=lambda one: (-one["EventTime"], one["EventId"]))


_STORE = _Store()
_DIRECT = {"EventId", "EventName", "ReadOnly", "Username", "EventSource"}


def _has(found: Mapping[str, Any], attribute: Mapping[str, str] | None) -> bool:
    if attribute is None:
        return True
    key, value = attribute["AttributeKey"], attribute["AttributeValue"]
    if key == "ResourceName":
        return any(part.get("ResourceName") == value for part in found["Resources"])
    return key in _DIRECT and found.get(key) == value


def _lookup_events(self: Any) -> str:
    """A method of moto's ``CloudTrailResponse``."""
    from moto.core.exceptions import JsonRESTError

    if _STORE.is_busy():
        raise JsonRESTError("ThrottlingException", "Rate exceeded")
    wanted = json.loads(self.body or "{}")
    attributes = wanted.get("LookupAttributes") or []
    most = wanted.get("MaxResults", MOST)
    if len(attributes) > 1:
        raise JsonRESTError("InvalidLookupAttributesException", "Only one attribute is allowed")
    if not 1 <= most <= MOST:
        raise JsonRESTError("InvalidMaxResultsException", "MaxResults is 1 to 50")
    found = _STORE.find(self.current_account, self.region, wanted)
    query = json.dumps([wanted.get(key) for key in ("StartTime", "EndTime", "LookupAttributes")])
    at = _offset(wanted.get("NextToken"), query)
    if at is None:
        raise JsonRESTError("InvalidNextTokenException", "The token does not fit the request")
    page = [{k: v for k, v in one.items() if k[0] != "_"} for one in found[at : at + most]]
    answer: dict[str, Any] = {"Events": page}
    if at + most < len(found):
        answer["NextToken"] = base64.b64encode(json.dumps([at + most, query]).encode()).decode()
    return json.dumps(answer)


def _offset(token: str | None, query: str) -> int | None:
    """Where a page begins; None: the token belongs to another request."""
    if token is None:
        return 0
    try:
        at, asked = json.loads(base64.b64decode(token))
    except ValueError:
        return None
    return int(at) if asked == query else None


def _seed_here(request: Any, full_url: str, headers: Any) -> tuple[int, dict[str, str], str]:
    total = _STORE.put(json.loads(request.get_data()))
    return 200, {"Content-Type": "application/json"}, json.dumps({"events": total})
