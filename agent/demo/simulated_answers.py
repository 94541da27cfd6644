"""What the simulated API server answers to a request."""

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from .simulated_access import Access, Action, Caller
from .simulated_store import (
    CRDS,
    NAMESPACES,
    AlreadyExistsError,
    BadTokenError,
    ExpiredTokenError,
    Object,
    Resource,
    Store,
)

_PATH = re.compile(
    r"/(?:api/(?P<core>[^/]+)|apis/(?P<group>[^/]+)/(?P<version>[^/]+))"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?"
    r"/(?P<plural>[^/]+)(?:/(?P<name>[^/]+))?(?:/(?P<sub>[^/]+))?"
)
_PARAMETERS = {
    "limit",
    "continue",
    "resourceVersion",
    "resourceVersionMatch",
    "timeoutSeconds",
    "timeout",
    "pretty",
}
_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start "
    "a new list without the continue parameter, or use the continue token in this response to "
    "retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list."
)


@dataclass(frozen=True)
class Answer:
    status: int
    body: Object | str


@dataclass(frozen=True)
class Asked:
    """A request for a resource."""

    method: str
    group: str
    version: str
    plural: str
    namespace: str | None
    name: str | None
    sub: str | None
    query: dict[str, str]
    body: bytes

    @property
    def action(self) -> Action:
        verb = {"POST": "create", "DELETE": "delete", "PUT": "update", "PATCH": "patch"}.get(
            self.method, "get" if self.name else "list"
        )
        resource = f"{self.plural}/{self.sub}" if self.sub else self.plural
        # A namespace is an object of the cluster, but asked for inside itself.
        inside = self.name if self.plural == "namespaces" and not self.group else self.namespace
        return Action(verb, self.group, resource, inside, self.name)


class Answers:
    def __init__(self, store: Store, access: Access, version: str) -> None:
        self._store = store
        self._access = access
        self._version = version

    def to(self, method: str, target: str, token: str | None, body: bytes) -> Answer:
        """Authenticate, then authorise, then route: the order of the real server."""
        caller = self._access.caller(token)
        if caller is None:
            return failure(401, "Unauthorized", "Unauthorized")
        split = urlsplit(target)
        match = _PATH.fullmatch(split.path)
        if match is None:
            return self._url(caller, split.path)
        part = {key: unquote(text) if text else None for key, text in match.groupdict().items()}
        asked = Asked(
            method=method,
            group=part["group"] or "",
            version=part["version"] or part["core"] or "",
            plural=part["plural"] or "",
            namespace=part["namespace"],
            name=part["name"],
            sub=part["sub"],
            query={key: values[-1] for key, values in parse_qs(split.query).items()},
            body=body,
        )
        if not self._access.allows(caller, asked.action):
            return _forbidden(caller, asked)
        return self._routed(asked)

    def _url(self, caller: Caller, path: str) -> Answer:
        if not self._access.allows_url(caller, path):
            problem = f'forbidden: User "{caller.name}" cannot get path "{path}"'
            return failure(403, "Forbidden", problem, details={})
        match path:
            case "/version":
                major, minor = self._version.lstrip("v").split(".")[:2]
                return Answer(200, {"major": major, "minor": minor, "gitVersion": self._version})
            case "/healthz" | "/readyz" | "/livez":
                return Answer(200, "ok")
            case "/api":
                return Answer(200, {"kind": "APIVersions", "versions": ["v1"]})
            case "/apis":
                return Answer(200, self._groups())
        served = [r for r in self._store.resources.values() if r.path == path]
        return Answer(200, _resource_list(served)) if served else _no_page()

    def _groups(self) -> Object:
        served = sorted({(r.group, r.version) for r in self._store.resources.values() if r.group})
        groups = [
            {"name": group, "versions": versions, "preferredVersion": versions[0]}
            for group, found in itertools.groupby(served, key=lambda pair: pair[0])
            for versions in [[{"groupVersion": f"{group}/{v}", "version": v} for _, v in found]]
        ]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}

    def _routed(self, asked: Asked) -> Answer:
        resources = self._store.resources
        resource = resources.get((asked.group, asked.version, asked.plural))
        if resource is None:
            known = any(r.group == asked.group for r in resources.values())
            return _no_resource() if known else _no_page()
        if asked.sub == "token" and asked.method == "POST":
            token = self._access.issue(asked.namespace or "", asked.name or "")
            return Answer(201, {"kind": "TokenRequest", "status": {"token": token}})
        does: dict[tuple[str, bool], Callable[[Asked, Resource], Answer]] = {
            ("GET", True): self._get,
            ("GET", False): self._list,
            ("POST", False): self._create,
            ("DELETE", True): self._delete,
        }
        act = does.get((asked.method, asked.name is not None))
        if act is None or asked.sub:
            problem = "the server does not allow this method on the requested resource"
            return failure(405, "MethodNotAllowed", problem, details={})
        return act(asked, resource)

    def _list(self, asked: Asked, resource: Resource) -> Answer:
        if unknown := set(asked.query) - _PARAMETERS:
            return failure(400, "BadRequest", f"the simulated server has no {sorted(unknown)}")
        limit = asked.query.get("limit") or "0"
        if not limit.isdigit():
            problem = f'strconv.ParseInt: parsing "{limit}": invalid syntax'
            return failure(400, "BadRequest", problem)
        try:
            page = self._store.page(
                resource, asked.namespace, int(limit), asked.query.get("continue")
            )
        except BadTokenError:
            return failure(400, "BadRequest", "invalid continue token: continue key is not valid")
        except ExpiredTokenError as error:
            return failure(410, "Expired", _TOO_OLD, metadata={"continue": error.fresh})
        metadata: Object = {"resourceVersion": str(page.revision)}
        if page.token is not None:
            metadata |= {"continue": page.token, "remainingItemCount": page.remaining}
        return Answer(200, _list_of(resource, metadata, page.items))

    def _get(self, asked: Asked, resource: Resource) -> Answer:
        found = self._store.get(resource, asked.namespace, asked.name or "")
        return Answer(200, found) if found else _not_found(resource, asked.name or "")

    def _create(self, asked: Asked, resource: Resource) -> Answer:
        body = json.loads(asked.body)
        name = body["metadata"]["name"]
        where = asked.namespace
        if where is not None and self._store.get(NAMESPACES, None, where) is None:
            return _not_found(NAMESPACES, where)
        try:
            stored = self._store.create(resource, where, body)
        except AlreadyExistsError:
            problem = f'{resource.qualified} "{name}" already exists'
            return failure(409, "AlreadyExists", problem, details=_details(resource, name))
        if resource is CRDS:
            self._serve(stored["spec"])
        return Answer(201, stored)

    def _serve(self, spec: Object) -> None:
        names = spec["names"]
        for version in spec["versions"]:
            namespaced = spec["scope"] == "Namespaced"
            self._store.serve(
                Resource(
                    spec["group"], version["name"], names["plural"], names["kind"], namespaced, True
                )
            )

    def _delete(self, asked: Asked, resource: Resource) -> Answer:
        found = self._store.delete(resource, asked.namespace, asked.name or "")
        if found is None:
            return _not_found(resource, asked.name or "")
        details = {**_details(resource, asked.name or ""), "uid": found["metadata"]["uid"]}
        return Answer(200, _status("Success", details=details))


