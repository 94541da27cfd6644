"""The MLflow reader against a server that misbehaves as MLflow servers and proxies do."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from annexa.collectors.call import RunnerCall
from annexa.collectors.errors import AccessDenied, SettingsError
from annexa.collectors.mlflow import kinds
from annexa.collectors.mlflow.access import MLflowSettings
from annexa.collectors.mlflow.reader import MLflow
from annexa.collectors.mlflow.uri import without_secrets
from annexa.collectors.mlflow.version_numbers import VersionNumbers
from annexa.collectors.mlflow.wire import place
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.collectors.registry import build
from annexa.collectors.runner import read_source
from hypothesis import given
from hypothesis import strategies as st

from .memory_sink import NOON, MemorySink, patient
from .misbehaving import Reply, Request, Server, json_reply, misbehaving

API = "/api/2.0/mlflow"
MODELS = f"{API}/registered-models/search"
VERSIONS = f"{API}/model-versions/search"
RUNS = f"{API}/runs/search"
GONE = json_reply({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "gone"}, 404)
NO_AUTH_APP = Reply(404, b"<!doctype html><h1>Not Found</h1>")  # as MLflow 3.17 answers
REGISTRY = ("mlflow.registered_model", "mlflow.model_version", "mlflow.run")
Handler = Callable[[Request], Reply | None]


def version(name: str, number: int | str, **more: Any) -> dict[str, Any]:
    return {"name": name, "version": str(number), "status": "READY", "run_id": "", **more}


def usual(request: Request) -> Reply:
    """A server with nothing in it, as MLflow 3.17 answers."""
    if request.path == "/version":
        return Reply(200, b"3.17.2")
    if "/users/" in request.path or "/roles/" in request.path:
        return NO_AUTH_APP
    if request.path.endswith("/get"):
        return GONE
    return Reply(200, b"{}")


@contextmanager
def server(handler: Handler) -> Iterator[Server]:
    with misbehaving(lambda request: handler(request) or usual(request)) as running:
        yield running


def read(running: Server, sink: MemorySink, **settings: Any) -> Receipt:
    found = MLflowSettings(id="mlflow/test", tracking_uri=running.url, **settings)
    return read_source(MLflow(found), found, slot=NOON, sink=sink, retry=patient())


def kind(receipt: Receipt, name: str) -> KindReceipt:
    return next(found for found in receipt.kinds if found.kind == f"mlflow.{name}")


def test_every_page_is_followed_and_each_counts_once() -> None:
    def handler(request: Request) -> Reply | None:
        if request.path != VERSIONS:
            return None
        at = int(request.query.get("page_token", "0"))
        return json_reply(
            {"model_versions": [version("m", at + 1)], "next_page_token": str(at + 1)}
            if at < 3
            else {"model_versions": [version("m", 4)]}
        )

    sink = MemorySink()
    with server(handler) as running:
        found = kind(read(running, sink, page_size=1), "model_version")
    assert sink.subjects(kinds.MODEL_VERSION) == ["m/1", "m/2", "m/3", "m/4"]
    assert (found.verdict, found.pages, found.items) == ("complete", 4, 4)
    assert (
        next(o for o in found.operations if o.operation == f"GET {VERSIONS}").items_per_page
        == [1] * 4
    )


def test_mlflows_own_retries_are_off_so_that_ours_count() -> None:
    with server(lambda request: Reply(503) if request.path == VERSIONS else None) as running:
        found = kind(read(running, MemorySink(), kinds=REGISTRY), "model_version")
        asked = [request for request in running.requests if request.path == VERSIONS]
    assert found.operations[0].calls == 5
    assert found.operations[0].retries == 4
    assert len(asked) == 5 + 5  # the reader of runs needs that list too
    assert found.verdict == "unavailable"


def test_a_server_that_does_not_answer_in_time_is_asked_as_often_as_we_say() -> None:
    slow = Reply(200, b"{}", hold_s=5)
    with server(lambda request: slow if request.path == VERSIONS else None) as running:
        receipt = read(running, MemorySink(), timeout_s=0.2, kinds=("mlflow.model_version",))
        asked = [request for request in running.requests if request.path == VERSIONS]
    found = kind(receipt, "model_version")
    assert (found.verdict, len(asked)) == ("unavailable", 5)
    assert "no answer within 0.2 s" in (found.problem or "")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failure_in_the_middle_of_a_list_is_mended_by_asking_again(status: int) -> None:
    failed: list[Request] = []

    def handler(request: Request) -> Reply | None:
        if request.path != VERSIONS:
            return None
        if "page_token" not in request.query:
            return json_reply({"model_versions": [version("m", 1)], "next_page_token": "t"})
        if not failed:
            failed.append(request)
            return Reply(status, headers={"Retry_After": "2"})
        return json_reply({"model_versions": [version("m", 2)]})

    sink = MemorySink()
    with server(handler) as running:
        found = kind(read(running, sink), "model_version")
    assert found.verdict == "complete"
    assert found.operations[0].failures == {"SourceUnavailable": 1}
    assert len(sink.subjects(kinds.MODEL_VERSION)) == 2


def test_a_list_that_breaks_off_is_partial_and_its_runs_are_not_taken_for_all() -> None:
    def handler(request: Request) -> Reply | None:
        if request.path != VERSIONS:
            return None
        if "page_token" in request.query:
            return Reply(403)
        return json_reply({"model_versions": [version("m", 1)], "next_page_token": "t"})

    with server(handler) as running:
        receipt = read(running, MemorySink())
    assert kind(receipt, "model_version").verdict == "partial"
    assert kind(receipt, "run").verdict == "denied"


def test_a_page_token_that_repeats_ends_the_list_as_partial() -> None:
    again = json_reply({"model_versions": [version("m", 1)], "next_page_token": "t"})
    with server(lambda request: again if request.path == VERSIONS else None) as running:
        found = kind(read(running, MemorySink()), "model_version")
    assert found.verdict == "partial"
    assert "second time" in (found.problem or "")


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Reply(200, b"<html>Please sign in</html>"), "a web page instead of JSON"),
        (json_reply({"message": "welcome"}), "no model_versions"),
        (json_reply({"model_versions": [{"version": "1"}]}), "name"),
        (Reply(302, headers={"Location": "/login"}), "redirect"),
        (json_reply({"error_code": "INVALID_PARAMETER_VALUE", "message": "max_results"}, 400),
         "max_results"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_a_list_of_versions_is_never_an_empty_list(
    answer: Reply, word: str
) -> None:
    with server(lambda request: answer if request.path == VERSIONS else None) as running:
        found = kind(read(running, MemorySink()), "model_version")
    assert found.verdict == "unavailable"
    assert word in (found.problem or "")
    assert found.operations[0].calls == 1


def test_an_empty_registry_is_complete_and_says_so() -> None:
    with server(lambda request: None) as running:
        receipt = read(running, MemorySink())
    verdicts = {found.kind.removeprefix("mlflow."): found.verdict for found in receipt.kinds}
    without = {name for name, verdict in verdicts.items() if verdict == "unsupported"}
    assert without == {"user", "role", "registry_event"}  # no auth app, no webhook
    assert {verdicts[name] for name in verdicts.keys() - without} == {"complete"}
    assert {found.kind for found in receipt.kinds if found.items} == {"mlflow.server"}


@pytest.mark.parametrize("path", [MODELS, VERSIONS, RUNS])
def test_one_kind_that_is_refused_leaves_the_others_alone(path: str) -> None:
    run = {"info": {"run_id": "a" * 32}}

    def handler(request: Request) -> Reply | None:
        if request.path == path:
            return Reply(
                403, b'{"error_code": "PERMISSION_DENIED", "message": "Permission denied"}'
            )
        return {
            VERSIONS: json_reply({"model_versions": [version("m", 1, run_id="a" * 32)]}),
            RUNS: json_reply({"runs": [run]}),
            f"{API}/experiments/search": json_reply({"experiments": [{"experiment_id": "0"}]}),
        }.get(request.path)

    with server(handler) as running:
        receipt = read(running, MemorySink(), kinds=REGISTRY)
    # A list of versions leaves their aliases out; a list of models has them.
    denied = {
        MODELS: {"registered_model", "model_version"},
        VERSIONS: {"model_version", "run"},
        RUNS: {"run"},
    }
    for found in receipt.kinds:
        short = found.kind.removeprefix("mlflow.")
        assert found.verdict == ("denied" if short in denied[path] else "complete")


def test_a_missing_number_is_a_deleted_version_which_is_no_gap_in_the_reading() -> None:
    listed = json_reply({"model_versions": [version("m", 2), version("m", 5), version("n", 1)]})
    with server(lambda request: listed if request.path == VERSIONS else None) as running:
        found = kind(read(running, MemorySink()), "model_version")
    (check,) = found.checks
    assert found.verdict == "complete"
    assert check.ok
    assert check.note.startswith("deleted: m 1; m 3-4;")


def test_a_missing_number_that_the_server_knows_was_overlooked() -> None:
    def handler(request: Request) -> Reply | None:
        if request.path == VERSIONS:
            return json_reply({"model_versions": [version("m", 2)]})
        if request.path == f"{API}/model-versions/get":
            return json_reply({"model_version": version("m", 1)})
        return None

    with server(handler) as running:
        found = kind(read(running, MemorySink()), "model_version")
    assert found.verdict == "partial"
    assert found.checks[0].found == "1 overlooked, 1 missing"


def test_models_that_differ_backwards_make_the_list_partial() -> None:
    def handler(request: Request) -> Reply | None:
        if request.path != MODELS:
            return None
        name = "a" if request.query["order_by"].endswith("ASC") else "b"
        return json_reply({"registered_models": [{"name": name}]})

    with server(handler) as running:
        found = kind(read(running, MemorySink()), "registered_model")
    assert found.verdict == "partial"
    assert found.checks[0].found == "1 models, not the same ones"


def test_runs_that_versions_name_are_found_or_asked_for_one_by_one() -> None:
    here, purged, odd = "a" * 32, "b" * 32, "it's; odd"

    def handler(request: Request) -> Reply | None:
        if request.path == VERSIONS:
            versions = [version("m", n, run_id=r) for n, r in enumerate([here, purged, odd], 1)]
            return json_reply({"model_versions": versions})
        if request.path == f"{API}/experiments/search":
            return json_reply({"experiments": [{"experiment_id": "0"}]})
        if request.path == RUNS:
            return json_reply({"runs": [{"info": {"run_id": here}}]})
        if request.path == f"{API}/runs/get" and request.query["run_id"] == odd:
            return json_reply({"run": {"info": {"run_id": odd}}})
        return None

    sink = MemorySink()
    with server(handler) as running:
        found = kind(read(running, sink), "run")
    assert sink.subjects(kinds.RUN) == [here, odd]
    assert found.verdict == "complete"
    assert found.checks[0].found == "2 runs"
    assert found.checks[0].note == f"the server says that these do not exist: {purged}"


def test_a_run_that_may_not_be_read_is_named_and_makes_the_runs_partial() -> None:
    def handler(request: Request) -> Reply | None:
        if request.path == VERSIONS:
            return json_reply({"model_versions": [version("m", 1, run_id="c" * 32)]})
        return Reply(403) if request.path == f"{API}/runs/get" else None

    with server(handler) as running:
        found = kind(read(running, MemorySink()), "run")
    assert (found.verdict, found.items) == ("denied", 0)
    assert [(skip.what, skip.denied) for skip in found.skipped] == [("run " + "c" * 32, True)]


@pytest.mark.parametrize(("is_admin", "verdict"), [(True, "complete"), (False, "partial")])
def test_with_the_auth_app_only_an_administrator_is_known_to_see_everything(
    is_admin: bool, verdict: str
) -> None:
    user = {"user": {"id": 2, "is_admin": is_admin, "username": "eve"}, "is_basic_auth": True}
    current = f"{API}/users/current"
    with server(lambda r: json_reply(user) if r.path == current else None) as running:
        receipt = read(running, MemorySink(), kinds=REGISTRY)
    assert receipt.identity is not None
    assert receipt.identity.caller == "eve"
    assert receipt.identity.sees_everything is is_admin
    assert {found.verdict for found in receipt.kinds} == {verdict}


def test_without_the_auth_app_the_identity_does_not_claim_to_see_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "eve")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2")
    with server(lambda request: None) as running:
        receipt = read(running, MemorySink())
    assert receipt.identity is not None
    assert receipt.identity.sees_everything is None
    assert receipt.identity.caller.startswith("eve (as our credentials say")
    assert receipt.identity.server == "MLflow 3.17.2"
    assert receipt.identity.server_time is not None


def test_an_older_auth_app_is_asked_for_the_user_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "eve")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "hunter2")

    def handler(request: Request) -> Reply | None:
        if request.path == f"{API}/users/get" and request.query == {"username": "eve"}:
            return json_reply({"user": {"id": 1, "is_admin": False, "username": "eve"}})
        return None

    with server(handler) as running:
        receipt = read(running, MemorySink())
    assert receipt.identity is not None
    assert receipt.identity.sees_everything is False


def test_an_address_where_no_mlflow_lives_is_not_taken_for_one_without_models() -> None:
    with misbehaving(lambda request: Reply(404, b"<html>nothing here</html>")) as running:
        receipt = read(running, MemorySink())
    assert {found.verdict for found in receipt.kinds} == {"unavailable"}
    assert "neither /version nor" in (receipt.kinds[0].problem or "")


def test_credentials_come_from_the_variables_that_the_settings_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = {"tracking_uri": "http://127.0.0.1:1", "token_env": "SECOND_TOKEN"}
    collector, found = build({"id": "mlflow/second", **settings})
    with pytest.raises(AccessDenied, match="SECOND_TOKEN is not set; set it"):
        collector.identity(RunnerCall("mlflow/second", retry=patient()))
    assert "SECOND_TOKEN" in found.model_dump_json()


@pytest.mark.parametrize(
    "address", ["sqlite:///mlflow.db", "mlruns", "https://eve:hunter2@mlflow.example.com"]
)
def test_an_address_that_cannot_be_read_or_holds_a_password_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match=r"mlflow/x\.tracking_uri: must ") as caught:
        build({"id": "mlflow/x", "tracking_uri": address})
    assert "hunter2" not in str(caught.value)


def test_what_may_be_secret_in_addresses_is_dropped_and_containers_are_not() -> None:
    assert without_secrets("https://eve:pw@host/x.csv?sig=secret#f") == "https://host/x.csv"
    assert without_secrets("https://token@github.com/x") == "https://github.com/x"
    assert without_secrets("s3://bucket/key with space") == "s3://bucket/key with space"
    assert without_secrets("abfss://box@a.dfs.core.windows.net/m?sas=1") == (
        "abfss://box@a.dfs.core.windows.net/m"
    )
    assert without_secrets("runs:/abc/model") == "runs:/abc/model"
    assert without_secrets("/data/what?.csv") == "/data/what?.csv"


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ({"uri": "s3://b/x.parquet?versionId=1"}, "s3://b/x.parquet"),
        ({"url": "https://u:p@h/x.csv?sig=1"}, "https://h/x.csv"),
        ({"path": "hf/data", "config_name": "en"}, "hf/data"),
        ({"path": None, "table_name": "a.b", "sql": "select secret"}, "a.b"),
        ({"tags": {"mlflow.user": "eve"}}, None),
    ],
)
def test_of_a_datasets_source_only_the_place_is_kept(source: object, where: str | None) -> None:
    assert place(json.dumps(source)) == where


def test_a_source_that_is_not_json_is_kept_as_the_place_that_it_is() -> None:
    assert place("s3://b/x?sig=1") == "s3://b/x"
    assert place("") is None


@given(st.lists(st.integers(1, 40)), st.randoms())
def test_gaps_are_the_numbers_between_one_and_the_highest_that_are_not_there(
    numbers: list[int], random: Any
) -> None:
    seen = VersionNumbers()
    random.shuffle(numbers)
    for number in numbers:
        seen.add("m", str(number))
    missing = {n for _, first, last in seen.gaps() for n in range(first, last + 1)}
    assert missing == set(range(1, max(numbers, default=0) + 1)) - set(numbers)


def test_a_version_without_a_number_is_counted_and_breaks_nothing() -> None:
    seen = VersionNumbers()
    for odd in ("latest", "-1", "0", "²", ""):
        seen.add("m", odd)
    assert (seen.odd, list(seen.gaps())) == (5, [])
