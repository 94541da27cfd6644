"""The Kubernetes reader against a server that misbehaves as API servers do."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors.kubernetes.access import KubernetesSettings
from annexa.collectors.kubernetes.kinds import KINDS, RESOURCES
from annexa.collectors.kubernetes.reader import Kubernetes
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.collectors.runner import read_source

from .kubernetes_api import about_the_api
from .memory_sink import NOON, MemorySink, patient
from .misbehaving import Reply, Request, Server, json_reply, misbehaving

DEPLOYMENTS = "/apis/apps/v1/deployments"
Handler = Callable[[Request], Reply | None]


def deployment(name: str, namespace: str = "shop") -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "resourceVersion": "5",
            "labels": {"environment": "production"},
            "annotations": {"approved-by": "alice", "note": "hunter2"},
            "managedFields": [{"manager": "kubectl"}],
        },
        "spec": {
            "replicas": 2,
            "template": {
                "spec": {
                    "containers": [{"image": "m:1", "env": [{"name": "KEY", "value": "hunter2"}]}]
                }
            },
        },
        "status": {"readyReplicas": 2},
    }


def listing(
    items: list[dict[str, Any]],
    *,
    token: str = "",
    version: str = "9",
    remaining: int | None = None,
) -> Reply:
    meta: dict[str, Any] = {"resourceVersion": version}
    if token:
        meta["continue"] = token
    if remaining is not None:
        meta["remainingItemCount"] = remaining
    return json_reply({"kind": "List", "apiVersion": "v1", "metadata": meta, "items": items})


def refusal(status: int, message: str = "", **headers: str) -> Reply:
    return json_reply({"kind": "Status", "message": message, "code": status}, status, **headers)


@contextmanager
def cluster(handler: Handler) -> Iterator[Server]:
    """Answers /version and empty lists where ``handler`` returns None."""

    def answer(request: Request) -> Reply:
        said = handler(request)
        if said is not None:
            return said
        if request.path == "/version":
            return json_reply({"gitVersion": "v1.30.0"})
        if request.method == "POST":
            return refusal(404)
        return about_the_api(request) or listing([])

    with misbehaving(answer) as server:
        yield server


def read(
    server: Server, tmp_path: Path, sink: MemorySink | None = None, **settings: Any
) -> Receipt:
    token = tmp_path / "token"
    token.write_text(settings.pop("token", "hunter2"))
    found = KubernetesSettings(
        id="kubernetes/test",
        server=server.url,
        token_file=str(token),
        **{"timeout_s": 5, **settings},
    )
    return read_source(
        Kubernetes(found),
        found,
        slot=NOON,
        sink=sink or MemorySink(),
        keep=frozenset({"approved-by"}),
        retry=patient(),
    )


def read_deployments(
    handler: Handler, tmp_path: Path, sink: MemorySink | None = None, **settings: Any
) -> KindReceipt:
    def only(request: Request) -> Reply | None:
        return handler(request) if "/deployments" in request.path else None

    with cluster(only) as server:
        receipt = read(server, tmp_path, sink, kinds=("kubernetes.deployment",), **settings)
    assert "hunter2" not in repr(receipt)
    return receipt.kinds[0]


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


def test_configured_namespaces_are_read_one_by_one_and_denied_ones_are_named(
    tmp_path: Path,
) -> None:
    def answer(request: Request) -> Reply | None:
        if "/namespaces/secret" in request.path:
            return refusal(403, "no")
        if request.path == "/api/v1/namespaces/typo":
            return refusal(404)
        if request.path == "/api/v1/namespaces/shop":
            return json_reply({"metadata": {"name": "shop"}})
        if request.path == "/apis/apps/v1/namespaces/shop/deployments":
            return listing([deployment("a")])
        return refusal(403) if request.path in (DEPLOYMENTS, "/api/v1/namespaces") else None

    sink = MemorySink()
    names = ("kubernetes.namespace", "kubernetes.deployment")
    with cluster(answer) as server:
        receipt = read(server, tmp_path, sink, namespaces=("shop", "secret", "typo"), kinds=names)
    namespace, deployments = receipt.kinds
    assert (namespace.verdict, deployments.verdict) == ("partial", "partial")
    assert [(skip.what, skip.denied) for skip in namespace.skipped] == [
        ("namespace secret", True),
        ("namespace typo", False),
    ]
    assert [skip.what for skip in deployments.skipped] == ["deployments.apps in namespace secret"]
    assert sink.subjects(KINDS["namespace"]) == ["shop"]
    assert sink.subjects(KINDS["deployment"]) == ["shop/a"]


def test_when_all_namespaces_are_denied_the_kind_is_denied(tmp_path: Path) -> None:
    receipt = read_deployments(lambda r: refusal(403), tmp_path, namespaces=("a", "b"))
    assert (receipt.verdict, len(receipt.skipped)) == ("denied", 2)


@pytest.mark.parametrize(
    ("status", "verdict"), [(401, "denied"), (503, "unavailable"), (404, "unavailable")]
)
def test_a_server_that_does_not_let_us_in_gives_every_kind_that_verdict(
    status: int, verdict: str, tmp_path: Path
) -> None:
    with cluster(lambda request: refusal(status)) as server:
        receipt = read(server, tmp_path)
    assert [kind.verdict for kind in receipt.kinds] == [verdict] * len(RESOURCES)


def test_a_server_that_is_down_is_one_line_without_secrets(tmp_path: Path) -> None:
    with cluster(lambda request: None) as server:
        pass
    receipt = read(server, tmp_path)
    assert receipt.kinds[0].verdict == "unavailable"
    assert receipt.kinds[0].problem == "GET /version: no connection"


def jwt(subject: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": subject}).encode()).decode().rstrip("=")
    return f"e30.{claims}.c2ln"


@pytest.mark.parametrize(
    ("review", "token", "caller"),
    [
        ("alice", "hunter2", "alice"),
        (None, jwt("system:serviceaccount:a:b"), "system:serviceaccount:a:b (as its token says); "),
        (None, "hunter2", "the owner of a bearer token; the server has no SelfSubjectReview"),
        (None, "a.%%%.c", "the owner of a bearer token; "),
    ],
)
def test_the_caller_is_the_servers_word_or_says_whose_word_it_is(
    review: str | None, token: str, caller: str, tmp_path: Path
) -> None:
    def answer(request: Request) -> Reply | None:
        if request.method == "POST" and review:
            return json_reply({"status": {"userInfo": {"username": review}}}, 201)
        return None

    with cluster(answer) as server:
        receipt = read(server, tmp_path, token=token, kinds=())
    assert receipt.identity is not None
    assert receipt.identity.caller.startswith(caller)
    assert receipt.identity.server == "Kubernetes v1.30.0"
    assert receipt.identity.endpoint == server.url
    assert abs(float(receipt.clock_offset_s or "99")) < 5


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"server": "https://h", "token_file": "/nowhere/token"}, "/nowhere/token cannot be read"),
        ({"kubeconfig": "/nowhere/config"}, "no usable access to a cluster: "),
        ({"in_cluster": True}, "no usable access to a cluster: "),
    ],
)
def test_unusable_credentials_are_named_before_any_request(
    settings: dict[str, Any], text: str
) -> None:
    found = KubernetesSettings(id="kubernetes/test", **settings)
    receipt = read_source(Kubernetes(found), found, slot=NOON, sink=MemorySink(), retry=patient())
    assert {kind.verdict for kind in receipt.kinds} == {"denied"}
    assert (receipt.kinds[0].problem or "").startswith(text)


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
