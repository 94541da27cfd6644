"""Results in SARIF 2.1.0, as static analysis, secret and dependency scanners write them.

Source: OASIS SARIF 2.1.0, §3.14 (run), §3.27 (result); ``security-severity`` as GitHub reads it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property

import msgspec

from .. import canonical
from ..mlflow.uri import without_secrets
from . import kinds

KEPT_LOCATIONS = 10
_LEVELS = {"error": "high", "warning": "medium", "note": "low", "none": "informational"}
_KINDS = {"notApplicable": "not-applicable", "informational": "info"}


class _Wire(msgspec.Struct, rename="camel"):
    """The specification's names."""


class _Properties(msgspec.Struct, rename="kebab"):
    security_severity: str | float | None = None


class _Default(_Wire):
    level: str | None = None


class _Text(_Wire):
    text: str | None = None


class _Rule(_Wire):
    id: str
    name: str | None = None
    short_description: _Text | None = None
    default_configuration: _Default | None = None
    properties: _Properties | None = None


class _Component(_Wire):
    name: str
    version: str | None = None
    semantic_version: str | None = None
    rules: list[_Rule] | None = None


class _Tool(_Wire):
    driver: _Component
    extensions: list[_Component] | None = None


class _Automation(_Wire):
    id: str | None = None
    guid: str | None = None


class _Repository(_Wire):
    repository_uri: str | None = None


class _Invocation(_Wire):
    end_time_utc: datetime | None = None
    execution_successful: bool | None = None


class Run:
    """What a run says of itself, gathered as it comes."""

    def __init__(self) -> None:
        self.tool: _Tool | None = None
        self.id: str | None = None
        self.about: list[str] = []
        self.made_at: datetime | None = None
        self.failed = False
        self.is_elsewhere = False
        """Its results are in other files."""

    def take(self, name: str, raw: bytes) -> None:
        """Raises `ValueError`: the part is not what the specification has."""
        if name == "tool":
            self.tool = msgspec.json.decode(raw, type=_Tool)
        elif name == "automationDetails":
            found = msgspec.json.decode(raw, type=_Automation)
            self.id = found.id or found.guid
        elif name == "versionControlProvenance":
            repositories = msgspec.json.decode(raw, type=list[_Repository])
            self.about = [
                without_secrets(r.repository_uri) for r in repositories if r.repository_uri
            ]
        elif name == "invocations":
            self._invoked(msgspec.json.decode(raw, type=list[_Invocation]))
        elif name == "externalPropertyFileReferences":
            self.is_elsewhere = "results" in msgspec.json.decode(raw, type=dict[str, msgspec.Raw])

    def rule(self, wanted: "_Found") -> _Rule | None:
        """The rule that a result names, by index or by id."""
        if self.tool is None:
            return None
        named = wanted.rule or _RuleReference()
        place = named.tool_component.index if named.tool_component else None
        extensions = self.tool.extensions or []
        is_extension = place is not None and 0 <= place < len(extensions)
        component = extensions[place] if is_extension and place is not None else self.tool.driver
        rules = component.rules or []
        number = wanted.rule_index if wanted.rule_index is not None else named.index
        if number is not None and 0 <= number < len(rules):
            return rules[number]
        name = wanted.rule_id or named.id
        return self._by_id.get(name) if name else None

    @cached_property
    def _by_id(self) -> Mapping[str, _Rule]:
        assert self.tool is not None
        components = [self.tool.driver, *(self.tool.extensions or [])]
        return {rule.id: rule for one in components for rule in one.rules or []}

    def _invoked(self, invocations: list[_Invocation]) -> None:
        self.failed = any(one.execution_successful is False for one in invocations)
        ends = [at for one in invocations if (at := _utc(one.end_time_utc))]
        self.made_at = max(ends, default=None)


HEADS = (
    "tool",
    "automationDetails",
    "versionControlProvenance",
    "invocations",
    "externalPropertyFileReferences",
)


class _ToolReference(_Wire):
    index: int | None = None


class _RuleReference(_Wire):
    id: str | None = None
    index: int | None = None
    tool_component: _ToolReference | None = None


