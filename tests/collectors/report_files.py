"""Reports as the tools write them, and one reading of the place where they lie."""

import json
from pathlib import Path
from typing import Any

from annexa.collectors.findings.reader import Findings
from annexa.collectors.findings.settings import FindingsSettings
from annexa.collectors.receipt import KindReceipt
from annexa.collectors.runner import read_source

from .memory_sink import NOON, MemorySink, patient

AT = 1_795_000_000


def prowler(check: str = "s3_bucket_encryption", **changes: Any) -> dict[str, Any]:
    """One finding, as ``prowler --output-modes json-ocsf`` writes it; hunter2 is to go."""
    resource = f"arn:aws:s3:::{check}"
    return {
        "message": "hunter2",
        "metadata": {
            "event_code": check,
            "product": {"name": "Prowler", "uid": "prowler", "version": "5.4.0"},
            "profiles": ["cloud", "datetime"],
            "tenant_uid": "hunter2",
            "version": "1.4.0",
        },
        "severity_id": 4,
        "severity": "High",
        "status": "New",
        "status_code": "FAIL",
        "status_detail": "hunter2",
        "status_id": 1,
        "unmapped": {
            "notes": "hunter2",
            "categories": ["encryption"],
            "compliance": {"CIS-3.0": ["2.1.1"], "ENS-RD2022": ["mp.si.2.aws.s3.1"]},
        },
        "finding_info": {
            "created_time": AT,
            "desc": "hunter2",
            "title": "Check if S3 buckets are encrypted",
            "types": ["Data Protection"],
            "uid": f"prowler-aws-{check}-111122223333-eu-central-1-models",
        },
        "resources": [
            {
                "cloud_partition": "aws",
                "region": "eu-central-1",
                "data": {"details": "hunter2", "metadata": {"policy": "hunter2"}},
                "labels": ["hunter2"],
                "name": "models",
                "type": "AwsS3Bucket",
                "uid": resource,
            }
        ],
        "class_uid": 2004,
        "cloud": {
            "account": {"name": "hunter2", "uid": "111122223333"},
            "provider": "aws",
            "region": "eu-central-1",
        },
        "remediation": {"desc": "hunter2"},
        "time": AT,
        "time_dt": "2026-11-18T08:26:40",
        **changes,
    }


def sarif(*results: dict[str, Any], **changes: Any) -> dict[str, Any]:
    rules = [
        {
            "id": "py/sql-injection",
            "name": "SqlInjection",
            "help": {"text": "hunter2"},
            "defaultConfiguration": {"level": "error"},
            "properties": {"security-severity": "8.8", "tags": ["hunter2"]},
        },
        {"id": "py/unused-import", "defaultConfiguration": {"level": "note"}},
    ]
    driver = {"name": "CodeQL", "semanticVersion": "2.19.0", "rules": rules}
    run = {
        "results": list(results),
        "tool": {"driver": driver},
        "automationDetails": {"id": "nightly/python/"},
        "versionControlProvenance": [{"repositoryUri": "https://ci:hunter2@git.example/risk"}],
        "invocations": [
            {
                "executionSuccessful": True,
                "endTimeUtc": "2026-11-23T04:00:00.000Z",
                "commandLine": "hunter2",
            }
        ],
    }
    return {"version": "2.1.0", "runs": [run | changes]}


def result(rule: str = "py/sql-injection", line: int = 7, **changes: Any) -> dict[str, Any]:
    return {
        "ruleId": rule,
        "message": {"text": "hunter2"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "src/score.py"},
                    "region": {"startLine": line, "snippet": {"text": "hunter2"}},
                }
            }
        ],
        **changes,
    }


def cyclonedx(*components: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {
            "timestamp": "2026-11-20T10:00:00Z",
            "tools": {"components": [{"type": "application", "name": "syft", "version": "1.14"}]},
            "component": {
                "bom-ref": "image",
                "type": "container",
                "name": "registry.example/scorer",
                "version": "sha256:aa",
            },
            **metadata,
        },
        "components": list(components),
    }


def write(folder: Path, **files: Any) -> None:
    """``a__json=…`` becomes ``a.json``; text and bytes are written as they are."""
    for name, content in files.items():
        raw = content if isinstance(content, str | bytes) else json.dumps(content, indent=2)
        path = folder / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())


def read(path: Path | str, sink: MemorySink, **more: Any) -> dict[str, KindReceipt]:
    settings = FindingsSettings.model_validate(
        {"id": "findings/test", **({"path": str(path)} if path else {}), **more}
    )
    receipt = read_source(Findings(settings), settings, slot=NOON, sink=sink, retry=patient())
    return {kind.kind.removeprefix("findings."): kind for kind in receipt.kinds}
