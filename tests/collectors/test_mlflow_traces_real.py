"""Assessments, scorers and counts of traces of a real MLflow 3. It is shared: names are our own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from annexa.collectors.mlflow.access import Api, MLflowSettings
from annexa.collectors.mlflow.assessments import ASSESSMENT
from annexa.collectors.mlflow.evaluation_datasets import EVALUATION_DATASET
from annexa.collectors.mlflow.evaluations import EVALUATION
from annexa.collectors.mlflow.experiments import Experiments
from annexa.collectors.mlflow.logged_models import LOGGED_MODEL
from annexa.collectors.mlflow.prompts import PROMPT_VERSION
from annexa.collectors.mlflow.reader import MLflow
from annexa.collectors.mlflow.scorers import SCORER
from annexa.collectors.mlflow.trace_metrics import TraceMetrics
from annexa.collectors.mlflow.traces import TRACE_COUNT, TraceCountReader
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink, patient
from .mlflow_server import NOW, SECRET, Filled, Server, assess, fill, nothing_secret


@pytest.fixture(scope="module")
def server(mlflow_url: str) -> Server:
    return Server(mlflow_url)


@pytest.fixture(scope="module")
def filled(server: Server) -> Filled:
    return fill(server)


def test_assessments_say_who_judged_what_and_never_why(server: Server, filled: Filled) -> None:
    value = {"value": True}
    assess(server, filled, "ok", ("HUMAN", "eve"), feedback=value, rationale=SECRET)
    assess(server, filled, "score", ("CODE", "f.py"), feedback={"value": 0.75})
    judged = assess(server, filled, "safe", ("LLM_JUDGE", "openai:/gpt"), feedback={"value": "yes"})
    assess(server, filled, "safe", ("HUMAN", "bob"), feedback={"value": "no"}, overrides=judged)
    assess(server, filled, "said", ("HUMAN", "eve"), feedback={"value": SECRET})
    assess(server, filled, "answer", ("HUMAN", "eve"), expectation={"value": SECRET})
    failed = {"value": None, "error": {"error_code": "E", "error_message": SECRET}}
    assess(server, filled, "broken", ("CODE", "f.py"), feedback=failed)
    sink = MemorySink()
    found = server.read(sink, ASSESSMENT)["mlflow.assessment"]
    ours = [
        json.loads(row.body) for s, row in sink.rows[ASSESSMENT.name].items() if filled.trace in s
    ]
    by_name = {(one["name"], one["source_type"]): one for one in ours}
    assert (
        by_name["ok", "HUMAN"].items()
        >= {
            "boolean": True,
            "source_id": "eve",
            "has_rationale": True,
            "experiment_id": filled.experiment,
        }.items()
    )
    assert Decimal(by_name["score", "CODE"]["number"]) == Decimal("0.75")
    assert by_name["safe", "LLM_JUDGE"].items() >= {"word": "yes", "valid": False}.items()
    assert by_name["safe", "HUMAN"].items() >= {"word": "no", "overrides": judged}.items()
    assert by_name["said", "HUMAN"]["value_type"] == "string"
    assert by_name["answer", "HUMAN"]["assessment_type"] == "expectation"
    assert by_name["broken", "CODE"]["has_error"] is True
    assert found.verdict == "complete"
    nothing_secret(sink)


@pytest.mark.parametrize("name", ["it's", 'a "b"', "back`tick", "new\nline", "' OR 1=1 --", "%_*"])
def test_an_assessment_with_a_hostile_name_is_read_or_named_as_a_gap(
    server: Server, filled: Filled, name: str
) -> None:
    assess(server, filled, name, ("HUMAN", "eve"), feedback={"value": 1})
    sink = MemorySink()
    found = server.read(sink, ASSESSMENT)["mlflow.assessment"]
    names = {json.loads(row.body)["name"] for row in sink.rows[ASSESSMENT.name].values()}
    assert name in names or found.skipped


def test_traces_are_counted_by_whole_days_and_never_read(server: Server, filled: Filled) -> None:
    settings = MLflowSettings(id="mlflow/real", tracking_uri=server.url)

    @contextmanager
    def counted(clock: datetime) -> Iterator[tuple[MemorySink, KindReceipt]]:
        collector = MLflow(settings.model_copy(update={"kinds": (TRACE_COUNT.name,)}))
        api = Api(settings)
        reader = TraceCountReader(
            TraceMetrics(api, "mlflow/real"), Experiments(api), clock=lambda: clock
        )
        collector.readers = lambda: [reader]  # type: ignore[method-assign]  # only this one is read
        sink = MemorySink()
        receipt = read_source(collector, settings, slot=NOON, sink=sink, retry=patient())
        yield sink, next(kind for kind in receipt.kinds if kind.kind == TRACE_COUNT.name)

    with counted(NOW) as (sink, found):
        body = sink.body(TRACE_COUNT, filled.experiment)
        assert (body["traces"], body["by_status"]) == (2, {"ERROR": 1, "OK": 1})
        assert body["window_until"] == NOW.strftime("%Y-%m-%dT00:00:00Z")
        assert found.verdict == "complete"
        assert {one.operation for one in found.operations} == {
            "POST /api/2.0/mlflow/experiments/search",
            "POST /api/3.0/mlflow/traces/metrics",
        }
    with counted(NOW + timedelta(days=30)) as (sink, _):
        assert filled.experiment not in sink.subjects(TRACE_COUNT)


def test_a_scorer_keeps_its_judges_model_and_a_digest(server: Server, filled: Filled) -> None:
    def register(model: str) -> None:
        judge = {"instructions": SECRET, "model": model}
        text = {"name": "tone", "instructions_judge_pydantic_data": judge, "description": SECRET}
        server.post(
            "scorers/register",
            api=3,
            experiment_id=filled.experiment,
            name="tone",
            serialized_scorer=json.dumps(text),
        )

    register("openai:/gpt-5")
    first, second = MemorySink(), MemorySink()
    server.read(first, SCORER)
    register("anthropic:/claude")
    found = server.read(second, SCORER)["mlflow.scorer"]
    before, after = (sink.body(SCORER, f"{filled.experiment}/tone") for sink in (first, second))
    assert (before["version"], before["model"], before["scorer_type"]) == (
        1, "openai:/gpt-5", "instructions",
    )  # fmt: skip
    assert (after["version"], after["model"]) == (2, "anthropic:/claude")
    assert before["definition_sha256"] != after["definition_sha256"]
    assert found.verdict == "complete"
    nothing_secret(second)


def test_an_evaluation_dataset_keeps_its_digest_and_size_and_no_row(
    server: Server, filled: Filled
) -> None:
    made = server.post(
        "datasets/create",
        api=3,
        name=f"{filled.prefix}-golden",
        experiment_ids=[filled.experiment],
        tags=json.dumps({"team": "credit", "note": SECRET}),
    )
    dataset = made["dataset"]["dataset_id"]
    rows = [{"inputs": {"q": SECRET}, "expectations": {"a": SECRET}}]
    server.post(f"datasets/{dataset}/records", api=3, records=json.dumps(rows))
    sink = MemorySink()
    found = server.read(sink, EVALUATION_DATASET)["mlflow.evaluation_dataset"]
    body = sink.body(EVALUATION_DATASET, dataset)
    assert body["digest"]
    assert body["records"] == 1
    assert body["tags"] == {"note": None, "team": "credit"}
    assert found.verdict == "complete"
    nothing_secret(sink)


def test_reading_again_what_did_not_change_gives_the_same_bytes(
    server: Server, filled: Filled
) -> None:
    kinds = (LOGGED_MODEL, EVALUATION, ASSESSMENT, SCORER, PROMPT_VERSION, EVALUATION_DATASET)
    first, second = MemorySink(), MemorySink()
    server.read(first, *kinds)
    server.read(second, *kinds, page_size=2, runs_page_size=2)
    for kind in kinds:
        before, after = first.rows.get(kind.name, {}), second.rows.get(kind.name, {})
        both = before.keys() & after.keys()
        assert {one: before[one].sha256 for one in both} == {one: after[one].sha256 for one in both}
