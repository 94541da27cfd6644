"""Which APIs a cluster has, asked once a run.

From Kubernetes 1.26 one answer describes everything. Older servers name groups and versions in one
answer, and the resources of each in one more; those are asked for groups that we read only.
"""

from collections.abc import Sequence

import msgspec

from ..contract import Call
from ..errors import AccessDenied, CollectionError, SourceUnavailable
from .access import Api
from .resource import Target

_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"
_ACCEPT = ",".join([_AGGREGATED.format("v2"), _AGGREGATED.format("v2beta1"), "application/json"])


class _Name(msgspec.Struct):
    name: str


class _Resource(msgspec.Struct):
    resource: str
    verbs: list[str] = []


class _Version(msgspec.Struct):
    version: str
    resources: list[_Resource] = []
    freshness: str = ""


class _Group(msgspec.Struct):
    metadata: _Name
    versions: list[_Version] = []
    """The preferred one first."""


class _Aggregated(msgspec.Struct):
    items: list[_Group]


class _OldVersion(msgspec.Struct):
    version: str


class _OldGroup(msgspec.Struct):
    name: str
    versions: list[_OldVersion]
    preferred: _OldVersion | None = msgspec.field(name="preferredVersion", default=None)


class _OldGroups(msgspec.Struct):
    groups: list[_OldGroup]


class _OldResource(msgspec.Struct):
    name: str
    verbs: list[str] = []


class _OldResources(msgspec.Struct):
    resources: list[_OldResource]


class _Kind(msgspec.Struct):
    kind: str = ""


class Discovery:
    """For one run; whatever it was told, also that it may not know, is not asked again."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._versions: dict[str, list[str]] | None = None
        """Group -> its versions, the preferred one first."""
        self._listable: dict[tuple[str, str], Sequence[str]] = {}
        """(group, version) -> plurals that can be listed."""
        self._stale: set[str] = set()
        """Groups whose server did not answer the API server."""
        self._refusal: CollectionError | None = None

    def served(self, call: Call, target: Target) -> list[Target]:
        """The lists behind ``target``, each at one version; none if the cluster has none.

        All versions of a resource hold the same objects, so one is enough: the preferred one, or
        the next that has it.

        Raises:
            CollectionError: The cluster does not say.
        """
        if target.version is not None:
            return [target]
        found: dict[str, Target] = {}
        for version in self._groups(call).get(target.group, ()):
            for plural in self._plurals(call, target.group, version):
                if target.plural in ("*", plural):
                    found.setdefault(plural, Target(plural, target.group, version))
        if not found and target.group in self._stale:
            raise SourceUnavailable(
                self._api.where,
                f"the server behind {target.group} does not say what it has",
                remedy="check the APIService of that group; the next run tries again",
            )
        return list(found.values())

    def _groups(self, call: Call) -> dict[str, list[str]]:
        if self._refusal is not None:
            raise self._refusal
        if self._versions is None:
            try:
                self._versions = call.once(
                    "GET /apis",
                    lambda: self._understood(self._read(call, "/apis", accept=_ACCEPT)),
                )
            except CollectionError as error:
                self._refusal = _explained(error)
                raise self._refusal from error
        return self._versions

    def _understood(self, body: bytes) -> dict[str, list[str]]:
        if msgspec.json.decode(body, type=_Kind).kind == "APIGroupDiscoveryList":
            found: dict[str, list[str]] = {}
            for group in msgspec.json.decode(body, type=_Aggregated).items:
                name = group.metadata.name
                found[name] = [version.version for version in group.versions]
                for version in group.versions:
                    self._listable[name, version.version] = [
                        one.resource for one in version.resources if "list" in one.verbs
                    ]
                    if version.freshness == "Stale":
                        self._stale.add(name)
            return found
        return {
            group.name: _preferred_first(group)
            for group in msgspec.json.decode(body, type=_OldGroups).groups
        }

    def _plurals(self, call: Call, group: str, version: str) -> Sequence[str]:
        known = self._listable.get((group, version))
        if known is None:
            path = f"/apis/{group}/{version}"
            body = call.once(f"GET {path}", lambda: self._read(call, path))
            known = self._listable[group, version] = [
                one.name
                for one in msgspec.json.decode(body, type=_OldResources).resources
                if "list" in one.verbs and "/" not in one.name
            ]
        return known

    def _read(self, call: Call, path: str, accept: str = "application/json") -> bytes:
        body = self._api.get(path, accept=accept).body
        call.received(len(body), body)
        return body


def _preferred_first(group: _OldGroup) -> list[str]:
    versions = [version.version for version in group.versions]
    first = group.preferred.version if group.preferred else None
    return sorted(versions, key=lambda version: version != first)


def _explained(error: CollectionError) -> CollectionError:
    if isinstance(error, AccessDenied):
        return AccessDenied(
            error.where, error.problem, remedy="bind the ClusterRole system:discovery to this user"
        )
    return error
