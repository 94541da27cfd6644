"""Findings in OCSF, the Open Cybersecurity Schema Framework, as Prowler and others write them.

Source: schema.ocsf.io, classes of the category 2 (Findings); Prowler's ``json-ocsf`` output, which
gives ``time`` in seconds where the schema says milliseconds.
"""

from datetime import UTC, datetime

import msgspec

from . import kinds

_SEVERITIES = {1: "informational", 2: "low", 3: "medium", 4: "high", 5: "critical", 6: "critical"}
_STATUSES = {"PASS": "pass", "FAIL": "fail", "WARNING": "review", "MANUAL": "manual"}
_SUPPRESSED, _RESOLVED = 3, 4
_MILLISECONDS = 100_000_000_000  # of the year 1973; as seconds the year 5138


class _Product(msgspec.Struct):
    name: str | None = None
    version: str | None = None


class _Metadata(msgspec.Struct):
    product: _Product | None = None
    version: str | None = None
    event_code: str | None = None


class _Account(msgspec.Struct):
    uid: str | None = None


class _Cloud(msgspec.Struct):
    account: _Account | None = None
    provider: str | None = None
    region: str | None = None


class Head(msgspec.Struct):
    """What tells a finding from other JSON, and what a report is about."""

    class_uid: int
    metadata: _Metadata
    cloud: _Cloud | None = None
    time: int | None = None

    @property
    def is_finding(self) -> bool:
        return 2000 <= self.class_uid < 3000

    @property
    def account(self) -> str | None:
        account = self.cloud.account if self.cloud else None
        return account.uid if account else None

    @property
    def at(self) -> datetime | None:
        return _instant(self.time)


class _Info(msgspec.Struct):
    uid: str
    title: str | None = None
    types: list[str] | None = None
    first_seen_time: int | None = None


class _Compliance(msgspec.Struct):
    standards: list[str] | None = None
    requirements: list[str] | None = None
    control: str | None = None
    status: str | None = None


class _Unmapped(msgspec.Struct):
    compliance: dict[str, list[str]] | None = None


class _Found(Head, kw_only=True):
    finding_info: _Info
    severity_id: int = 0
    severity: str | None = None
    status_id: int | None = None
    status_code: str | None = None
    resources: list[kinds.Resource] | None = None
    compliance: _Compliance | None = None
    unmapped: _Unmapped | None = None


_HEAD = msgspec.json.Decoder(Head)
_FOUND = msgspec.json.Decoder(_Found)


def read_head(raw: bytes) -> Head:
    """Raises `ValueError`: it is no OCSF finding."""
    head = _HEAD.decode(raw)
    if not head.is_finding:
        raise ValueError(f"the OCSF class {head.class_uid} is none of findings")
    return head


def read_finding(raw: bytes, report: str) -> kinds.Finding:
    """Raises `ValueError`: it is none; the text names the place, never a value."""
    found = _FOUND.decode(raw)
    product = found.metadata.product or _Product()
    cloud = found.cloud or _Cloud()
    suppressed = found.status_id == _SUPPRESSED
    return kinds.Finding(
        report=report,
        id=found.finding_info.uid,
        status=_status(found),
        severity=_SEVERITIES.get(found.severity_id, "unknown"),
        level=found.severity,
        check=found.metadata.event_code,
        title=found.finding_info.title,
        tool=product.name,
        suppressed=suppressed,
        suppression="muted" if suppressed else None,
        provider=cloud.provider,
        account=found.account,
        region=cloud.region,
        resources=found.resources or [],
        controls=_controls(found),
        at=found.at,
        first_seen_at=_instant(found.finding_info.first_seen_time),
    )


def _status(found: _Found) -> str:
    """Where a tool says nothing of pass or fail, a finding is something that was found."""
    code = found.status_code or (found.compliance.status if found.compliance else None) or ""
    if (status := _STATUSES.get(code.upper())) is not None:
        return status
    return "pass" if found.status_id == _RESOLVED else "fail"


def _controls(found: _Found) -> dict[str, list[str]]:
    controls = dict(found.unmapped.compliance or {}) if found.unmapped else {}
    if found.compliance is not None:
        for standard in found.compliance.standards or []:
            controls.setdefault(standard, []).extend(found.compliance.requirements or [])
    return controls


def _instant(written: int | None) -> datetime | None:
    if written is None:
        return None
    seconds = written / 1000 if abs(written) >= _MILLISECONDS else written
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
