"""Lists of the Kubernetes reader from a server that misbehaves as API servers do."""

import json
from pathlib import Path

import pytest
from annexa.collectors.kubernetes.access import KubernetesSettings
from annexa.collectors.kubernetes.kinds import KINDS
from annexa.collectors.kubernetes.reader import Kubernetes

from .kubernetes_api import about_the_api
from .kubernetes_reading import cluster, deployment, listing, read, read_deployments, refusal
from .memory_sink import MemorySink
from .misbehaving import Reply, Request, json_reply


def test_pages_are_followed_at_one_resource_version_and_kept_without_values(tmp_path: Path) -> None:
    def answer(request: Request) -> Reply:
        if request.query.get("continue") == "t&1":
            return listing([deployment("c")])
        return listing([deployment("a"), deployment("b")], token="t&1", remaining=1)

    sink = MemorySink()
    receipt = read_deployments(answer, tmp_path, sink, page_size=2)
    assert (receipt.verdict, receipt.pages, receipt.items) == ("complete", 2, 3)
    assert [(check.found, check.ok) for check in receipt.checks] == [
        ("resourceVersion 9", True),
        ("3", True),
    ]
    assert receipt.operations[0].items_per_page == [2, 1]
    assert receipt.operations[0].parameters == {"limit": "2"}
    assert sink.body(KINDS["deployment"], "shop/a") == {
        "metadata": {
            "name": "a",
            "namespace": "shop",
            "labels": {"environment": "production"},
            "annotations": {"approved-by": "alice", "note": None},
        },
        "spec": {
            "replicas": 2,
            "template": {"spec": {"containers": [{"image": "m:1", "env": [{"name": "KEY"}]}]}},
        },
    }


@pytest.mark.parametrize(
    ("reply", "verdict", "calls", "text"),
    [
        (refusal(401, "Unauthorized"), "denied", 1, "HTTP 401, Unauthorized"),
        (refusal(403, 'User "eve" cannot list'), "denied", 1, 'HTTP 403, User "eve" cannot list'),
        (refusal(404), "unavailable", 1, "HTTP 404"),
        (refusal(410), "unavailable", 4, "expired 4 times before its end"),
        (refusal(429, Retry_After="1"), "unavailable", 5, "HTTP 429"),
        (refusal(500), "unavailable", 5, "HTTP 500"),
        (Reply(302, b"{}", {"Location": "http://h/"}), "unavailable", 1, "HTTP 302"),
        (Reply(200, b'{"metadata":{},"items":[{"metad'), "unavailable", 5, "cut short"),
        (Reply(200, b"x" * 99, cut_after=50), "unavailable", 5, "the answer was cut short"),
        (Reply(200, b"x" * 99, drip_s=0.05), "unavailable", 5, "not complete after 0.1 s"),
        (Reply(200, b"{}", hold_s=9), "unavailable", 5, "no answer in time"),
        (Reply(200, b"<html>hunter2</html>"), "unavailable", 5, "not JSON"),
        (json_reply({"metadata": {}}), "unavailable", 1, "missing required field items"),
        (json_reply({"items": []}), "unavailable", 1, "missing required field metadata"),
        (
            json_reply({"metadata": {}, "items": [{"metadata": {"name": 7}}]}),
            "unavailable",
            1,
            "Expected str, got int at $.items[0].metadata.name",
        ),
    ],
)
def test_no_odd_answer_is_ever_an_empty_list(
    reply: Reply, verdict: str, calls: int, text: str, tmp_path: Path
) -> None:
    timeout_s = 0.1 if reply.drip_s or reply.hold_s else 5
    sink = MemorySink()
    receipt = read_deployments(lambda request: reply, tmp_path, sink, timeout_s=timeout_s)
    assert (receipt.verdict, receipt.items, sink.rows) == (verdict, 0, {})
    assert text in (receipt.problem or "")
    assert receipt.operations[0].calls == calls
    assert receipt.remedy


@pytest.mark.parametrize("status", [403, 500, 404])
def test_an_error_in_the_middle_keeps_what_came_and_says_partial(
    status: int, tmp_path: Path
) -> None:
    def answer(request: Request) -> Reply:
        if "continue" in request.query:
            return refusal(status)
        return listing([deployment("a")], token="t", remaining=1)

    sink = MemorySink()
    receipt = read_deployments(answer, tmp_path, sink)
    assert (receipt.verdict, sink.subjects(KINDS["deployment"])) == ("partial", ["shop/a"])


def test_a_busy_server_is_asked_again_and_the_list_is_complete(tmp_path: Path) -> None:
    busy = iter([429, 503, 500])

    def answer(request: Request) -> Reply:
        status = next(busy, None)
        return refusal(status, Retry_After="2") if status else listing([deployment("a")])

    receipt = read_deployments(answer, tmp_path)
    assert receipt.verdict == "complete"
    assert receipt.operations[0].retries == 3


