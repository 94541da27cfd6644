"""The audit log of the simulated API server: its finished writes, as the real one logs them."""

import json
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from .simulated_access import Caller

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class AuditLog:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self._path = path
        self._lock = threading.Lock()

    def write(self, method: str, url: str, caller: Caller, body: bytes, status: int) -> None:
        """Add one line; reads and what is no object of the API are left out, as by the policy."""
        about = _object(urlsplit(url).path, body)
        if method not in _VERBS or about is None:
            return
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        event = {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "Metadata",
            "auditID": str(uuid.uuid4()),
            "stage": "ResponseComplete",
            "requestURI": url,
            "verb": _VERBS[method],
            "user": {"username": caller.name, "groups": sorted(caller.groups)},
            "objectRef": about,
            "responseStatus": {"code": status},
            "requestReceivedTimestamp": now,
            "stageTimestamp": now,
        }
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")


def _object(path: str, body: bytes) -> dict[str, str] | None:
    root, *steps = path.strip("/").split("/")
    if root not in ("api", "apis") or len(steps) < 2:
        return None
    found = {"apiGroup": steps.pop(0)} if root == "apis" else {}
    found["apiVersion"] = steps.pop(0)
    if steps[:1] == ["namespaces"] and len(steps) > 2:
        found["namespace"] = steps[1]
        steps = steps[2:]
    for key, value in zip(("resource", "name", "subresource"), steps, strict=False):
        found[key] = value
    if "resource" in found and "name" not in found and (name := _name(body)):
        found["name"] = name
    return found if "resource" in found else None


def _name(body: bytes) -> str | None:
    try:
        name = json.loads(body)["metadata"]["name"]
    except (ValueError, KeyError, TypeError):
        return None
    return name if isinstance(name, str) else None
