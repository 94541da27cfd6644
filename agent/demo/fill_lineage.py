"""Writes what the company's data jobs told OpenLineage, as its file transport does."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from .story import Data, Story, filled, instant

_PRODUCER = "https://git.nordlicht.example/data/pipelines"
_SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_LASTS = timedelta(minutes=20)


def fill_lineage(story: Story, folder: Path) -> int:
    """Make ``folder/events.ndjson``; the number of events in it."""
    events = [
        event
        for job in story.data("lineage.yaml")["jobs"]
        for number, ran in enumerate(job["ran"], start=1)
        for event in _run(job, str(number), ran)
    ]
    events.sort(key=lambda event: str(event["eventTime"]))
    folder.mkdir(parents=True)
    lines = "".join(json.dumps(event) + "\n" for event in events)
    (folder / "events.ndjson").write_text(lines, encoding="utf-8")
    return len(events)


def _run(job: Data, number: str, ran: str) -> Iterator[Data]:
    """The start of one run, and its end with what it wrote."""
    began = instant(ran)
    about = {
        "producer": _PRODUCER,
        "schemaURL": _SCHEMA,
        "run": {"runId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{job['name']}/{ran}"))},
        "job": {"namespace": "airflow", "name": job["name"], "facets": _job_facets(job, number)},
        "inputs": job["from"],
    }
    yield {**about, "eventType": "START", "eventTime": began.isoformat(), "outputs": []}
    outputs = [_written(job, name) for name in filled(job["to"], {"version": number})]
    ended = (began + _LASTS).isoformat()
    yield {**about, "eventType": "COMPLETE", "eventTime": ended, "outputs": outputs}


def _written(job: Data, name: str) -> Data:
    version = hashlib.sha256(name.encode()).hexdigest()[:12]
    return {
        "namespace": f"s3://{job['bucket']}",
        "name": name,
        "facets": {
            "version": _facet("DatasetVersionDatasetFacet", datasetVersion=version),
            "ownership": _facet("OwnershipDatasetFacet", owners=[{"name": job["owner"]}]),
        },
    }


def _job_facets(job: Data, number: str) -> Data:
    commit = hashlib.sha1(f"{job['name']}/{number}".encode()).hexdigest()
    return {
        "sourceCodeLocation": _facet(
            "SourceCodeLocationJobFacet", type="git", url=job["repository"], version=commit
        )
    }


def _facet(name: str, **fields: object) -> Data:
    schema = f"https://openlineage.io/spec/facets/1-0-1/{name}.json#/$defs/{name}"
    return {"_producer": _PRODUCER, "_schemaURL": schema, **fields}
