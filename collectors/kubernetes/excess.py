"""What this user may do in a cluster beyond reading what we read (SelfSubjectRulesReview)."""

from collections import defaultdict
from collections.abc import Collection, Iterator

import msgspec

from ..contract import Call
from .access import Api, KubernetesSettings

_GROUP = "authorization.k8s.io"
_EVERYBODY = {_GROUP, "authentication.k8s.io"}
"""Groups of which every signed-in user may create reviews of himself."""

Right = tuple[str, str, str]
"""API group, plural, verb."""


class _Rule(msgspec.Struct):
    verbs: list[str] = []
    groups: list[str] = msgspec.field(name="apiGroups", default_factory=list)
    resources: list[str] = []


class _Status(msgspec.Struct):
    rules: list[_Rule] = msgspec.field(name="resourceRules", default_factory=list)
    incomplete: bool = False


class _Review(msgspec.Struct):
    status: _Status


def excess(settings: KubernetesSettings, call: Call, needed: Collection[Right]) -> list[str]:
    """Rights that are not ``needed``, as ``get on secrets``, sorted; ``*`` is all of them.

    Raises:
        CollectionError: The server does not say.
    """
    api = Api(settings)
    path = f"/apis/{_GROUP}/v1/selfsubjectrulesreviews"
    more: dict[str, set[str]] = defaultdict(set)
    for namespace in settings.namespaces or ("default",):
        review = {
            "apiVersion": f"{_GROUP}/v1",
            "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": namespace},
        }

        def ask(review: dict[str, object] = review) -> _Status:  # type: ignore[assignment]  # JSON
            return msgspec.json.decode(api.post(path, review).body, type=_Review).status

        status = call.once(f"POST {path}", ask, namespace=namespace)
        for group, plural, verb in _rights(status):
            if group not in _EVERYBODY and (group, plural, verb) not in needed:
                more[f"{plural}.{group}" if group else plural].add(verb)
        if status.incomplete:
            more["more that the server cannot list"].add("?")
    return [f"{', '.join(sorted(verbs))} on {what}" for what, verbs in sorted(more.items())]


def _rights(status: _Status) -> Iterator[Right]:
    for rule in status.rules:
        for group in rule.groups:
            for plural in rule.resources:
                for verb in rule.verbs:
                    yield group, plural, verb
