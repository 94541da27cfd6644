"""What is watched: ServiceMonitors and alert rules of the Prometheus operator."""

import msgspec

from ..contract import Record
from .meta import Meta, Selector

RULE_NOTES = ("summary", "description", "runbook_url")
"""Annotations of an alert that are written for people."""


class Endpoint(Record):
    port: str | None = None
    path: str | None = None
    interval: str | None = None
    scheme: str | None = None


class NamespaceChoice(Record):
    any: bool | None = None
    names: list[str] = msgspec.field(name="matchNames", default_factory=list)


class MonitorSpec(Record):
    selector: Selector | None = None
    namespaces: NamespaceChoice | None = msgspec.field(name="namespaceSelector", default=None)
    endpoints: list[Endpoint] | None = None


class ServiceMonitor(Record):
    metadata: Meta
    spec: MonitorSpec | None = None


class AlertRule(Record):
    alert: str | None = None
    record: str | None = None
    """Of a rule that only computes."""
    expression: int | str | None = msgspec.field(name="expr", default=None)
    for_: str | None = msgspec.field(name="for", default=None)
    labels: dict[str, str | None] = {}
    annotations: dict[str, str | None] = {}


class RuleGroup(Record):
    name: str
    interval: str | None = None
    rules: list[AlertRule] = []


class RuleSpec(Record):
    groups: list[RuleGroup] = []


class PrometheusRule(Record):
    metadata: Meta
    spec: RuleSpec | None = None
