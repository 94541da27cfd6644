"""How the cluster of the small company is guarded, and one change with emergency rights that was
approved afterwards: all in order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from annexa.collectors.aws import kinds as aws
from annexa.collectors.contract import Kind, Record
from annexa.collectors.kubernetes import admission, boundaries, monitoring, policies
from annexa.collectors.kubernetes.kinds import KINDS
from annexa.collectors.kubernetes.meta import Meta, Selector

if TYPE_CHECKING:
    from .planting import Company

SPACES = ("prod", "web")
EMERGENCY_AT = datetime(2026, 10, 3, 2, tzinfo=UTC)


def _network(namespace: str) -> boundaries.NetworkPolicy:
    peer = boundaries.Peer(namespaces=Selector(match_labels={"name": "web"}))
    spec = boundaries.NetworkSpec(
        pods=Selector(), types=["Ingress"], ingress=[boundaries.Ingress(peers=[peer])]
    )
    return boundaries.NetworkPolicy(metadata=Meta(name="callers", namespace=namespace), spec=spec)


def _quota(namespace: str) -> boundaries.ResourceQuota:
    spec = boundaries.QuotaSpec(hard={"requests.nvidia.com/gpu": 2})
    return boundaries.ResourceQuota(metadata=Meta(name="share", namespace=namespace), spec=spec)


def _own_policy() -> admission.ValidatingAdmissionPolicy:
    looked_at = admission.Matched(groups=["apps"], resources=["deployments"])
    return admission.ValidatingAdmissionPolicy(
        metadata=Meta(name="digests"),
        spec=admission.AdmissionSpec(
            failure_policy="Fail", constraints=admission.Constraints(rules=[looked_at])
        ),
    )


def _kyverno() -> policies.KyvernoPolicy:
    looked_at = policies.Described(kinds=["serving.kserve.io/v1beta1/InferenceService"])
    rule = policies.KyvernoRule(
        name="approved",
        match=policies.Match(any=[policies.Filter(resources=looked_at)]),
        validate_=policies.Action(failure_action="Enforce"),
    )
    return policies.KyvernoPolicy(
        metadata=Meta(name="approved"), spec=policies.KyvernoSpec(rules=[rule])
    )


def _constraint() -> policies.Constraint:
    looked_at = policies.ConstraintKinds(groups=["apps"], kinds=["Deployment"])
    return policies.Constraint(
        kind="RequiredLabels",
        metadata=Meta(name="owner"),
        spec=policies.ConstraintSpec(match=policies.ConstraintMatch(kinds=[looked_at])),
    )


def _alert() -> monitoring.PrometheusRule:
    rule = monitoring.AlertRule(
        alert="ScoresDrift", expression="drift > 0.2", labels={"ai-system-id": "credit-risk"}
    )
    group = monitoring.RuleGroup(name="scores", rules=[rule])
    return monitoring.PrometheusRule(
        metadata=Meta(name="scores", namespace="prod"), spec=monitoring.RuleSpec(groups=[group])
    )


@dataclass
class ClusterEvidence:
    """A test breaks one record."""

    networks: list[boundaries.NetworkPolicy] = field(
        default_factory=lambda: [_network(space) for space in SPACES]
    )
    quotas: list[boundaries.ResourceQuota] = field(
        default_factory=lambda: [_quota(space) for space in SPACES]
    )
    own: admission.ValidatingAdmissionPolicy = field(default_factory=_own_policy)
    actions: list[str] = field(default_factory=lambda: ["Deny"])
    """Of the binding of the policy of Kubernetes itself."""
    kyverno: policies.KyvernoPolicy = field(default_factory=_kyverno)
    constraint: policies.Constraint = field(default_factory=_constraint)
    alert: monitoring.PrometheusRule = field(default_factory=_alert)

    def records(self) -> list[tuple[Kind, Sequence[Record]]]:
        binding = admission.ValidatingAdmissionPolicyBinding(
            metadata=Meta(name="digests"),
            spec=admission.BindingSpec(policy="digests", actions=self.actions),
        )
        return [
            (KINDS["network_policy"], self.networks),
            (KINDS["resource_quota"], self.quotas),
            (KINDS["validating_admission_policy"], [self.own]),
            (KINDS["validating_admission_policy_binding"], [binding]),
            (KINDS["kyverno_cluster_policy"], [self.kyverno]),
            (KINDS["constraint"], [self.constraint]),
            (KINDS["prometheus_rule"], [self.alert]),
        ]


def emergency() -> aws.ManagementEvent:
    return aws.ManagementEvent(
        event_id="night",
        event_name="UpdateEndpoint",
        event_source="sagemaker.amazonaws.com",
        event_time=EMERGENCY_AT,
        actor="arn:aws:sts::1:assumed-role/break-glass/ben",
        request={"endpointName": "credit-risk-canary"},
    )


def careless_cluster(company: "Company") -> None:
    gate = company.cluster
    gate.networks, gate.quotas = [], []
    gate.actions = ["Warn", "Audit"]
    assert gate.kyverno.spec is not None
    assert gate.constraint.spec is not None
    gate.kyverno.spec.rules[0].validate_ = None
    gate.constraint.spec.action = "dryrun"
    gate.alert.spec = None
    company.platform.alarm.threshold = None
    company.platform.schedule.constraints_uri = None
    company.papers["night-change"].approved_at = "2026-10-20"


CLUSTER_FAULTS: dict[str, "Callable[[Company], None]"] = dict.fromkeys(
    ("A.4.5-8", "A.4.5-9", "A.6.2.5-10", "A.6.2.5-11", "A.6.2.6-10"), careless_cluster
)
"""Rule -> what it has to notice."""
