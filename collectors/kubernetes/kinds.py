"""What is kept of a Kubernetes cluster: the served objects, who may do what; never a Secret,
never the value of an environment variable.

The records mirror the API's own nesting. Left out of all of them, because they change without
meaning: ``resourceVersion``, ``generation``, ``managedFields``, ``status`` conditions' times.
"""

from datetime import datetime

import msgspec

from ..contract import Kind, Record

CHECK = "one resourceVersion over all pages and remainingItemCount down to none"


class Meta(Record):
    name: str
    namespace: str | None = None
    uid: str | None = None
    creation_timestamp: datetime | None = msgspec.field(name="creationTimestamp", default=None)
    labels: dict[str, str | None] = {}
    annotations: dict[str, str | None] = {}


class EnvName(Record):
    name: str


class Container(Record):
    name: str | None = None
    image: str | None = None
    env: list[EnvName] = []
    """Names only."""


class PodSpec(Record):
    containers: list[Container] = []
    service_account_name: str | None = msgspec.field(name="serviceAccountName", default=None)


class PodTemplate(Record):
    spec: PodSpec | None = None


class WorkloadSpec(Record):
    replicas: int | None = None
    template: PodTemplate | None = None


class Deployment(Record):
    metadata: Meta
    spec: WorkloadSpec | None = None


class ModelFormat(Record):
    name: str | None = None


class ModelSpec(Record):
    model_format: ModelFormat | None = msgspec.field(name="modelFormat", default=None)
    storage_uri: str | None = msgspec.field(name="storageUri", default=None)
    uri: str | None = None
    runtime: str | None = None


class Logger(Record):
    mode: str | None = None
    url: str | None = None


class Predictor(Record):
    model: ModelSpec | None = None
    containers: list[Container] = []
    logger: Logger | None = None
    service_account_name: str | None = msgspec.field(name="serviceAccountName", default=None)
    canary_traffic_percent: int | None = msgspec.field(name="canaryTrafficPercent", default=None)


class InferenceSpec(Record):
    predictor: Predictor | None = None


class InferenceService(Record):
    metadata: Meta
    spec: InferenceSpec | None = None


class Namespace(Record):
    metadata: Meta


class PolicyRule(Record):
    verbs: list[str] = []
    api_groups: list[str] = msgspec.field(name="apiGroups", default_factory=list)
    resources: list[str] = []
    resource_names: list[str] = msgspec.field(name="resourceNames", default_factory=list)
    non_resource_urls: list[str] = msgspec.field(name="nonResourceURLs", default_factory=list)


class Role(Record):
    """Role (with a namespace) or ClusterRole (without)."""

    metadata: Meta
    rules: list[PolicyRule] | None = None


class RoleRef(Record):
    kind: str
    name: str


class Subject(Record):
    kind: str
    name: str
    namespace: str | None = None


class RoleBinding(Record):
    """RoleBinding (with a namespace) or ClusterRoleBinding (without)."""

    metadata: Meta
    role_ref: RoleRef = msgspec.field(name="roleRef")
    subjects: list[Subject] | None = None


def _named(record: Deployment | InferenceService | Namespace | Role | RoleBinding) -> str:
    meta = record.metadata
    return f"{meta.namespace}/{meta.name}" if meta.namespace else meta.name


def _kind(name: str, record: type[Record], resource: str) -> Kind:
    return Kind(
        name=f"kubernetes.{name}",
        record=record,
        subject=_named,
        guarded={"metadata.annotations": ()},
        permission=f"list on {resource}",
        cross_check=CHECK,
    )


DEPLOYMENT = _kind("deployment", Deployment, "deployments.apps")
INFERENCE_SERVICE = _kind(
    "inference_service", InferenceService, "inferenceservices.serving.kserve.io"
)
NAMESPACE = _kind("namespace", Namespace, "namespaces")
ROLE = _kind("role", Role, "roles.rbac.authorization.k8s.io")
CLUSTER_ROLE = _kind("cluster_role", Role, "clusterroles.rbac.authorization.k8s.io")
ROLE_BINDING = _kind("role_binding", RoleBinding, "rolebindings.rbac.authorization.k8s.io")
CLUSTER_ROLE_BINDING = _kind(
    "cluster_role_binding", RoleBinding, "clusterrolebindings.rbac.authorization.k8s.io"
)
