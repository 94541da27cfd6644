"""OpenLineage events for tests, as clients write them."""

import json
import uuid
from typing import Any

PRODUCER = "https://example.com/pipeline/1.0"
RUN = "0190b0b4-1111-7000-8000-000000000001"


def facet(**fields: Any) -> dict[str, Any]:
    return {"_producer": PRODUCER, "_schemaURL": "https://openlineage.io/spec/x.json", **fields}


def dataset(namespace: str, name: str, **facets: dict[str, Any]) -> dict[str, Any]:
    return {"namespace": namespace, "name": name, "facets": facets}


def run_event(
    number: int = 0,
    *,
    event_type: str = "COMPLETE",
    at: str = "2026-11-20T10:00:00Z",
    run_id: str | None = None,
    inputs: list[dict[str, Any]] | None = None,
    outputs: list[dict[str, Any]] | None = None,
    job: str = "prepare",
    run_facets: dict[str, Any] | None = None,
    job_facets: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "eventType": event_type,
        "eventTime": at,
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {
            "runId": run_id or str(uuid.UUID(int=number + 1)),
            "facets": run_facets or {},
        },
        "job": {"namespace": "airflow", "name": job, "facets": job_facets or {}},
        "inputs": inputs or [],
        "outputs": outputs or [],
    }


def line(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode() + b"\n"
