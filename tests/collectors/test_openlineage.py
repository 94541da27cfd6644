"""OpenLineage events: what is kept of them, and what is none."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from annexa.collectors import registry
from annexa.collectors.openlineage.kinds import EVENT
from annexa.collectors.openlineage.wire import read_event

from .lineage_events import PRODUCER, dataset, facet, line, run_event
from .openlineage_source import Source

FULL = run_event(
    inputs=[
        dataset(
            "s3://raw",
            "/customers.parquet",
            version=facet(datasetVersion="v7"),
            ownership=facet(owners=[{"name": "team:data", "type": "MAINTAINER"}]),
            symlinks=facet(identifiers=[{"namespace": "hive://m", "name": "c", "type": "TABLE"}]),
            schema=facet(fields=[{"name": "income", "type": "int"}]),
        )
        | {
            "inputFacets": {
                "dataQualityAssertions": facet(
                    assertions=[
                        {
                            "assertion": "not_null",
                            "success": False,
                            "column": "id",
                            "actual": "hunter2",
                            "content": "select hunter2",
                        }
                    ]
                )
            }
        }
    ],
    outputs=[dataset("s3://feature", "f", columnLineage=facet(fields={"a": {"inputFields": []}}))],
    run_facets={
        "parent": facet(
            run={"runId": "0190b0b4-1111-7000-8000-000000000009"},
            job={"namespace": "airflow", "name": "daily"},
        ),
        "environmentVariables": facet(environmentVariables=[{"name": "KEY", "value": "hunter2"}]),
        "errorMessage": facet(message="hunter2", programmingLanguage="python"),
        "tags": facet(tags=[{"key": "mlflow.run_id", "value": "abc", "source": "USER"}]),
    },
    job_facets={
        "sql": facet(query="select hunter2 from customers"),
        "sourceCode": facet(language="python", sourceCode="print('hunter2')"),
        "sourceCodeLocation": facet(
            type="git", url="https://u:hunter2@git.example.com/p?token=hunter2", version="abc123"
        ),
        "ownership": facet(owners=[{"name": "user:anna"}]),
        "tags": facet(tags=[{"key": "note", "value": "hunter2", "source": "USER"}]),
    },
)


def test_an_event_keeps_who_what_and_when_and_nothing_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "e.ndjson").write_bytes(line(FULL))
    source = Source(path=str(tmp_path))
    assert source.read().verdict == "complete"
    (event,) = source.new
    assert "hunter2" not in str(source.sink.rows)
    assert event["inputs"] == [
        {
            "namespace": "s3://raw",
            "name": "/customers.parquet",
            "version": "v7",
            "owners": ["team:data"],
            "symlinks": [{"namespace": "hive://m", "name": "c", "type": "TABLE"}],
            "assertions": [{"assertion": "not_null", "success": False, "column": "id"}],
        }
    ]
    assert event["outputs"][0]["has_column_lineage"] is True
    assert event["parent_job_name"] == "daily"
    assert event["code"]["version"] == "abc123"
    assert event["job_owners"] == ["user:anna"]
    assert event["tags"] == {"mlflow.run_id": "abc", "note": None}


def test_addresses_lose_their_credentials_before_an_event_is_kept_anywhere() -> None:
    place = dataset("postgres://u:hunter2@db:5432", "s3://k:hunter2@raw/x?token=hunter2")
    event = read_event(line(FULL | {"inputs": [place]}))
    assert event.code is not None
    assert event.code.url == "https://git.example.com/p"
    assert event.inputs[0].namespace == "postgres://db:5432"
    assert event.inputs[0].name == "s3://raw/x"


def test_the_same_event_written_differently_is_one_event() -> None:
    one = run_event(at="2026-11-20T10:00:00Z")
    other = dict(reversed(run_event(at="2026-11-20T12:00:00+02:00").items()))
    assert read_event(line(one)).id == read_event(line(other)).id
    assert read_event(line(run_event(event_type="START"))).id != read_event(line(one)).id


def test_job_and_dataset_events_are_events_too() -> None:
    job = {k: v for k, v in run_event().items() if k not in ("run", "eventType")}
    about = {
        "eventTime": "2026-11-20T10:00:00Z",
        "producer": PRODUCER,
        "dataset": dataset("s3://raw", "x", version=facet(datasetVersion="1")),
    }
    assert read_event(line(job)).form == "job"
    event = read_event(line(about))
    assert (event.form, event.outputs[0].version) == ("dataset", "1")
    assert EVENT.subject(event).startswith("dataset/")


@pytest.mark.parametrize(
    "change",
    [
        {"eventTime": "2026-11-20T10:00:00"},
        {"eventTime": "yesterday"},
        {"eventType": "DONE"},
        {"run": {"runId": "7"}},
        {"inputs": [{"name": "x"}]},
        {"inputs": {"namespace": "a", "name": "b"}},
        {"producer": None},
        {"job": None, "run": None},
    ],
)
def test_what_the_specification_does_not_allow_is_no_event(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        read_event(line(run_event() | change))
    assert "yesterday" not in str(caught.value)


def test_a_deleted_facet_is_no_fault() -> None:
    gone = {"version": facet(_deleted=True), "columnLineage": facet(_deleted=True)}
    event = read_event(line(run_event(inputs=[dataset("s3://raw", "x", **gone)])))
    assert event.inputs[0].version is None
    assert event.inputs[0].has_column_lineage is False


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"path": "x", "marquez_url": "http://m"},
        {"path": "x", "push_secret_env": "S"},
        {"marquez_url": "ftp://m"},
        {"marquez_url": "http://u:p@m"},
        {"push_secret_env": "S", "push_secret_file": "f"},
    ],
)
def test_a_source_has_exactly_one_place(settings: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="openlineage/test"):
        registry.build({"id": "openlineage/test", **settings})


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    name = "'; drop table x; --\x1b[2J\n=cmd()|' /../../etc"
    (tmp_path / "e.json").write_bytes(
        line(run_event(inputs=[dataset(name, name)], job=name, run_id=str(uuid.uuid4())))
    )
    source = Source(path=str(tmp_path))
    source.read()
    assert source.given[0]["job_name"] == name
    (subject,) = source.sink.subjects(EVENT)
    assert subject.replace("/", "").replace("-", "").isalnum()
