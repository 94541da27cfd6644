"""The objects of the simulated API server, with every state they ever had.

As in etcd, each change gets the next revision, and a list is read *as of* a revision: the pages of
one list agree with each other, whatever happens between them, until that revision is compacted.
"""

import base64
import binascii
import bisect
import itertools
import json
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]
"""A Kubernetes object as JSON: the one place where JSON enters untyped."""


@dataclass(frozen=True)
class Resource:
    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    custom: bool = False

    @property
    def path(self) -> str:
        """``/api/v1`` or ``/apis/<group>/<version>``."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    @property
    def qualified(self) -> str:
        """As the API server names it to people: ``deployments.apps``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


RBAC = "rbac.authorization.k8s.io"
CRDS = Resource(
    "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", False
)
NAMESPACES = Resource("", "v1", "namespaces", "Namespace", False)
SERVICE_ACCOUNTS = Resource("", "v1", "serviceaccounts", "ServiceAccount")
_ADMISSION = "admissionregistration.k8s.io"
BUILT_IN = (
    NAMESPACES,
    SERVICE_ACCOUNTS,
    Resource("", "v1", "pods", "Pod"),
    Resource("", "v1", "resourcequotas", "ResourceQuota"),
    Resource("apps", "v1", "deployments", "Deployment"),
    Resource("apps", "v1", "statefulsets", "StatefulSet"),
    Resource("apps", "v1", "daemonsets", "DaemonSet"),
    Resource("apps", "v1", "replicasets", "ReplicaSet"),
    Resource("batch", "v1", "jobs", "Job"),
    Resource("batch", "v1beta1", "cronjobs", "CronJob"),
    Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
    Resource("policy", "v1beta1", "poddisruptionbudgets", "PodDisruptionBudget"),
    Resource(
        *(_ADMISSION, "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
        namespaced=False,
    ),
    Resource(
        *(_ADMISSION, "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
        namespaced=False,
    ),
    Resource(RBAC, "v1", "roles", "Role"),
    Resource(RBAC, "v1", "rolebindings", "RoleBinding"),
    Resource(RBAC, "v1", "clusterroles", "ClusterRole", False),
    Resource(RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", False),
    CRDS,
)
"""Each in the version in which 1.20 has it."""


class ExpiredTokenError(Exception):
    """The list's revision is compacted; ``fresh`` goes on at the newest revision instead."""

    def __init__(self, fresh: str) -> None:
        super().__init__(fresh)
        self.fresh = fresh


class BadTokenError(Exception):
    """Not a continue token."""


class AlreadyExistsError(Exception):
    """An object of that name is there."""


@dataclass
class _State:
    created: int
    object: Object
    deleted: int | None = None

    def is_seen_at(self, revision: int) -> bool:
        return self.created <= revision and (self.deleted is None or self.deleted > revision)


@dataclass(frozen=True)
class ListPage:
    revision: int
    items: list[Object]
    token: str | None
    remaining: int | None


@dataclass
class _Shelf:
    """One resource: its keys in etcd's order, and the states of each."""

    keys: list[str] = field(default_factory=list)
    states: dict[str, list[_State]] = field(default_factory=dict)


class Store:
    """Thread-safe."""

    def __init__(self) -> None:
        self.resources: dict[tuple[str, str, str], Resource] = {}
        self._shelves: dict[Resource, _Shelf] = {}
        self._lock = threading.RLock()
        self._revisions = itertools.count(2)
        self.revision = 1
        self._oldest = 0
        for resource in BUILT_IN:
            self.serve(resource)

    def serve(self, resource: Resource) -> None:
        with self._lock:
            self.resources[resource.group, resource.version, resource.plural] = resource
            self._shelves.setdefault(resource, _Shelf())

    def create(self, resource: Resource, namespace: str | None, body: Object) -> Object:
        """Raises `AlreadyExistsError`."""
        name = str(body["metadata"]["name"])
        key = _key(namespace, name)
        with self._lock:
            if self.get(resource, namespace, name) is not None:
                raise AlreadyExistsError
            shelf = self._shelves[resource]
            revision = self.revision = next(self._revisions)
            stored = _completed(resource, namespace, body, revision)
            if key not in shelf.states:
                bisect.insort(shelf.keys, key)
            shelf.states.setdefault(key, []).append(_State(revision, stored))
            return stored

    def get(self, resource: Resource, namespace: str | None, name: str) -> Object | None:
        with self._lock:
            states = self._shelves[resource].states.get(_key(namespace, name), [])
            return states[-1].object if states and states[-1].deleted is None else None

    def delete(self, resource: Resource, namespace: str | None, name: str) -> Object | None:
        with self._lock:
            found = self.get(resource, namespace, name)
            if found is not None:
                states = self._shelves[resource].states[_key(namespace, name)]
                states[-1].deleted = self.revision = next(self._revisions)
            return found

    def compact(self) -> None:
        """Forget the past: continue tokens of lists that are under way expire."""
        with self._lock:
            self.revision = self._oldest = next(self._revisions)

    def page(
        self, resource: Resource, namespace: str | None, limit: int, token: str | None
    ) -> ListPage:
        """Raises `ExpiredTokenError`, `BadTokenError`."""
        prefix = f"{namespace}/" if namespace is not None else ""
        with self._lock:
            revision, start = self.revision, prefix
            if token is not None:
                revision, after = _parsed(token)
                start = prefix + after
                if revision == -1:
                    revision = self.revision
                elif revision < self._oldest:
                    raise ExpiredTokenError(_token(-1, after))
            seen = self._seen(resource, prefix, start, revision)
        kept = seen[:limit] if limit else seen
        rest = len(seen) - len(kept)
        if not rest:
            return ListPage(revision, [body for _, body in kept], None, None)
        after = kept[-1][0].removeprefix(prefix) + "\0"
        return ListPage(revision, [body for _, body in kept], _token(revision, after), rest)

    def everything(self, resource: Resource, namespace: str | None = None) -> list[Object]:
        return self.page(resource, namespace, 0, None).items

    def _seen(
        self, resource: Resource, prefix: str, start: str, revision: int
    ) -> list[tuple[str, Object]]:
        shelf = self._shelves[resource]
        found = []
        for key in itertools.islice(shelf.keys, bisect.bisect_left(shelf.keys, start), None):
            if not key.startswith(prefix):
                break
            for state in shelf.states[key]:
                if state.is_seen_at(revision):
                    found.append((key, state.object))
        return found


def _key(namespace: str | None, name: str) -> str:
    return f"{namespace}/{name}" if namespace is not None else name


def _token(revision: int, start: str) -> str:
    raw = {"v": "meta.k8s.io/v1", "rv": revision, "start": start}
    text = json.dumps(raw, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _parsed(token: str) -> tuple[int, str]:
    try:
        raw = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(raw["rv"]), str(raw["start"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise BadTokenError from error


def _completed(resource: Resource, namespace: str | None, body: Object, revision: int) -> Object:
    """What the server adds to an object that it creates."""
    metadata = {
        **body["metadata"],
        **({"namespace": namespace} if namespace is not None else {}),
        "uid": str(uuid.uuid4()),
        "resourceVersion": str(revision),
        "creationTimestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return {
        **body,
        "kind": resource.kind,
        "apiVersion": f"{resource.group}/{resource.version}".lstrip("/"),
        "metadata": metadata,
    }
