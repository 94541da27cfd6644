"""Policies of engines that are installed into a cluster, and what they found: Kyverno, Gatekeeper,
PolicyReports of both API groups. Messages and parameters may quote values, so they are left out."""

from typing import Any

import msgspec

from ..contract import Record
from .meta import Condition, Meta, named


class Described(Record):
    kinds: list[str] = []
    names: list[str] = []
    namespaces: list[str] = []
    operations: list[str] = []


class Filter(Record):
    resources: Described | None = None


class Match(Record):
    resources: Described | None = None
    any: list[Filter] = []
    all: list[Filter] = []


class Action(Record):
    failure_action: str | None = msgspec.field(name="failureAction", default=None)
    """``Enforce`` or ``Audit``."""


class Verification(Record):
    images: list[str] = msgspec.field(name="imageReferences", default_factory=list)
    failure_action: str | None = msgspec.field(name="failureAction", default=None)
    required: bool | None = None
    digest: bool | None = msgspec.field(name="verifyDigest", default=None)


class KyvernoRule(Record):
    name: str
    match: Match | None = None
    exclude: Match | None = None
    validate_: Action | None = msgspec.field(name="validate", default=None)
    verifications: list[Verification] = msgspec.field(name="verifyImages", default_factory=list)


class KyvernoSpec(Record):
    rules: list[KyvernoRule] = []
    failure_action: str | None = msgspec.field(name="validationFailureAction", default=None)
    failure_policy: str | None = msgspec.field(name="failurePolicy", default=None)
    admission: bool | None = None
    background: bool | None = None


class KyvernoStatus(Record):
    conditions: list[Condition] = []


class KyvernoPolicy(Record):
    """Policy (with a namespace) or ClusterPolicy (without)."""

    metadata: Meta
    spec: KyvernoSpec | None = None
    status: KyvernoStatus | None = None


class TemplateNames(Record):
    kind: str | None = None


class TemplateDefinition(Record):
    names: TemplateNames | None = None


class TemplateCrd(Record):
    spec: TemplateDefinition | None = None


class TemplateTarget(Record):
    target: str | None = None


class TemplateSpec(Record):
    crd: TemplateCrd | None = None
    targets: list[TemplateTarget] = []


class TemplateStatus(Record):
    created: bool | None = None


class ConstraintTemplate(Record):
    """Gatekeeper: a sort of rule; its constraints say where it holds."""

    metadata: Meta
    spec: TemplateSpec | None = None
    status: TemplateStatus | None = None


class ConstraintKinds(Record):
    groups: list[str] = msgspec.field(name="apiGroups", default_factory=list)
    kinds: list[str] = []


class ConstraintMatch(Record):
    kinds: list[ConstraintKinds] = []
    namespaces: list[str] = []
    excluded: list[str] = msgspec.field(name="excludedNamespaces", default_factory=list)
    scope: str | None = None


class ConstraintSpec(Record):
    action: str | None = msgspec.field(name="enforcementAction", default=None)
    """``deny`` unless it says ``dryrun`` or ``warn``."""
    match: ConstraintMatch | None = None


class ConstraintStatus(Record):
    violations: int | None = msgspec.field(name="totalViolations", default=None)


class Constraint(Record):
    kind: str
    """The template's."""
    metadata: Meta
    spec: ConstraintSpec | None = None
    status: ConstraintStatus | None = None


class Reported(Record):
    kind: str | None = None
    namespace: str | None = None
    name: str | None = None


class Result(Record):
    policy: str
    rule: str | None = None
    result: str | None = None
    """``pass``, ``fail``, ``warn``, ``error``, ``skip``."""
    severity: str | None = None
    category: str | None = None
    source: str | None = None
    """The engine."""
    resources: list[Reported] = []


class Summary(Record):
    passed: int | None = msgspec.field(name="pass", default=None)
    fail: int | None = None
    warn: int | None = None
    error: int | None = None
    skip: int | None = None


class PolicyReport(Record):
    """PolicyReport or Report (with a namespace), ClusterPolicyReport or ClusterReport (without)."""

    api_version: str = msgspec.field(name="apiVersion")
    metadata: Meta
    scope: Reported | None = None
    summary: Summary | None = None
    results: list[Result] = []


def by_group(record: Any) -> str:
    """``openreports.io/namespace/name``: the two groups hold different reports of one name."""
    return f"{record.api_version.partition('/')[0]}/{named(record)}"
