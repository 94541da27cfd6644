"""Which lists a kind is read from: groups, versions, what a cluster does not have or not say."""

from pathlib import Path

import pytest

from .kubernetes_api import about_the_api
from .kubernetes_objects import SECRET
from .kubernetes_reading import BY_NAME, cluster, listing, read, read_one, refusal
from .misbehaving import Reply, Request, json_reply


def test_every_constraint_of_gatekeeper_is_read_whatever_its_kind(tmp_path: Path) -> None:
    group = "/apis/constraints.gatekeeper.sh"
    made = {"k8srequiredlabels": "K8sRequiredLabels", "k8spinned": "K8sPinned"}

    def answer(request: Request) -> Reply | None:
        if request.path == f"{group}/v1":
            resources = [{"name": name, "verbs": ["list"]} for name in made]
            resources.append({"name": "k8spinned/status", "verbs": ["get"]})
            return json_reply({"resources": resources})
        kind = made.get(request.path.removeprefix(f"{group}/v1/"))
        if kind is None:
            return None
        spec = {"enforcementAction": "deny", "parameters": {"x": SECRET}}
        body = {"kind": kind, "metadata": {"name": "all"}, "spec": spec}
        return listing([{**body, "status": {"totalViolations": 2}}])

    found = read_one(tmp_path, "constraint", answer)
    kind = BY_NAME["constraint"].kind
    assert found.receipt.verdict == "complete"
    assert sorted(found.sink.subjects(kind)) == ["K8sPinned/all", "K8sRequiredLabels/all"]
    assert found.sink.body(kind, "K8sPinned/all")["spec"] == {"enforcementAction": "deny"}


def test_reports_of_both_groups_are_told_apart(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply | None:
        group = request.path.split("/")[2] if request.path.count("/") == 4 else ""
        body = {"apiVersion": f"{group}/v1", "metadata": {"name": "r", "namespace": "a"}}
        return listing([body]) if request.path.endswith("reports") else None

    found = read_one(tmp_path, "policy_report", answer)
    assert sorted(found.sink.subjects(BY_NAME["policy_report"].kind)) == [
        "openreports.io/a/r",
        "wgpolicyk8s.io/a/r",
    ]


def test_one_denied_group_of_two_is_a_named_gap_beside_what_the_other_has(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply | None:
        return refusal(403, "no") if request.path.endswith("/policyreports") else None

    receipt = read_one(tmp_path, "policy_report", answer).receipt
    assert receipt.verdict == "partial"
    assert [(skip.what, skip.denied) for skip in receipt.skipped] == [
        ("policyreports.wgpolicyk8s.io", True)
    ]


def test_a_resource_is_read_in_the_first_version_that_has_it_and_only_there(
    tmp_path: Path,
) -> None:
    def answer(request: Request) -> Reply | None:
        if request.path == "/apis/serving.kserve.io/v1beta1":  # preferred, but without runtimes
            return json_reply({"resources": [{"name": "inferenceservices", "verbs": ["list"]}]})
        return about_the_api(request, {"serving.kserve.io": ["v1beta1", "v1alpha1"]})

    found = read_one(tmp_path, "inference_service", answer)
    assert found.receipt.verdict == "complete"
    lists = [path for path in found.paths if path.endswith("inferenceservices")]
    assert lists == ["/apis/serving.kserve.io/v1beta1/inferenceservices"]
    found = read_one(tmp_path, "serving_runtime", answer)
    lists = [path for path in found.paths if path.endswith("servingruntimes")]
    assert lists == ["/apis/serving.kserve.io/v1alpha1/servingruntimes"]


def aggregated(freshness: str, *resources: str) -> Reply:
    version = {
        "version": "v1",
        "freshness": freshness,
        "resources": [{"resource": name, "verbs": ["get", "list"]} for name in resources],
    }
    group = {"metadata": {"name": "batch"}, "versions": [version]}
    return json_reply({"kind": "APIGroupDiscoveryList", "items": [group]})


def test_a_newer_server_describes_all_its_resources_in_one_answer(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply | None:
        return aggregated("Current", "cronjobs") if request.path == "/apis" else None

    with cluster(answer) as server:
        receipt = read(server, tmp_path)
        paths = [request.path for request in server.requests if request.method == "GET"]
    verdicts = {kind.kind: kind.verdict for kind in receipt.kinds}
    assert verdicts["kubernetes.cron_job"] == "complete"
    assert verdicts["kubernetes.rollout"] == "unsupported"
    assert paths.count("/apis") == 1
    complete = [name for name, verdict in verdicts.items() if verdict == "complete"]
    assert len(paths) == len(complete) + 2  # /version, /apis, and one list for each


def test_a_group_whose_server_is_away_is_unavailable_and_not_unsupported(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply | None:
        return aggregated("Stale") if request.path == "/apis" else None

    receipt = read_one(tmp_path, "cron_job", answer).receipt
    assert receipt.verdict == "unavailable"
    assert receipt.problem == "the server behind batch does not say what it has"


@pytest.mark.parametrize(
    ("reply", "verdict", "calls"),
    [
        (refusal(403, "no"), "denied", 1),
        (refusal(503), "unavailable", 5),
        (json_reply({"metadata": {}}), "unavailable", 1),
    ],
)
def test_a_cluster_that_does_not_say_what_it_serves_is_a_gap_and_asked_once(
    tmp_path: Path, reply: Reply, verdict: str, calls: int
) -> None:
    def answer(request: Request) -> Reply | None:
        return reply if request.path == "/apis" else None

    kinds = ("kubernetes.rollout", "kubernetes.application", "kubernetes.deployment")
    with cluster(answer) as server:
        receipt = read(server, tmp_path, kinds=kinds)
        asked = [request.path for request in server.requests].count("/apis")
    assert {kind.kind: kind.verdict for kind in receipt.kinds} == {
        "kubernetes.deployment": "complete",
        "kubernetes.rollout": verdict,
        "kubernetes.application": verdict,
    }
    assert asked == calls
