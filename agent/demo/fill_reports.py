"""Writes what other tools report of the company, in their own formats."""

import json
from collections.abc import Iterator
from pathlib import Path

from .story import Data, Story, instant

_SEVERITIES = {"Low": 2, "Medium": 3, "High": 4, "Critical": 5}


def fill_reports(story: Story, folder: Path) -> int:
    """Make three reports in ``folder``; the number of findings and parts in them."""
    told = story.data("reports.yaml")
    findings = list(_prowler(told["prowler"]))
    code, bill = _codeql(told["codeql"]), _syft(told["syft"])
    folder.mkdir(parents=True)
    for name, report in (
        ("prowler.ocsf.json", findings),
        ("credit-risk.sarif", code),
        ("credit-risk.cdx.json", bill),
    ):
        (folder / name).write_text(json.dumps(report, indent=1), encoding="utf-8")
    return len(findings) + len(code["runs"][0]["results"]) + len(bill["components"])


def _prowler(told: Data) -> Iterator[Data]:
    account, region = told["account"], told["region"]
    for check, severity, status, kind, name in told["findings"]:
        yield {
            "metadata": {
                "event_code": check,
                "product": {"name": "Prowler", "version": told["version"]},
                "version": "1.4.0",
            },
            "class_uid": 2004,
            "severity": severity,
            "severity_id": _SEVERITIES[severity],
            "status": "New",
            "status_id": 1,
            "status_code": status,
            "finding_info": {
                "uid": f"prowler-aws-{check}-{account}-{region}-{name}",
                "title": check.replace("_", " "),
            },
            "resources": [{"name": name, "type": kind, "region": region}],
            "cloud": {"account": {"uid": account}, "provider": "aws", "region": region},
            "time": int(instant(told["at"]).timestamp()),
        }


def _codeql(told: Data) -> Data:
    rules = [
        {
            "id": rule["id"],
            "defaultConfiguration": {"level": rule["level"]},
            "properties": {"security-severity": rule["score"]} if "score" in rule else {},
        }
        for rule in told["rules"]
    ]
    driver = {"name": "CodeQL", "semanticVersion": told["version"], "rules": rules}
    run = {
        "tool": {"driver": driver},
        "versionControlProvenance": [{"repositoryUri": told["repository"]}],
        "invocations": [{"executionSuccessful": True, "endTimeUtc": told["at"]}],
        "results": [_result(one) for one in told["results"]],
    }
    return {"version": "2.1.0", "runs": [run]}


def _result(told: Data) -> Data:
    accepted = {"kind": "external", "status": "accepted", "justification": "trusted input"}
    place = {"artifactLocation": {"uri": told["path"]}, "region": {"startLine": told["line"]}}
    return {
        "ruleId": told["rule"],
        "message": {"text": told["rule"]},
        "locations": [{"physicalLocation": place}],
        "suppressions": [accepted] if told.get("accepted") else [],
    }


def _syft(told: Data) -> Data:
    model = told["model"]
    card = {"task": model["task"], "architectureFamily": model["family"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": told["at"],
            "tools": {"components": [{"name": "syft", "version": told["version"]}]},
            "component": {
                "bom-ref": "image",
                "type": "container",
                "name": told["image"],
                "version": told["digest"],
            },
        },
        "components": [
            {
                "bom-ref": "model",
                "type": "machine-learning-model",
                "name": model["name"],
                "version": model["version"],
                "purl": f"pkg:mlflow/{model['name']}@{model['version']}",
                "licenses": [{"license": {"name": "proprietary"}}],
                "modelCard": {"modelParameters": card},
            },
            *(_library(*one) for one in told["libraries"]),
        ],
    }


def _library(name: str, version: str, licence: str | None) -> Data:
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name}@{version}",
        "licenses": [{"license": {"id": licence}}] if licence else [],
    }
