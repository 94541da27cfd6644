"""What a cluster says about its own API, for servers that tests make."""

from collections.abc import Mapping, Sequence
from typing import Any

from annexa.collectors.kubernetes.kinds import RESOURCES

from .misbehaving import Reply, Request, json_reply


def about_the_api(
    request: Request, groups: Mapping[str, Sequence[str]] | None = None
) -> Reply | None:
    """The answer about groups, versions and resources, or None for any other request.

    Args:
        groups: Group -> versions, the preferred one first; each has all plurals that we read. All
            groups at ``v1`` when left out.
    """
    served = groups if groups is not None else {group: ["v1"] for group in _plurals()}
    if request.path == "/apis":
        return json_reply(
            {"kind": "APIGroupList", "groups": [_group(g, served[g]) for g in served]}
        )
    for group, versions in served.items():
        if request.path in [f"/apis/{group}/{version}" for version in versions]:
            resources = [{"name": name, "verbs": ["list"]} for name in _plurals().get(group, ())]
            return json_reply({"kind": "APIResourceList", "resources": resources})
    return None


def _group(name: str, versions: Sequence[str]) -> dict[str, Any]:
    named = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": named, "preferredVersion": named[0]}


def _plurals() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for target in (target for resource in RESOURCES for target in resource.targets):
        if target.group:
            plural = "k8spinned" if target.plural == "*" else target.plural
            found.setdefault(target.group, []).append(plural)
    return found