def _list_of(resource: Resource, metadata: Object, items: list[Object]) -> Object:
    """Custom resources come in another order, and each item says what it is."""
    kind, version = f"{resource.kind}List", f"{resource.group}/{resource.version}".lstrip("/")
    if resource.custom:
        return {"apiVersion": version, "items": items, "kind": kind, "metadata": metadata}
    bare = [{k: v for k, v in item.items() if k not in ("kind", "apiVersion")} for item in items]
    return {"kind": kind, "apiVersion": version, "metadata": metadata, "items": bare}


def _resource_list(served: list[Resource]) -> Object:
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{served[0].group}/{served[0].version}".lstrip("/"),
        "resources": [
            {
                "name": r.plural,
                "singularName": "",
                "namespaced": r.namespaced,
                "kind": r.kind,
                "verbs": ["create", "delete", "get", "list"],
            }
            for r in served
        ],
    }


def failure(
    code: int,
    reason: str,
    message: str,
    *,
    details: Object | None = None,
    metadata: Object | None = None,
) -> Answer:
    """A ``Status`` object, as every refusal of an API server is."""
    body = _status("Failure", details=details, metadata=metadata)
    return Answer(code, {**body, "message": message, "reason": reason, "code": code})


def _status(
    status: str, *, details: Object | None = None, metadata: Object | None = None
) -> Object:
    body = {"kind": "Status", "apiVersion": "v1", "metadata": metadata or {}, "status": status}
    return body if details is None else {**body, "details": details}


def _details(resource: Resource, name: str | None) -> Object:
    found: Object = {"name": name} if name else {}
    if resource.group:
        found["group"] = resource.group
    return {**found, "kind": resource.plural}


def _not_found(resource: Resource, name: str) -> Answer:
    problem = f'{resource.qualified} "{name}" not found'
    return failure(404, "NotFound", problem, details=_details(resource, name))


def _no_resource() -> Answer:
    return failure(404, "NotFound", "the server could not find the requested resource", details={})


def _no_page() -> Answer:
    return Answer(404, "404 page not found\n")


def _forbidden(caller: Caller, asked: Asked) -> Answer:
    action = asked.action
    where = f'in the namespace "{action.namespace}"' if action.namespace else "at the cluster scope"
    resource = Resource(asked.group, asked.version, asked.plural, "")
    subject = f'{resource.qualified} "{asked.name}"' if asked.name else resource.qualified
    problem = (
        f'{subject} is forbidden: User "{caller.name}" cannot {action.verb} resource '
        f'"{action.resource}" in API group "{action.group}" {where}'
    )
    return failure(403, "Forbidden", problem, details=_details(resource, asked.name))
