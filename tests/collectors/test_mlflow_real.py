"""The MLflow reader against a real ``mlflow server``. The server is shared: names are our own."""

import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
import requests
from annexa.collectors.mlflow import kinds
from annexa.collectors.mlflow.access import MLflowSettings
from annexa.collectors.mlflow.reader import MLflow
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink, patient

# MLflow itself refuses names with / and : and those that are dots.
HOSTILE = [
    "it's",
    'a "quote"',
    "new\nline",
    "..%2fetc",
    "<script>alert(1)<",
    "=cmd()",
    "\U0001f600 four bytes",
    "`tick`",
    "next_page_token",
    "' OR 1=1 --",
]


class Server:
    """As much of a client as the tests need, beside MLflow's own."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self.url}/api/2.0/mlflow/{path}", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def delete(self, path: str, **body: Any) -> None:
        answer = requests.delete(f"{self.url}/api/2.0/mlflow/{path}", json=body, timeout=60)
        assert answer.status_code == 200, answer.text

    def read(self, sink: MemorySink, **more: Any) -> dict[str, KindReceipt]:
        settings = MLflowSettings(id="mlflow/real", tracking_uri=self.url, **more)
        receipt = read_source(
            MLflow(settings),
            settings,
            slot=NOON,
            sink=sink,
            keep=frozenset({"ai-system-id", "lr"}),
            retry=patient(),
        )
        return {kind.kind: kind for kind in receipt.kinds}


@pytest.fixture(scope="module")
def server(mlflow_url: str) -> Server:
    return Server(mlflow_url)


@pytest.fixture(scope="module")
def prefix() -> str:
    return f"mlflow-{uuid.uuid4().hex[:8]} "


@pytest.fixture(scope="module")
def run_id(server: Server, prefix: str) -> str:
    experiment = server.post("experiments/create", name=prefix)["experiment_id"]
    run = server.post("runs/create", experiment_id=experiment, start_time=1_700_000_000_000)
    run_id: str = run["run"]["info"]["run_id"]
    numbers = {"third": 1 / 3, "one": 1.0, "odd": "NaN", "endless": "Infinity"}
    server.post(
        "runs/log-batch",
        run_id=run_id,
        metrics=[{"key": k, "value": v, "timestamp": 1, "step": 0} for k, v in numbers.items()],
        params=[{"key": "lr", "value": "0.01"}, {"key": "password", "value": "hunter2"}],
        tags=[{"key": "mlflow.source.git.repoURL", "value": "https://hunter2@git.example/x"}],
    )
    source = json.dumps({"uri": "s3://eve:hunter2@bucket/train.csv?sig=hunter2"})
    server.post(
        "runs/log-inputs",
        run_id=run_id,
        datasets=[
            {
                "tags": [{"key": "mlflow.data.context", "value": "training"}],
                "dataset": {
                    "name": "train",
                    "digest": "abc",
                    "source_type": "s3",
                    "source": source,
                    "schema": "hunter2",
                },
            }
        ],
    )
    return run_id


@pytest.fixture(scope="module")
def models(server: Server, prefix: str, run_id: str) -> list[str]:
    names = [prefix + name for name in HOSTILE]
    for name in names:
        server.post(
            "registered-models/create",
            name=name,
            description="hunter2",
            tags=[{"key": "ai-system-id", "value": name}, {"key": "note", "value": "hunter2"}],
        )
        for _ in range(3):
            server.post("model-versions/create", name=name, source="s3://b/m", run_id=run_id)
    server.post("registered-models/alias", name=names[0], alias="champion", version="2")
    server.delete("model-versions/delete", name=names[0], version="1")
    return names


def test_hostile_names_come_through_every_page_unchanged(server: Server, models: list[str]) -> None:
    sink = MemorySink()
    found = server.read(sink, page_size=4)
    assert {name for name in sink.subjects(kinds.REGISTERED_MODEL) if name in models} == set(models)
    for name in models[1:]:
        assert sink.body(kinds.REGISTERED_MODEL, name)["tags"] == {
            "ai-system-id": name,
            "note": None,
        }
        for number in "123":
            assert sink.body(kinds.MODEL_VERSION, f"{name}/{number}")["name"] == name
    assert found["mlflow.model_version"].pages >= 8
    assert found["mlflow.registered_model"].pages >= 3


def test_aliases_and_deleted_versions_are_seen(server: Server, models: list[str]) -> None:
    sink = MemorySink()
    found = server.read(sink)["mlflow.model_version"]
    name = models[0]
    assert sink.body(kinds.MODEL_VERSION, f"{name}/2")["aliases"] == ["champion"]
    assert sink.body(kinds.REGISTERED_MODEL, name)["aliases"] == {"champion": "2"}
    assert f"{name}/1" not in sink.subjects(kinds.MODEL_VERSION)
    assert found.checks[0].ok
    assert f"{name} 1" in found.checks[0].note


def test_a_run_keeps_numbers_as_text_and_no_secret(
    server: Server, models: list[str], run_id: str
) -> None:
    sink = MemorySink()
    server.read(sink)
    run = sink.body(kinds.RUN, run_id)
    assert {key: Decimal(run["metrics"][key]) for key in ("third", "one")} == {
        "third": Decimal("0.3333333333333333"),
        "one": Decimal("1.0"),
    }
    assert run["metrics"]["odd"] == "NaN"
    assert Decimal(run["metrics"]["endless"]) > Decimal("1E+308")
    assert run["params"] == {"lr": "0.01", "password": None}
    assert run["datasets"] == [
        {
            "name": "train",
            "digest": "abc",
            "source_type": "s3",
            "source": "s3://bucket/train.csv",
            "context": "training",
        }
    ]
    bodies = b"".join(row.body for rows in sink.rows.values() for row in rows.values())
    assert b"hunter2" not in bodies


def test_deleted_runs_and_runs_of_deleted_experiments_are_still_found(
    server: Server, prefix: str
) -> None:
    experiment = server.post("experiments/create", name=prefix + "gone")["experiment_id"]
    run = server.post("runs/create", experiment_id=experiment)["run"]["info"]["run_id"]
    name = prefix + "orphan"
    server.post("registered-models/create", name=name)
    server.post("model-versions/create", name=name, source="s3://b/m", run_id=run)
    server.post("runs/delete", run_id=run)
    server.post("experiments/delete", experiment_id=experiment)
    sink = MemorySink()
    found = server.read(sink, kinds=("mlflow.run",))
    assert list(found) == ["mlflow.run"]
    assert found["mlflow.run"].verdict == "complete"
    assert sink.body(kinds.RUN, run)["lifecycle_stage"] == "deleted"


def test_a_page_size_that_the_server_refuses_says_what_to_lower(server: Server) -> None:
    sink = MemorySink()
    settings = MLflowSettings(id="mlflow/real", tracking_uri=server.url, runs_page_size=5_000)
    receipt = read_source(MLflow(settings), settings, slot=NOON, sink=sink, retry=patient())
    assert receipt.complete


def test_reading_twice_gives_the_same_bytes(server: Server, models: list[str]) -> None:
    first, second = MemorySink(), MemorySink()
    server.read(first, page_size=5)
    server.read(second)
    for kind in (kinds.REGISTERED_MODEL, kinds.MODEL_VERSION, kinds.RUN):
        ours = [s for s in first.subjects(kind) if s.startswith(models[0][:15])]
        assert {s: first.rows[kind.name][s].sha256 for s in ours} == {
            s: second.rows[kind.name][s].sha256 for s in ours
        }
