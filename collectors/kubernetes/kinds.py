"""All that is read of a Kubernetes cluster: one line for each kind. Never a Secret, never a
ConfigMap, never the value of an environment variable.

The records mirror the API's own nesting; what is not a field of theirs is dropped. To add a kind,
write its record beside its like and add a line here; `deploy/kubernetes/clusterrole.yaml` follows.
"""

from ..contract import Kind
from .access_rights import ACCOUNT_ROLES, Role, RoleBinding, ServiceAccount
from .admission import (
    ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyBinding,
    WebhookConfiguration,
)
from .boundaries import Namespace, NetworkPolicy, PodDisruptionBudget, ResourceQuota
from .delivery import Application, HelmRelease, Kustomization, tidy_application
from .meta import sorted_out
from .monitoring import RULE_NOTES, PrometheusRule, ServiceMonitor
from .policies import Constraint, ConstraintTemplate, KyvernoPolicy, PolicyReport, by_group
from .resource import Resource, state
from .serving import (
    InferenceGraph,
    InferenceService,
    LLMInferenceService,
    ServingRuntime,
    TrainedModel,
    tidy_language_model,
    tidy_service,
    tidy_trained,
)
from .training import Notebook, RayCluster, RayJob, RayService, TrainingJob, TrainJob
from .workloads import CronJob, DaemonSet, Deployment, Job, Pod, ReplicaSet, Rollout, StatefulSet

_KSERVE = "serving.kserve.io"
_RBAC = "rbac.authorization.k8s.io/v1"
_ADMISSION = "admissionregistration.k8s.io"
_REVISION = ("deployment.kubernetes.io/revision",)
_JOBS = "pytorchjobs tfjobs mpijobs xgboostjobs paddlejobs jaxjobs".split()  # noqa: SIM905 - a list of words reads better
_STATUS = ("status.conditions.lastTransitionTime", "status.observedGeneration")

