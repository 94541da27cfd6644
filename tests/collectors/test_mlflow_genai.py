"""What MLflow 3 keeps beside its registry, from servers that are old, odd or hostile."""

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from annexa.collectors.mlflow import kinds
from annexa.collectors.mlflow.prompts import PROMPT, PROMPT_VERSION

from .memory_sink import MemorySink
from .misbehaving import Reply, Request, json_reply
from .test_mlflow import GONE, MODELS, VERSIONS, kind, read, server, version

API_2 = "/api/2.0/mlflow"
API_3 = "/api/3.0/mlflow"
EXPERIMENTS = f"{API_2}/experiments/search"
IS_PROMPT = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
NOT_FOUND = Reply(404, b"<!doctype html><h1>Not Found</h1>")


def body(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.body)
    return found


def one_experiment(request: Request) -> Reply | None:
    if request.path == EXPERIMENTS:
        return json_reply({"experiments": [{"experiment_id": "1", "lifecycle_stage": "active"}]})
    return None


def test_a_server_that_lists_prompts_among_models_has_them_counted_once_and_as_prompts() -> None:
    def handler(request: Request) -> Reply | None:
        if request.path == MODELS:
            return json_reply(
                {"registered_models": [{"name": "m"}, {"name": "p", "tags": IS_PROMPT}]}
            )
        if request.path == VERSIONS:
            return json_reply({"model_versions": [version("m", 1), version("p", 1)]})
        return None

    sink = MemorySink()
    with server(handler) as running:
        receipt = read(running, sink)
    assert sink.subjects(kinds.REGISTERED_MODEL) == ["m"]
    assert sink.subjects(kinds.MODEL_VERSION) == ["m/1"]
    assert sink.subjects(PROMPT) == ["p"]
    assert sink.subjects(PROMPT_VERSION) == ["p/1"]
    assert "1 of them are prompts" in kind(receipt, "registered_model").checks[0].note
    assert kind(receipt, "registered_model").verdict == "complete"


def test_a_model_that_poses_as_a_prompt_shows_where_its_files_are() -> None:
    def handler(request: Request) -> Reply | None:
        if request.path == MODELS and "filter" in request.query:
            return json_reply({"registered_models": [{"name": "p", "tags": IS_PROMPT}]})
        if request.path == VERSIONS and "filter" in request.query:
            return json_reply({"model_versions": [version("p", 1, source="s3://b/weights?sig=1")]})
        return None

    sink = MemorySink()
    with server(handler) as running:
        read(running, sink)
    assert sink.body(PROMPT_VERSION, "p/1")["source"] == "s3://b/weights"


def test_a_prompts_text_is_kept_under_no_setting() -> None:
    tags = [{"key": "mlflow.prompt.text", "value": "hunter2"}, *IS_PROMPT]

    def handler(request: Request) -> Reply | None:
        if "filter" not in request.query:
            return None
        if request.path == MODELS:
            latest = [version("p", 1, tags=tags)]
            return json_reply(
                {"registered_models": [{"name": "p", "tags": IS_PROMPT, "latest_versions": latest}]}
            )
        return json_reply({"model_versions": [version("p", 1, tags=tags)]})

    sink = MemorySink()
    with server(handler) as running:
        read(running, sink, keep=("mlflow.*", "mlflow.prompt.text"))
    assert sink.subjects(PROMPT_VERSION) == ["p/1"]
    assert b"hunter2" not in b"".join(r.body for rows in sink.rows.values() for r in rows.values())


@pytest.mark.parametrize("status", [404, 405, 501])
def test_what_a_server_is_too_old_for_is_unsupported_and_the_rest_is_read(status: int) -> None:
    def handler(request: Request) -> Reply | None:
        if request.path.startswith(API_3) or request.path.endswith("logged-models/search"):
            return Reply(status, NOT_FOUND.body)
        return one_experiment(request)

    with server(handler) as running:
        receipt = read(running, MemorySink())
    unsupported = {found.kind for found in receipt.kinds if found.verdict == "unsupported"}
    assert unsupported == {
        f"mlflow.{name}"
        for name in (
            "logged_model", "assessment", "scorer", "evaluation_dataset", "trace_count", "user",
            "role", "gateway_endpoint", "registry_event",
        )
    }  # fmt: skip
    assert {found.verdict for found in receipt.kinds} == {"unsupported", "complete"}


def test_a_gateway_that_is_turned_off_is_unsupported() -> None:
    off = {"error_code": "NOT_IMPLEMENTED", "message": "The AI Gateway is disabled"}
    with server(lambda r: json_reply(off, 501) if "/gateway/" in r.path else None) as running:
        found = kind(read(running, MemorySink()), "gateway_endpoint")
    assert found.verdict == "unsupported"
    assert "is disabled" in (found.problem or "")


