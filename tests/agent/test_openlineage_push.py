"""The real OpenLineage client posts to a real `annexa run`."""

import json
import random
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.exit_codes import ExitCode
from annexa.ledger import Ledger

from ..collectors.lineage_events import PRODUCER
from ..mappings.small_pack import write_small_pack
from .test_run import Process, annexa

pytest.importorskip("openlineage.client", reason="pip install openlineage-python")

KEY = "k" * 32


def write_config(folder: Path) -> Path:
    config = folder / "annexa.yaml"
    config.write_text(
        json.dumps(
            {
                "organisation": {"name": "Test"},
                "pack": str(write_small_pack(folder / "few")),
                "schedule": {"every": "7d"},
                "intake": {"listen": "127.0.0.1:0"},
                "sources": [{"id": "openlineage/push", "push_secret_env": "OPENLINEAGE_KEY"}],
            }
        )
    )
    return config


@contextmanager
def running(config: Path) -> Iterator[tuple[Process, str]]:
    with annexa("run", config=config, OPENLINEAGE_KEY=KEY) as process:
        yield process, process.wait_for("listening")["url"]


def client(url: str, key: str = KEY, **config: Any) -> Any:
    from openlineage.client import OpenLineageClient
    from openlineage.client.transport.http import HttpConfig, HttpTransport

    settings = {"url": url, "auth": {"type": "api_key", "apiKey": key}, "retry": {"total": 0}}
    transport = HttpTransport(HttpConfig.from_dict({**settings, **config}))
    return OpenLineageClient(transport=transport)


def event(name: str, state: str = "COMPLETE") -> Any:
    from openlineage.client.event_v2 import (
        InputDataset,
        Job,
        OutputDataset,
        Run,
        RunEvent,
        RunState,
    )
    from openlineage.client.facet_v2 import data_quality_assertions_dataset as quality
    from openlineage.client.facet_v2 import dataset_version_dataset, sql_job

    tests = quality.DataQualityAssertionsDatasetFacet(
        assertions=[quality.Assertion(assertion="not_null", success=True, column="id")]
    )
    version = dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion="v1")
    return RunEvent(
        eventType=RunState(state),
        eventTime=datetime.now(UTC).isoformat(),
        run=Run(runId=str(uuid.uuid4())),
        job=Job(
            namespace="airflow", name=name, facets={"sql": sql_job.SQLJobFacet(query="hunter2")}
        ),
        producer=PRODUCER,
        inputs=[
            InputDataset(
                namespace="s3://raw",
                name="customers",
                facets={"version": version},
                inputFacets={"dataQualityAssertions": tests},
            )
        ],
        outputs=[OutputDataset(namespace="s3://features", name="credit")],
    )


def kept(folder: Path) -> list[dict[str, Any]]:
    with Ledger.open(folder / "annexa.db", create=False) as ledger:
        return [json.loads(r.body) for r in ledger.events("openlineage.event", None, None)]


def test_events_of_the_real_client_reach_the_ledger_within_seconds(tmp_path: Path) -> None:
    from openlineage.client.event_v2 import DatasetEvent, Job, JobEvent, StaticDataset

    with running(write_config(tmp_path)) as (process, url):
        process.wait_for("read")  # the round that every start makes
        process.lines.clear()
        emit = client(url)
        emit.emit(event("prepare", "START"))
        emit.emit(event("prepare"))
        packed = client(url + "/openlineage/push/", compression="gzip")
        packed.emit(event("train"))
        now = datetime.now(UTC).isoformat()
        job = Job(namespace="airflow", name="static")
        emit.emit(JobEvent(eventTime=now, producer=PRODUCER, job=job))
        about = StaticDataset(namespace="s3://raw", name="customers")
        emit.emit(DatasetEvent(eventTime=now, producer=PRODUCER, dataset=about))
        assert process.wait_for("read")["result"]
        process.wait_for("judged")
        assert process.end(signal.SIGTERM) == 0
    found = kept(tmp_path)
    assert sorted(e["form"] for e in found) == ["dataset", "job", "run", "run", "run"]
    trained = next(e for e in found if e.get("job_name") == "train")
    assert trained["inputs"][0]["version"] == "v1"
    assert trained["inputs"][0]["assertions"][0]["assertion"] == "not_null"
    assert "hunter2" not in json.dumps(found)


def test_a_wrong_key_is_refused_to_the_real_client(tmp_path: Path) -> None:
    with running(write_config(tmp_path)) as (_, url):
        with pytest.raises(Exception, match="401"):
            client(url, "wrong" * 5).emit(event("x"))
        assert list((tmp_path / "inbox" / "openlineage" / "push").iterdir()) == []


def test_a_batch_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    import requests
    from openlineage.client.serde import Serde

    with running(write_config(tmp_path)) as (process, url):

        def post(events: list[Any]) -> Any:
            with requests.post(
                url + "/api/v1/lineage/batch",
                data=json.dumps(events),
                headers={"Authorization": f"Bearer {KEY}"},
                timeout=10,
            ) as answer:
                return answer.status_code, answer.text

        good = [Serde.to_dict(event(name)) for name in ("a", "b")]
        status, text = post([*good, {"eventTime": "x"}])
        assert status == 400
        assert "event 2" in text
        assert post(good)[0] == 200
        assert process.end(signal.SIGTERM) == 0
    (pushed,) = (tmp_path / "inbox" / "openlineage" / "push").glob("*.ndjson")
    assert len(pushed.read_bytes().splitlines()) == 2


def test_nothing_that_was_accepted_is_lost_when_the_agent_is_killed(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    accepted: list[str] = []
    chance = random.Random(8)
    for turn in range(2):
        with running(config) as (process, url):
            emit = client(url)
            for number in range(chance.randint(3, 9)):
                emit.emit(event(name := f"{turn}.{number}"))
                accepted.append(name)
            process.popen.kill()  # before, or in the middle of, the reading
    with running(config) as (process, _):
        process.wait_for("read")
        process.wait_for("judged")
        assert process.end(signal.SIGTERM) == 0
    assert sorted(e["job_name"] for e in kept(tmp_path)) == sorted(accepted)


def test_pushes_need_somewhere_to_arrive(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    config.write_text(config.read_text().replace('"intake": {"listen": "127.0.0.1:0"}, ', ""))
    with annexa("run", config=config, OPENLINEAGE_KEY=KEY) as process:
        assert process.popen.wait(60) == ExitCode.CONFIGURATION


def test_a_secret_that_could_be_guessed_ends_the_agent_at_its_start(tmp_path: Path) -> None:
    with annexa("run", config=write_config(tmp_path), OPENLINEAGE_KEY="short") as process:
        assert process.popen.wait(60) == ExitCode.CONFIGURATION