RESOURCES: tuple[Resource, ...] = (
    state("namespace", Namespace, "namespaces", namespaced=False),
    state("deployment", Deployment, "deployments.apps/v1", volatile=["status"]),
    state("stateful_set", StatefulSet, "statefulsets.apps/v1", volatile=["status"]),
    state("daemon_set", DaemonSet, "daemonsets.apps/v1", volatile=["status"]),
    state(
        "replica_set",
        ReplicaSet,
        "replicasets.apps/v1",
        annotations=_REVISION,
        volatile=["status"],
    ),
    state("job", Job, "jobs.batch/v1", volatile=["status.active", "status.ready"]),
    state("cron_job", CronJob, "cronjobs.batch", volatile=["status"]),
    state("pod", Pod, "pods", volatile=["status.phase", "status.conditions"]),
    state(
        "inference_service",
        InferenceService,
        f"inferenceservices.{_KSERVE}",
        volatile=_STATUS,
        tidy=tidy_service,
    ),
    state("serving_runtime", ServingRuntime, f"servingruntimes.{_KSERVE}"),
    state(
        "cluster_serving_runtime",
        ServingRuntime,
        f"clusterservingruntimes.{_KSERVE}",
        namespaced=False,
    ),
    state("inference_graph", InferenceGraph, f"inferencegraphs.{_KSERVE}", volatile=["status"]),
    state(
        "trained_model",
        TrainedModel,
        f"trainedmodels.{_KSERVE}",
        volatile=["status"],
        tidy=tidy_trained,
    ),
    state(
        "llm_inference_service",
        LLMInferenceService,
        f"llminferenceservices.{_KSERVE}",
        volatile=_STATUS,
        tidy=tidy_language_model,
    ),
    state("role", Role, f"roles.{_RBAC}"),
    state("cluster_role", Role, f"clusterroles.{_RBAC}", namespaced=False),
    state("role_binding", RoleBinding, f"rolebindings.{_RBAC}"),
    state("cluster_role_binding", RoleBinding, f"clusterrolebindings.{_RBAC}", namespaced=False),
    state("service_account", ServiceAccount, "serviceaccounts", annotations=ACCOUNT_ROLES),
    state("network_policy", NetworkPolicy, "networkpolicies.networking.k8s.io/v1"),
    state("resource_quota", ResourceQuota, "resourcequotas", volatile=["status"]),
    state(
        "pod_disruption_budget",
        PodDisruptionBudget,
        "poddisruptionbudgets.policy",
        volatile=["status"],
    ),
    state(
        "validating_admission_policy",
        ValidatingAdmissionPolicy,
        f"validatingadmissionpolicies.{_ADMISSION}",
        namespaced=False,
        volatile=["status"],
    ),
    state(
        "validating_admission_policy_binding",
        ValidatingAdmissionPolicyBinding,
        f"validatingadmissionpolicybindings.{_ADMISSION}",
        namespaced=False,
    ),
    state(
        "validating_webhook_configuration",
        WebhookConfiguration,
        f"validatingwebhookconfigurations.{_ADMISSION}/v1",
        namespaced=False,
        volatile=["webhooks.clientConfig.caBundle"],
    ),
    state(
        "mutating_webhook_configuration",
        WebhookConfiguration,
        f"mutatingwebhookconfigurations.{_ADMISSION}/v1",
        namespaced=False,
        volatile=["webhooks.clientConfig.caBundle"],
    ),
    state("kyverno_policy", KyvernoPolicy, "policies.kyverno.io", volatile=_STATUS),
    state(
        "kyverno_cluster_policy",
        KyvernoPolicy,
        "clusterpolicies.kyverno.io",
        namespaced=False,
        volatile=_STATUS,
    ),
    state(
        "constraint_template",
        ConstraintTemplate,
        "constrainttemplates.templates.gatekeeper.sh",
        namespaced=False,
        volatile=["status.byPod"],
    ),
    state(
        "constraint",
        Constraint,
        "*.constraints.gatekeeper.sh",
        namespaced=False,
        subject=sorted_out,
        volatile=["status.auditTimestamp", "status.byPod", "status.violations"],
    ),
    state(
        "policy_report",
        PolicyReport,
        "policyreports.wgpolicyk8s.io",
        "reports.openreports.io",
        subject=by_group,
        volatile=["results.timestamp"],
    ),
    state(
        "cluster_policy_report",
        PolicyReport,
        "clusterpolicyreports.wgpolicyk8s.io",
        "clusterreports.openreports.io",
        namespaced=False,
        subject=by_group,
        volatile=["results.timestamp"],
    ),
    state("rollout", Rollout, "rollouts.argoproj.io", volatile=["status.conditions"]),
    state(
        "application",
        Application,
        "applications.argoproj.io",
        volatile=["status.reconciledAt", "status.operationState", "status.resources"],
        tidy=tidy_application,
    ),
    state(
        "kustomization",
        Kustomization,
        "kustomizations.kustomize.toolkit.fluxcd.io",
        volatile=_STATUS,
    ),
    state("helm_release", HelmRelease, "helmreleases.helm.toolkit.fluxcd.io", volatile=_STATUS),
    state("service_monitor", ServiceMonitor, "servicemonitors.monitoring.coreos.com"),
    state(
        "prometheus_rule",
        PrometheusRule,
        "prometheusrules.monitoring.coreos.com",
        guarded={"spec.groups.rules.annotations": RULE_NOTES},
    ),
    state("ray_cluster", RayCluster, "rayclusters.ray.io", volatile=["status"]),
    state("ray_job", RayJob, "rayjobs.ray.io", volatile=["status.message"]),
    state("ray_service", RayService, "rayservices.ray.io", volatile=["status"]),
    state(
        "training_job",
        TrainingJob,
        *(f"{plural}.kubeflow.org" for plural in _JOBS),
        subject=sorted_out,
        volatile=["status.lastReconcileTime", "status.replicaStatuses", *_STATUS],
    ),
    state("train_job", TrainJob, "trainjobs.trainer.kubeflow.org", volatile=_STATUS),
    state("notebook", Notebook, "notebooks.kubeflow.org", volatile=["status"]),
)

KINDS: dict[str, Kind] = {
    resource.kind.name.partition(".")[2]: resource.kind for resource in RESOURCES
}
"""Short name -> kind: ``deployment``."""