def test_scorers_are_asked_for_by_experiment_where_a_server_wants_that() -> None:
    def handler(request: Request) -> Reply | None:
        if not request.path.endswith("scorers/list"):
            return one_experiment(request)
        if request.query.get("experiment_id") != "1":
            return json_reply({"error_code": "INVALID_PARAMETER_VALUE", "message": "missing"}, 400)
        scorer = {"experiment_id": 1, "scorer_name": "tone", "scorer_version": 3}
        return json_reply({"scorers": [{**scorer, "serialized_scorer": "not JSON"}]})

    sink = MemorySink()
    with server(handler) as running:
        found = kind(read(running, sink), "scorer")
    assert (found.verdict, found.items) == ("complete", 1)


def traced(*assessments: dict[str, Any]) -> Reply:
    return json_reply({"traces": [{"trace_id": "tr-1", "assessments": list(assessments)}]})


def counted(request: Request, count: int) -> Reply | None:
    """One name of feedback, as often as the server says."""
    if request.path != f"{API_3}/traces/metrics":
        return one_experiment(request)
    asked = body(request)
    if asked["view_type"] != "ASSESSMENTS" or "feedback" not in asked["filters"][0]:
        return Reply(200, b"{}")
    values = {"COUNT": float(count)}
    point = {"dimensions": {"assessment_name": "ok"}, "metric_name": "n", "values": values}
    return json_reply({"data_points": [point]})


def assessment(number: int, **more: Any) -> dict[str, Any]:
    return {
        "assessment_id": f"a-{number}",
        "assessment_name": "ok",
        "feedback": {"value": True},
        **more,
    }


@pytest.mark.parametrize(("count", "verdict"), [(1, "complete"), (2, "partial")])
def test_fewer_assessments_than_the_server_counts_are_a_gap(count: int, verdict: str) -> None:
    def handler(request: Request) -> Reply | None:
        if request.path.endswith("traces/search"):
            return traced(assessment(1), assessment(2, valid=False))
        return counted(request, count)

    with server(handler) as running:
        found = kind(read(running, MemorySink()), "assessment")
    assert (found.verdict, found.items) == (verdict, 2)


@pytest.mark.parametrize(
    "value",
    [0, -1.5, 1e308, 10**40, True, None, "yes", "no", "a sentence", [1], {"a": 1}, '\u2028"', ""],
)
def test_any_value_of_an_assessment_is_a_number_a_yes_or_no_or_only_a_type(value: object) -> None:
    def handler(request: Request) -> Reply | None:
        if request.path.endswith("traces/search"):
            return traced(assessment(1, feedback={"value": value}, rationale="because"))
        return counted(request, 1)

    sink = MemorySink()
    with server(handler) as running:
        found = kind(read(running, sink), "assessment")
    assert found.verdict == "complete"
    (row,) = sink.rows["mlflow.assessment"].values()
    kept = json.loads(row.body)
    assert set(kept) & {"number", "boolean", "word"} == (
        {"boolean"} if isinstance(value, bool)
        else {"number"} if isinstance(value, int | float)
        else {"word"} if value in ("yes", "no")
        else set()
    )  # fmt: skip
    assert b"sentence" not in row.body
    assert b"because" not in row.body


def test_every_page_of_experiments_models_and_datasets_is_followed() -> None:
    lists: dict[str, tuple[str, Callable[[int], dict[str, Any]]]] = {
        EXPERIMENTS: ("experiments", lambda n: {"experiment_id": str(n)}),
        f"{API_2}/logged-models/search": ("models", lambda n: {"info": {"model_id": f"m-{n}"}}),
        f"{API_3}/datasets/search": ("datasets", lambda n: {"dataset_id": f"d-{n}"}),
    }

    def handler(request: Request) -> Reply | None:
        if request.path not in lists:
            return None
        field, item = lists[request.path]
        at = int(body(request).get("page_token", "0"))
        more = {"next_page_token": str(at + 1)} if at < 3 else {}
        return json_reply({field: [item(at)], **more})

    with server(handler) as running:
        receipt = read(running, MemorySink())
    for name in ("experiment", "logged_model", "evaluation_dataset"):
        found = kind(receipt, name)
        assert (found.verdict, found.items) == ("complete", 4), name


def test_a_version_number_of_many_digits_costs_neither_memory_nor_time() -> None:
    def handler(request: Request) -> Reply | None:
        if request.path == f"{API_2}/model-versions/get":
            return GONE
        if request.path == VERSIONS and "filter" not in request.query:
            numbers = [version("m", 10**15), version("m", "9" * 5_000), version("m", 2**63)]
            return json_reply({"model_versions": numbers})
        return None

    tracemalloc.start()
    with server(handler) as running:
        found = kind(read(running, MemorySink(), kinds=("mlflow.model_version",)), "model_version")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50 * 1024**2
    assert found.verdict == "complete"
    assert f"{10**15 - 1} missing" in found.checks[0].found
    assert "2 versions have no number" in found.checks[0].note