def test_an_expired_list_begins_anew_and_forgets_what_was_deleted_meanwhile(tmp_path: Path) -> None:
    gone: list[int] = []

    def answer(request: Request) -> Reply:
        if "continue" not in request.query:
            names = ["b", "new"] if gone else ["a", "b"]
            version = "12" if gone else "9"
            return listing([deployment(n) for n in names], token="t", version=version, remaining=1)
        if not gone:
            gone.append(1)
            return refusal(410, "too old resource version")
        return listing([deployment("z")], version="12")

    sink = MemorySink()
    receipt = read_deployments(answer, tmp_path, sink)
    assert sink.subjects(KINDS["deployment"]) == ["shop/b", "shop/new", "shop/z"]
    assert (receipt.verdict, receipt.pages, receipt.items) == ("complete", 2, 3)
    assert receipt.checks[0].note == "the list expired and began anew, 1 times"
    assert receipt.operations[0].items_per_page == [2, 1]
    assert receipt.operations[0].failures == {"ListExpired": 1}


def test_an_empty_page_in_the_middle_is_not_the_end(tmp_path: Path) -> None:
    pages = {None: ([], "1"), "1": ([deployment("a")], "2"), "2": ([], "")}

    def answer(request: Request) -> Reply:
        items, token = pages[request.query.get("continue")]
        return listing(items, token=token)

    receipt = read_deployments(answer, tmp_path)
    assert (receipt.verdict, receipt.pages, receipt.items) == ("complete", 3, 1)
    assert receipt.checks[1].note == "the server gives no remainingItemCount"


def test_a_token_that_repeats_ends_the_list_as_partial(tmp_path: Path) -> None:
    receipt = read_deployments(lambda request: listing([deployment("a")], token="same"), tmp_path)
    assert (receipt.verdict, receipt.operations[0].calls) == ("partial", 2)
    assert "for the second time" in (receipt.problem or "")


@pytest.mark.parametrize(
    ("second", "check"),
    [
        (listing([deployment("b")], version="10"), 0),
        (listing([]), 1),
        (listing([deployment("b"), deployment("c")]), 1),
    ],
)
def test_a_second_look_that_does_not_fit_makes_the_list_partial(
    second: Reply, check: int, tmp_path: Path
) -> None:
    def answer(request: Request) -> Reply:
        first = listing([deployment("a")], token="t", remaining=1)
        return second if "continue" in request.query else first

    receipt = read_deployments(answer, tmp_path)
    assert receipt.verdict == "partial"
    assert not receipt.checks[check].ok


def test_a_body_above_the_limit_is_refused_not_swallowed(tmp_path: Path) -> None:
    body = b'{"metadata":{},"items":[' + b" " * (65 * 1024**2) + b"]}"
    receipt = read_deployments(lambda request: Reply(200, body), tmp_path, timeout_s=30)
    assert receipt.verdict == "unavailable"
    assert "larger than 64 MiB" in (receipt.problem or "")
    assert receipt.operations[0].calls == 1


def test_hostile_names_are_kept_as_they_are(tmp_path: Path) -> None:
    names = ['"; DROP', "a\nb", "../x", "<script>", "=cmd()", "🦊", "\u202eabc"]
    sink = MemorySink()
    read_deployments(lambda request: listing([deployment(n) for n in names]), tmp_path, sink)
    assert sink.subjects(KINDS["deployment"]) == [f"shop/{name}" for name in names]


def test_items_before_the_metadata_as_custom_resources_have_them(tmp_path: Path) -> None:
    body = json.dumps({"apiVersion": "v1", "items": [], "metadata": {"resourceVersion": "3"}})
    receipt = read_deployments(lambda request: Reply(200, body.encode()), tmp_path)
    assert (receipt.verdict, receipt.checks[0].found) == ("complete", "resourceVersion 3")


def test_what_the_cluster_does_not_have_is_unsupported_and_no_empty_list(tmp_path: Path) -> None:
    groups = {"apps": ["v1"], "batch": ["v1"], "policy": ["v1"]}
    with cluster(lambda r: about_the_api(r, groups)) as server:
        receipt = read(server, tmp_path)
    verdicts = {kind.kind: kind.verdict for kind in receipt.kinds}
    assert {verdict for name, verdict in verdicts.items() if "kserve" in name} <= {"unsupported"}
    assert verdicts["kubernetes.inference_service"] == "unsupported"
    assert verdicts["kubernetes.constraint"] == "unsupported"
    assert verdicts["kubernetes.cron_job"] == verdicts["kubernetes.deployment"] == "complete"
    (service,) = [kind for kind in receipt.kinds if kind.kind == "kubernetes.inference_service"]
    assert service.problem == "this cluster has no inferenceservices.serving.kserve.io"
    assert receipt.complete


def test_the_first_page_can_be_read_and_the_rest_left(tmp_path: Path) -> None:
    """This is how ``doctor`` asks whether a kind may be read."""
    from annexa.collectors.call import RunnerCall

    handler = lambda r: listing([deployment(str(r.number))], token=str(r.number))  # noqa: E731 - one line is enough
    with cluster(handler) as server:
        token = tmp_path / "token"
        token.write_text("x")
        settings = KubernetesSettings(id="kubernetes/t", server=server.url, token_file=str(token))
        reader = Kubernetes(settings).readers()[1]
        pages = reader.pages(RunnerCall("kubernetes/t"), None)
        next(iter(pages))
        pages.close()  # type: ignore[attr-defined]  # readers are generators
        assert len(server.requests) <= 2
