"""Each kind keeps what its objects say, as their own projects document them, and nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from annexa.collectors.kubernetes.resource import Resource

from .kubernetes_objects import APPLIED, OBJECTS, SECRET
from .kubernetes_reading import BY_NAME, listing, read_one
from .misbehaving import Reply, Request

LIKE_ANOTHER = {
    "namespace", "role", "cluster_role", "role_binding", "cluster_role_binding", "kyverno_policy",
    "cluster_serving_runtime", "cluster_policy_report", "constraint",
}  # fmt: skip
"""Their records are those of others above, or are tested elsewhere."""


def items(resource: Resource, body: dict[str, Any], request: Request) -> Reply | None:
    target = resource.targets[0]
    plural = "k8spinned" if target.plural == "*" else target.plural
    if request.path != replace(target, plural=plural, version="v1").path(None):
        return None
    meta = {
        "name": "thing",
        "namespace": "shop",
        "labels": {"team": "a"},
        "annotations": {"approved-by": "dana", "password": SECRET, APPLIED: SECRET},
        "ownerReferences": [{"kind": "Deployment", "name": "m", "uid": "1", "controller": True}],
        "managedFields": [{"manager": SECRET}],
    }
    return listing([{"metadata": meta, **body}])


def leaves(value: Any) -> list[tuple[str, Any]]:
    """Every key with its value, at any depth."""
    if isinstance(value, list):
        return [pair for one in value for pair in leaves(one)]
    if not isinstance(value, dict):
        return []
    return [*value.items(), *(pair for one in value.values() for pair in leaves(one))]


def test_every_kind_is_tested() -> None:
    assert set(OBJECTS) | LIKE_ANOTHER == set(BY_NAME)


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_a_kind_keeps_what_it_is_for_and_no_secret(tmp_path: Path, name: str) -> None:
    resource = BY_NAME[name]
    body, kept = OBJECTS[name]
    found = read_one(tmp_path, name, lambda request: items(resource, body, request))
    assert (found.receipt.verdict, found.receipt.problem) == ("complete", None)
    (subject,) = found.sink.subjects(resource.kind)
    stored = found.sink.body(resource.kind, subject)
    assert SECRET.encode() not in msgspec.json.encode(stored)
    pairs = leaves(stored)
    for key, value in kept.items():
        assert (key, value) in pairs, (key, pairs)
    assert ("approved-by", "dana") in pairs


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_kubectls_copy_of_an_object_is_dropped_even_where_a_setting_asks_for_it(
    tmp_path: Path, name: str
) -> None:
    body = OBJECTS.get(name, ({}, {}))[0]
    body = {"kind": "X", "apiVersion": "g/v1", "roleRef": {"kind": "Role", "name": "r"}, **body}
    resource = BY_NAME[name]
    answer = lambda request: items(resource, body, request)  # noqa: E731 - one line is enough
    found = read_one(tmp_path, name, answer, keep=("kubectl.kubernetes.io/*",))
    (subject,) = found.sink.subjects(resource.kind)
    stored = found.sink.body(resource.kind, subject)
    assert stored["metadata"]["annotations"] == {"approved-by": "dana", "password": None}
