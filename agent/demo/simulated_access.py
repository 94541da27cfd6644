"""Who may do what on the simulated API server: RBAC, decided from the stored roles and bindings."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .simulated_store import RBAC, Object, Store

_ACCOUNT = "system:serviceaccount:"
_FOR_EVERY_USER = ("/version", "/api", "/apis", "/healthz", "/readyz", "/livez")


@dataclass(frozen=True)
class Caller:
    name: str
    groups: frozenset[str]

    @property
    def is_known(self) -> bool:
        return self.name != ANONYMOUS.name


ANONYMOUS = Caller("system:anonymous", frozenset({"system:unauthenticated"}))


@dataclass(frozen=True)
class Action:
    verb: str
    group: str
    resource: str
    namespace: str | None = None
    name: str | None = None


class Access:
    """Knows callers by their token, and what they may do."""

    def __init__(self, store: Store, users: Mapping[str, str]) -> None:
        """``users``: token -> its line of a token file without it: ``name,uid,"group,group"``."""
        self._store = store
        self._callers = {token: _caller(line) for token, line in users.items()}

    def caller(self, token: str | None) -> Caller | None:
        """None: the token is wrong."""
        return ANONYMOUS if token is None else self._callers.get(token)

    def issue(self, namespace: str, account: str) -> str:
        """Make a token for a ServiceAccount."""
        token = secrets.token_urlsafe(24)
        groups = f'"system:serviceaccounts,system:serviceaccounts:{namespace}"'
        self._callers[token] = _caller(f"{_ACCOUNT}{namespace}:{account},,{groups}")
        return token

    def allows_url(self, caller: Caller, path: str) -> bool:
        """For what is no resource: versions, discovery, health."""
        if path in ("/version", "/healthz", "/readyz", "/livez"):
            return True
        return caller.is_known and (path.startswith(("/api/", "/apis/")) or path in _FOR_EVERY_USER)

    def allows(self, caller: Caller, action: Action) -> bool:
        if "system:masters" in caller.groups:
            return True
        return any(_covers(rule, action) for rule in self._rules(caller, action.namespace))

    def _rules(self, caller: Caller, namespace: str | None) -> Iterator[Object]:
        resources = self._store.resources
        for binding in self._store.everything(resources[RBAC, "v1", "clusterrolebindings"]):
            yield from self._bound(binding, caller, None)
        if namespace is not None:
            for binding in self._store.everything(resources[RBAC, "v1", "rolebindings"], namespace):
                yield from self._bound(binding, caller, namespace)

    def _bound(self, binding: Object, caller: Caller, namespace: str | None) -> Iterator[Object]:
        if not any(_is(subject, caller, namespace) for subject in binding.get("subjects") or ()):
            return
        ref = binding["roleRef"]
        plural, where = ("roles", namespace) if ref["kind"] == "Role" else ("clusterroles", None)
        role = self._store.get(self._store.resources[RBAC, "v1", plural], where, ref["name"])
        yield from (role or {}).get("rules") or ()


def _caller(line: str) -> Caller:
    name, _, groups = (part.strip('"') for part in line.split(",", 2))
    return Caller(name, frozenset({*filter(None, groups.split(",")), "system:authenticated"}))


def _is(subject: Object, caller: Caller, namespace: str | None) -> bool:
    match subject["kind"]:
        case "User":
            return bool(subject["name"] == caller.name)
        case "Group":
            return subject["name"] in caller.groups
        case _:
            where = subject.get("namespace", namespace)
            return caller.name == f"{_ACCOUNT}{where}:{subject['name']}"


def _covers(rule: Object, action: Action) -> bool:
    names = rule.get("resourceNames")
    return (
        _names(rule.get("verbs"), action.verb)
        and _names(rule.get("apiGroups"), action.group)
        and _names(rule.get("resources"), action.resource)
        and (not names or action.name in names)
    )


def _names(listed: list[str] | None, wanted: str) -> bool:
    return "*" in (listed or ()) or wanted in (listed or ())
