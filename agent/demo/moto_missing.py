"""Answers for AWS operations that moto does not have: none of these things are in the account.

Where the server runs, once: ``moto_missing.register()``. `ANSWERS` is checked against botocore's
own description of each operation by a test.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

Answer = Mapping[str, Any]
ANSWERS: dict[str, Answer] = {
    "accessanalyzer:ListAnalyzers": {
        "analyzers": [
            {
                "arn": "arn:aws:access-analyzer:eu-central-1:123456789012:analyzer/account",
                "name": "account",
                "type": "ACCOUNT",
                "status": "ACTIVE",
                "createdAt": "2025-11-03T09:00:00Z",
            }
        ]
    },
    "accessanalyzer:ListFindingsV2": {"findings": []},
    "ecr:DescribeImageSigningStatus": {"signingStatuses": []},
    "eks:ListAccessEntries": {"accessEntries": []},
    "glue:ListDataQualityResults": {"Results": []},
}
WRITTEN_AT = "written-at"
"""Metadata of an object in S3."""
_PATHS = (
    ("accessanalyzer:ListAnalyzers", "access-analyzer", re.compile("/analyzer")),
    ("accessanalyzer:ListFindingsV2", "access-analyzer", re.compile("/findingv2")),
    ("eks:ListAccessEntries", "eks", re.compile("/clusters/[^/]+/access-entries")),
)
_TARGETS = {
    "AmazonEC2ContainerRegistry_V20150921.DescribeImageSigningStatus": (
        "ecr:DescribeImageSigningStatus"
    ),
    "AWSGlue.ListDataQualityResults": "glue:ListDataQualityResults",
}
_SERVICE = re.compile(r"Credential=[^,]+/([a-z0-9-]+)/aws4_request")

Start = Callable[..., Any]
Application = Callable[[Any, dict[str, Any], Start], Iterable[bytes]]


def register() -> None:
    """Teach the moto in this process. Twice is once."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    handle: Application = DomainDispatcherApplication.__call__
    if handle.__module__ == __name__:
        return

    def handle_more(self: Any, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        operation = _operation(environ)
        if operation is None:
            return handle(self, environ, start)
        body = json.dumps(ANSWERS[operation]).encode()
        kind = "application/json" if "HTTP_X_AMZ_TARGET" not in environ else _JSON
        start("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    setattr(DomainDispatcherApplication, "__call__", handle_more)  # noqa: B010  # it is typed
    _tell_scans()
    _tell_times()
    _tell_checks()


def _tell_times() -> None:
    """An object is as old as its metadata has it: moto knows no past."""
    from moto.s3.models import FakeKey

    set_metadata = FakeKey.set_metadata

    def set_metadata_and_time(self: Any, metadata: Any, replace: bool = False) -> None:
        set_metadata(self, metadata, replace)
        written_at = self.metadata.get(f"x-amz-meta-{WRITTEN_AT}")
        if written_at is not None:
            at = datetime.fromisoformat(written_at)
            self.last_modified = at.astimezone(UTC).replace(tzinfo=None)

    setattr(FakeKey, "set_metadata", set_metadata_and_time)  # noqa: B010  # it is typed


def _tell_checks() -> None:
    """Moto keeps the rules of Config and judges nothing: everything is in order here."""
    from moto.config.responses import ConfigResponse

    def judged(self: Any) -> str:
        rules = [
            {"ConfigRuleName": name, "Compliance": {"ComplianceType": "COMPLIANT"}}
            for name in self.config_backend.config_rules
        ]
        return json.dumps({"ComplianceByConfigRules": rules})

    setattr(ConfigResponse, "describe_compliance_by_config_rule", judged)  # noqa: B010  # as above


def _tell_scans() -> None:
    """Moto scans images and does not say so when it describes them."""
    from moto.ecr.models import Image

    def status(self: Any) -> dict[str, str] | None:
        return {"status": "COMPLETE"} if self.last_scan else None

    def summary(self: Any) -> dict[str, Any] | None:
        if not self.last_scan:
            return None
        return {"imageScanCompletedAt": self.last_scan, "findingSeverityCounts": {"LOW": 2}}

    for name, answer in {
        "image_scan_status": status,
        "image_scan_findings_summary": summary,
    }.items():
        setattr(Image, name, property(answer))


_JSON = "application/x-amz-json-1.1"


def _operation(environ: Mapping[str, Any]) -> str | None:
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target is not None:
        return _TARGETS.get(target)
    signed = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if signed is None:
        return None
    path = environ.get("PATH_INFO", "")
    return next(
        (name for name, service, form in _PATHS if service == signed[1] and form.fullmatch(path)),
        None,
    )