class _Artifact(_Wire):
    uri: str | None = None


class _Region(_Wire):
    start_line: int | None = None


class _Physical(_Wire):
    artifact_location: _Artifact | None = None
    region: _Region | None = None


class _Place(_Wire):
    physical_location: _Physical | None = None


class _Suppression(_Wire):
    kind: str
    status: str | None = None
    justification: str | None = None


class _Provenance(_Wire):
    first_detection_time_utc: datetime | None = None


class _Found(_Wire):
    rule_id: str | None = None
    rule_index: int | None = None
    rule: _RuleReference | None = None
    kind: str = "fail"
    level: str | None = None
    guid: str | None = None
    fingerprints: dict[str, str] | None = None
    partial_fingerprints: dict[str, str] | None = None
    locations: list[_Place] | None = None
    suppressions: list[_Suppression] | None = None
    baseline_state: str | None = None
    provenance: _Provenance | None = None
    properties: _Properties | None = None


_FOUND = msgspec.json.Decoder(_Found)


def read_result(raw: bytes, report: str, run: Run) -> kinds.Finding:
    """Raises `ValueError`: it is none; the text names the place, never a value."""
    found = _FOUND.decode(raw)
    rule = run.rule(found)
    level = _level(found, rule)
    score = _score(found.properties) or (_score(rule.properties) if rule else None)
    description = rule.short_description if rule else None
    finding = kinds.Finding(
        report=report,
        id="",
        status=_KINDS.get(found.kind, found.kind),
        severity=_severity(level, score),
        level=level,
        score=score,
        check=found.rule_id or (rule.id if rule else None),
        title=(rule.name or (description.text if description else None)) if rule else None,
        tool=run.tool.driver.name if run.tool else None,
        baseline=found.baseline_state,
        locations=_locations(found.locations or []),
        fingerprints=found.fingerprints or found.partial_fingerprints or {},
        first_seen_at=_utc(found.provenance.first_detection_time_utc) if found.provenance else None,
    )
    _suppress(finding, found.suppressions)
    finding.id = _id(finding, found)
    return finding


def _level(found: _Found, rule: _Rule | None) -> str:
    if found.level is not None:
        return found.level
    if found.kind != "fail":
        return "none"
    default = rule.default_configuration if rule else None
    return (default.level if default else None) or "warning"


def _severity(level: str, score: Decimal | None) -> str:
    if score is None or not score:
        return _LEVELS.get(level, "unknown")
    for least, name in ((9, "critical"), (7, "high"), (4, "medium")):
        if score >= least:
            return name
    return "low"


def _score(properties: _Properties | None) -> Decimal | None:
    if properties is None or properties.security_severity is None:
        return None
    try:
        score = Decimal(str(properties.security_severity))
    except InvalidOperation:
        return None
    return score if score.is_finite() and 0 <= score <= 10 else None


def _locations(places: list[_Place]) -> list[kinds.Location]:
    found: list[kinds.Location] = []
    for place in places[:KEPT_LOCATIONS]:
        physical = place.physical_location
        if physical is None or physical.artifact_location is None:
            continue
        uri = physical.artifact_location.uri
        if uri is not None:
            line = physical.region.start_line if physical.region else None
            found.append(kinds.Location(path=without_secrets(uri), line=line))
    return found


def _suppress(finding: kinds.Finding, suppressions: list[_Suppression] | None) -> None:
    """§3.27.23: null says nothing; one that was rejected suppresses nothing."""
    if suppressions is None:
        return
    counts = [one for one in suppressions if one.status in (None, "accepted")]
    finding.suppressed = bool(counts)
    if suppressions:
        first = (counts or suppressions)[0]
        finding.suppression = " ".join(filter(None, (first.kind, first.status)))
        finding.justified = any(one.justification for one in suppressions)


def _id(finding: kinds.Finding, found: _Found) -> str:
    if found.guid:
        return found.guid
    places = [f"{place.path}:{place.line}" for place in finding.locations]
    named = finding.fingerprints or places
    return canonical.sha256(canonical.encode([finding.check, named])).hex()[:24]


def _utc(at: datetime | None) -> datetime | None:
    if at is None:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
