"""Fills an MLflow server with the company's models, through MLflow's own client."""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .fill_assistant import fill_assistant
from .story import Data, Story, filled, instant

_TRAINING = timedelta(hours=2)


def fill_mlflow(story: Story, url: str, database: Path) -> int:
    """Register all models with their versions, runs and evaluations; the number of versions.

    MLflow stamps what is registered with its own clock, and its API cannot set it back; so the
    times of registration are set in the server's ``database`` afterwards.
    """
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=url, registry_uri=url)
    company = story.data("mlflow.yaml")
    evaluations = company["evaluations"]
    with ThreadPoolExecutor(3, "demo-mlflow") as pool:
        assistant = pool.submit(fill_assistant, story, url)
        registered = list(
            pool.map(lambda model: _model(client, model, evaluations), company["models"])
        )
        assistant.result()
    times = [row for rows in registered for row in rows]
    _set_back(database, times)
    return len(times)


def _model(client: Any, model: Data, evaluations: Data) -> list[tuple[str, str, datetime]]:
    """One model, its versions in order; name, version and time of each."""
    name = model["name"]
    experiment = client.create_experiment(name)
    client.create_registered_model(name, tags=model["tags"], description=model["description"])
    found = []
    for number, version in enumerate(model["versions"], start=1):
        started = instant(version["trained"])
        datasets = version.get("datasets", model.get("datasets", ()))
        run = _run(client, experiment, model, version)
        if datasets:
            inputs = filled(datasets, {"version": str(number)})
            client.log_inputs(run, [_dataset_input(each) for each in inputs])
        client.set_terminated(run, end_time=_ms(started + _TRAINING))
        for each in evaluations:
            if (each["model"], each["version"]) == (name, number):
                _evaluation(client, experiment, run, each)
        client.create_model_version(
            name,
            source=f"s3://nordlicht-models/{name}/{number}",
            run_id=run,
            tags=_decision(version),
            await_creation_for=0,
        )
        for alias in version.get("aliases", ()):
            client.set_registered_model_alias(name, alias, str(number))
        found.append((name, str(number), started + _TRAINING))
    return found


def _run(client: Any, experiment: str, model: Data, version: Data) -> str:
    from mlflow.entities import Metric, Param

    started = instant(version["trained"])
    tags = {
        "mlflow.user": model["by"],
        "mlflow.source.type": "PROJECT",
        "mlflow.source.name": f"git@git.nordlicht.example:models/{model['name']}.git",
        "mlflow.source.git.commit": hashlib.sha1(version["commit"].encode()).hexdigest(),
    }
    name = f"{model['name']}-{started:%Y%m%d}"
    run = client.create_run(experiment, start_time=_ms(started), tags=tags, run_name=name)
    at = _ms(started + _TRAINING)
    client.log_batch(
        run.info.run_id,
        metrics=[Metric(key, value, at, 0) for key, value in version["metrics"].items()],
        params=[Param(key, value) for key, value in model["params"].items()],
    )
    return str(run.info.run_id)


def _evaluation(client: Any, experiment: str, trained_by: str, evaluation: Data) -> None:
    """A logged model of the version, and a second run that measured it."""
    from mlflow.entities import Metric

    at = _ms(instant(evaluation["at"]))
    name, version = evaluation["model"], evaluation["version"]
    registered = json.dumps([{"name": name, "version": version}])
    model = client.create_logged_model(
        experiment,
        name=name,
        source_run_id=trained_by,
        tags={"mlflow.user": evaluation["by"], "mlflow.modelVersions": registered},
    )
    client.finalize_logged_model(model.model_id, "READY")
    run = client.create_run(
        experiment,
        start_time=at,
        tags={"mlflow.user": evaluation["by"]},
        run_name=f"{name}-{version}-evaluation",
    ).info.run_id
    data = _dataset_input(evaluation["dataset"])
    client.log_inputs(run, [data])
    on = {"dataset_name": data.dataset.name, "dataset_digest": data.dataset.digest}
    client.log_batch(
        run,
        metrics=[
            Metric(key, value, at, 0, model_id=model.model_id, **on)
            for key, value in evaluation["metrics"].items()
        ],
    )
    client.set_terminated(run, end_time=at + 600_000)


def _dataset_input(dataset: Data) -> Any:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    digest = hashlib.sha256(dataset["source"].encode()).hexdigest()[:8]
    source = f'{{"uri": "{dataset["source"]}"}}'
    return DatasetInput(
        Dataset(name=dataset["name"], digest=digest, source_type="s3", source=source),
        [InputTag("mlflow.data.context", dataset["context"])],
    )


def _decision(version: Data) -> dict[str, str]:
    if version.get("pending"):
        return {"approval_status": "pending"}
    status = "approved" if "approved" in version else "rejected"
    at, by = version[status]
    return {"approval_status": status, "approved_by": by, "approved_at": at}


def _set_back(database: Path, times: list[tuple[str, str, datetime]]) -> None:
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.executemany(
            "update model_versions set creation_time = ?, last_updated_time = ?"
            " where name = ? and version = ?",
            [(_ms(at), _ms(at), name, version) for name, version, at in times],
        )
        connection.executemany(
            "update registered_models set creation_time = ? where name = ?",
            [(_ms(at), name) for name, at in _first(times)],
        )


def _first(times: list[tuple[str, str, datetime]]) -> Iterator[tuple[str, datetime]]:
    yield from ((name, at) for name, version, at in times if version == "1")


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
