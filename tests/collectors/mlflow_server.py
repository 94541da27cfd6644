"""A real MLflow server, filled with what MLflow 3 keeps beside its registry."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from annexa.collectors.contract import Kind
from annexa.collectors.mlflow.access import MLflowSettings
from annexa.collectors.mlflow.reader import MLflow
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink, patient

NOW = datetime.now(UTC)
SECRET = "hunter2"


class Server:
    """MLflow's REST API, as much of it as fills what is read here."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, path: str, *, api: int = 2, method: str = "POST", **body: Any) -> Any:
        address = f"{self.url}/api/{api}.0/mlflow/{path}"
        answer = requests.request(method, address, json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def read(self, sink: MemorySink, *kinds: Kind, **more: Any) -> dict[str, KindReceipt]:
        names = tuple(kind.name for kind in kinds) or None
        settings = MLflowSettings(id="mlflow/real", tracking_uri=self.url, kinds=names, **more)
        receipt = read_source(
            MLflow(settings),
            settings,
            slot=NOON,
            sink=sink,
            keep=frozenset({"team", "mlflow.*", "_mlflow*"}),
            retry=patient(),
        )
        return {kind.kind: kind for kind in receipt.kinds}


@dataclass
class Filled:
    prefix: str
    experiment: str
    logged_model: str
    training: str
    evaluation: str
    measuring: str
    trace: str


def fill(server: Server) -> Filled:
    """One experiment with a model, three runs and four traces."""
    prefix = f"genai-{uuid.uuid4().hex[:8]}"
    tag = [{"key": "mlflow.experimentKind", "value": "genai_development"}]
    experiment = server.post("experiments/create", name=prefix, tags=tag)["experiment_id"]
    training, evaluation, measuring = (_run(server, experiment) for _ in range(3))
    server.post("runs/set-tag", run_id=evaluation, key="mlflow.runType", value="genai_evaluate")
    model = server.post(
        "logged-models",
        experiment_id=experiment,
        name="net",
        source_run_id=training,
        params=[{"key": "depth", "value": SECRET}],
        tags=[{"key": "team", "value": "credit"}, {"key": "note", "value": SECRET}],
    )["model"]["info"]["model_id"]
    _measure(server, training, model, "loss", 0.25)
    _measure(server, measuring, model, "auc", 0.9)
    server.post("registered-models/create", name=prefix)
    server.post(
        "model-versions/create",
        name=prefix,
        source=f"models:/{model}",
        model_id=model,
        run_id=training,
    )
    trace = _traced(server, experiment, NOW)
    _traced(server, experiment, NOW - timedelta(days=2))
    _traced(server, experiment, NOW - timedelta(days=2), state="ERROR")
    _traced(server, experiment, NOW - timedelta(days=30))
    return Filled(prefix, experiment, model, training, evaluation, measuring, trace)


def _run(server: Server, experiment: str) -> str:
    run = server.post("runs/create", experiment_id=experiment, start_time=1_700_000_000_000)
    return str(run["run"]["info"]["run_id"])


def _measure(server: Server, run: str, model: str, key: str, value: float) -> None:
    server.post(
        "runs/log-metric",
        run_id=run, model_id=model, key=key, value=value, timestamp=1, step=0,
        dataset_name="holdout", dataset_digest="abc",
    )  # fmt: skip


def _traced(server: Server, experiment: str, at: datetime, state: str = "OK") -> str:
    trace_id = f"tr-{uuid.uuid4().hex}"
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    info = {
        "trace_id": trace_id,
        "trace_location": location,
        "request_time": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "execution_duration": "0.1s",
        "state": state,
        "request_preview": SECRET,
        "response_preview": SECRET,
    }
    server.post("traces", api=3, trace={"trace_info": info})
    return trace_id


def assess(server: Server, filled: Filled, name: str, source: tuple[str, str], **more: Any) -> str:
    stamp = "2026-11-24T10:00:00Z"
    made = server.post(
        f"traces/{filled.trace}/assessments",
        api=3,
        assessment={
            "assessment_name": name,
            "trace_id": filled.trace,
            "source": {"source_type": source[0], "source_id": source[1]},
            "create_time": stamp,
            "last_update_time": stamp,
            **more,
        },
    )
    return str(made["assessment"]["assessment_id"])


def nothing_secret(sink: MemorySink) -> None:
    kept = b"".join(row.body for rows in sink.rows.values() for row in rows.values())
    assert SECRET.encode() not in kept
