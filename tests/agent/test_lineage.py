"""`annexa lineage` over a real MLflow, real OpenLineage events and buckets of moto."""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode

from ..collectors.lineage_events import PRODUCER

pytest.importorskip("openlineage.client", reason="pip install openlineage-python")

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass
class Company:
    config: Path
    model: str
    bucket: str
    capsys: pytest.CaptureFixture[str]

    @property
    def version(self) -> str:
        return f"mlflow/prod:model_version:{self.model}/1"

    def annexa(self, *arguments: str, code: int = ExitCode.OK) -> str:
        found = run([*arguments, "--config", str(self.config)])
        out, err = self.capsys.readouterr()
        assert found == code, (out, err)
        return out


def register(url: str, model: str, data: str | None) -> None:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, InputTag
    from mlflow.entities.dataset import Dataset

    client = MlflowClient(tracking_uri=url, registry_uri=url)
    trained = client.create_run(client.create_experiment(model), run_name="train")
    if data is not None:
        where = json.dumps({"uri": data})
        about = Dataset(name="loans", digest="d1", source_type="s3", source=where)
        tags = [InputTag(key="mlflow.data.context", value="training")]
        client.log_inputs(trained.info.run_id, [DatasetInput(dataset=about, tags=tags)])
    client.set_terminated(trained.info.run_id)
    client.create_registered_model(model)
    source = f"s3://models/{model}"
    client.create_model_version(model, source, run_id=trained.info.run_id, await_creation_for=0)


def emit(file: Path, bucket: str) -> None:
    """What a Spark job tells through the real client's file transport."""
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import (
        InputDataset,
        Job,
        OutputDataset,
        Run,
        RunEvent,
        RunState,
    )
    from openlineage.client.facet_v2 import dataset_version_dataset
    from openlineage.client.transport.file import FileConfig, FileTransport

    transport = FileTransport(FileConfig(log_file_path=str(file), append=True))
    client = OpenLineageClient(transport=transport)
    version = dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion="v3")
    began = datetime.now(UTC) - timedelta(days=1)
    once = Run(runId=str(uuid.uuid4()))
    for minutes, state in ((0, RunState.START), (9, RunState.COMPLETE)):
        client.emit(
            RunEvent(
                eventType=state,
                eventTime=(began + timedelta(minutes=minutes)).isoformat(),
                producer=PRODUCER,
                run=once,
                job=Job(namespace="spark", name="clean"),
                inputs=[InputDataset(namespace="postgres://db:5432", name="bank.public.loans")],
                outputs=[
                    OutputDataset(
                        namespace=f"s3://{bucket}", name="clean", facets={"version": version}
                    )
                ],
            )
        )


@pytest.fixture
def company(
    tmp_path: Path,
    mlflow_url: str,
    moto_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Company:
    import boto3

    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    mark = uuid.uuid4().hex[:8]
    bucket, model = f"loans-{mark}", f"credit-{mark}"
    s3 = boto3.client("s3", endpoint_url=moto_url, region_name="us-east-1")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.close()
    register(mlflow_url, model, f"s3a://{bucket}/clean/part-0.parquet")
    register(mlflow_url, f"{model}-bare", None)
    emit(tmp_path / "events.ndjson", bucket)
    config = tmp_path / "annexa.yaml"
    config.write_text(
        json.dumps(
            {
                "organisation": {"name": "Test"},
                "sources": [
                    {"id": "mlflow/prod", "tracking_uri": mlflow_url},
                    {
                        "id": "aws/1/us-east-1",
                        "region": "us-east-1",
                        "endpoint_url": moto_url,
                        "kinds": ["aws.bucket"],
                    },
                    {"id": "openlineage/spark", "path": "events.ndjson"},
                ],
            }
        )
    )
    return Company(config, model, bucket, capsys)


def test_the_path_is_shown_with_what_proves_each_hop(company: Company) -> None:
    company.annexa("collect", "--no-assess")
    told = company.annexa("lineage", company.version)
    for hop in (
        "recorded  run train: the registry names its run",
        "recorded  dataset loans: training data of the run, version d1",
        f"recorded  place s3://{company.bucket}/clean/part-0.parquet",
        f"inferred  place s3://{company.bucket}/clean: lies in a folder that a run wrote",
        "recorded  run spark/clean: the run wrote it, version v3",
        "recorded  place postgres://db:5432/bank.public.loans: the run read it",
        "lies in a bucket that keeps versions",
        "said by openlineage/spark:event:",
    ):
        assert hop in told, told
    assert "leaf" in told
    body = json.loads(company.annexa("lineage", company.version, "--json"))
    assert body["schema"] == "annexa.lineage/1"
    assert body["counts"] == {"recorded": 7, "inferred": 1, "broken": 0, "unknown": 0}, told
    hops = [hop for node in body["nodes"] for hop in node["hops"]]
    assert all(len(hop["evidence"]["sha256"]) == 64 for hop in hops)
    assert {hop["source"] for hop in hops} >= {"mlflow/prod", "openlineage/spark"}


def test_data_leads_to_what_was_made_from_it(company: Company) -> None:
    company.annexa("collect", "--no-assess")
    told = company.annexa("lineage", f"s3://{company.bucket}/clean/")
    assert "Leads to" in told
    assert "part-0.parquet" in told


def test_a_version_without_lineage_says_so_and_what_could_tell_more(company: Company) -> None:
    company.annexa("collect", "--no-assess")
    told = company.annexa("lineage", f"mlflow/prod:model_version:{company.model}-bare/1")
    assert "unknown   no source tells what it read" in told
    assert "aws.training_job: no source is configured that reads it" in told
    told = company.annexa("lineage", "mlflow/prod:model_version:nobody/1", code=ExitCode.ERROR)
    assert told == ""


def test_the_tree_is_cut_where_it_is_told_to(company: Company) -> None:
    company.annexa("collect", "--no-assess")
    told: dict[str, Any] = json.loads(
        company.annexa("lineage", company.version, "--nodes", "2", "--json")
    )
    assert told["limits"] == {"nodes": 2, "width": 25, "reached": True}
