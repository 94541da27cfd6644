"""What is kept of other tools' reports: what they found about what, never their texts.

Messages, descriptions, code snippets, remedies, raw resource data and scanner properties are
dropped.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from ..contract import Kind, Record

Format = Literal["ocsf", "sarif", "cyclonedx", "spdx"]

PERMISSION = "read on the files, or s3:ListBucket and s3:GetObject on the prefix"
CHECK = "a second listing has the same files; each file's bytes are the same when read again"


class Report(Record):
    """One file of another tool."""

    path: str
    sha256: str
    """Of the file's bytes, hex."""
    size_bytes: int
    format: Format
    modified_at: datetime
    """Of the file, or of the object in S3."""
    format_version: str | None = None
    producer: str | None = None
    """The tool, as it calls itself."""
    producer_version: str | None = None
    made_at: datetime | None = None
    """The newest time in it; null where it has none."""
    about: list[str] = []
    """Accounts, repositories, or the component that it describes; of two reports in the same format
    by the same tool about the same the newer one counts."""
    id: str | None = None
    """Serial number, namespace or id of the run, as the format has it."""


class Resource(Record):
    uid: str | None = None
    name: str | None = None
    type: str | None = None
    region: str | None = None
    namespace: str | None = None


class Location(Record):
    path: str
    line: int | None = None


class Finding(Record):
    """One result of one check; passed ones too, where the tool reports them."""

    report: str
    """Path of the file."""
    id: str
    """The tool's own id or fingerprint; where it has none, of what was found where."""
    status: str
    """``pass``, ``fail``, ``manual``, ``open``, ``review``, ``not-applicable``, ``info``."""
    severity: str
    """``critical``, ``high``, ``medium``, ``low``, ``informational``, ``unknown``."""
    level: str | None = None
    """As the tool writes it."""
    score: Decimal | None = None
    """SARIF's ``security-severity``, 0 to 10."""
    check: str | None = None
    title: str | None = None
    """Of the check."""
    tool: str | None = None
    suppressed: bool | None = None
    """Somebody muted or accepted it."""
    suppression: str | None = None
    """``muted``, ``inSource`` or ``external``, with SARIF's status."""
    justified: bool | None = None
    """A reason for that is written down."""
    baseline: str | None = None
    """``new``, ``unchanged``, ``updated``, ``absent``, against an earlier report."""
    provider: str | None = None
    account: str | None = None
    region: str | None = None
    resources: list[Resource] = []
    locations: list[Location] = []
    fingerprints: dict[str, str] = {}
    controls: dict[str, list[str]] = {}
    """Framework -> its requirements that the tool maps the check to."""
    at: datetime | None = None
    first_seen_at: datetime | None = None


class ModelCard(Record):
    """What a component of the type ``machine-learning-model`` says of itself."""

    task: str | None = None
    approach: str | None = None
    """``supervised`` …"""
    architecture_family: str | None = None
    architecture: str | None = None
    datasets: list[str] = []
    """Names or references."""
    metrics: int | None = None
    """How many it reports."""
    limitations: int | None = None
    """How many limitations, risks and trade-offs it states."""


class Component(Record):
    """One part of a bill of materials."""

    report: str
    ref: str
    """The bill's own name of it."""
    name: str
    type: str | None = None
    """``library``, ``container``, ``machine-learning-model``, ``data`` …"""
    group: str | None = None
    version: str | None = None
    purl: str | None = None
    """Qualifiers: architecture, distribution, type and classifier only."""
    hashes: dict[str, str] = {}
    """Algorithm -> hex."""
    licences: list[str] = []
    """Ids, expressions or names."""
    supplier: str | None = None
    described: bool | None = None
    """The bill is about this one; null: it is a part of that."""
    model_card: ModelCard | None = None


def _state(name: str, record: type[Record], **more: Any) -> Kind:
    return Kind(
        name=f"findings.{name}",
        record=record,
        permission=PERMISSION,
        cross_check=CHECK,
        freshness="7d",
        **more,
    )


REPORT = _state("report", Report, subject=lambda one: one.path)
FINDING = _state("finding", Finding, subject=lambda one: f"{one.report}#{one.id}")
COMPONENT = _state("component", Component, subject=lambda one: f"{one.report}#{one.ref}")
