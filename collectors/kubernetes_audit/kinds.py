"""What is kept of a Kubernetes audit event: who changed which object, when, and with what result.

Source: kubernetes.io, ``audit.k8s.io/v1``. Of each request only its end is kept (the stage
``ResponseComplete``), and only of requests that change something or open a way into a container.
Bodies of requests and answers, addresses of callers, user agents and what an authenticator adds
about a user are dropped.
"""

from datetime import datetime

from ..contract import Kind, Record

ANNOTATIONS = ("authorization.k8s.io/decision", "authorization.k8s.io/reason")
WATCHED = (
    "inferenceservices.serving.kserve.io",
    "servingruntimes.serving.kserve.io",
    "clusterservingruntimes.serving.kserve.io",
    "inferencegraphs.serving.kserve.io",
    "trainedmodels.serving.kserve.io",
    "llminferenceservices.serving.kserve.io",
    "deployments.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "cronjobs.batch",
    "pods",
    "rollouts.argoproj.io",
    "applications.argoproj.io",
    "kustomizations.kustomize.toolkit.fluxcd.io",
    "helmreleases.helm.toolkit.fluxcd.io",
    "namespaces",
    "networkpolicies.networking.k8s.io",
    "resourcequotas",
    "serviceaccounts",
    "roles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "validatingadmissionpolicies.admissionregistration.k8s.io",
    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
)
"""``plural.group``: what serves models, who may change it, and what guards that."""


class User(Record):
    username: str
    groups: list[str] = []


class Event(Record):
    id: str
    """``auditID``, the same in the file and over the webhook."""
    verb: str
    """``create``, ``update``, ``patch``, ``delete``, ``deletecollection``; for a way into a
    container also ``get``."""
    resource: str
    """The plural."""
    user: User
    completed_at: datetime
    level: str | None = None
    """How much the audit policy records: ``Metadata``, ``Request``, ``RequestResponse``."""
    group: str | None = None
    """Of the API; null: the core group."""
    subresource: str | None = None
    namespace: str | None = None
    name: str | None = None
    """Null for a whole collection."""
    cluster: str | None = None
    """The source that reads this cluster's objects, as the settings name it."""
    impersonated: User | None = None
    """As whom the user acted."""
    code: int | None = None
    """HTTP status."""
    received_at: datetime | None = None
    dry_run: bool | None = None
    annotations: dict[str, str | None] = {}


EVENT = Kind(
    name="kubernetes_audit.event",
    record=Event,
    mode="event",
    subject=lambda event: event.id,
    happened_at=lambda event: event.completed_at,
    guarded={"annotations": ANNOTATIONS},
    permission="read on the audit log and the files that it is rotated into; none for the webhook",
    cross_check=(
        "files: what was read last is there again, whatever it is called now; webhook: numbers of "
        "the batches without gaps; what the API server itself dropped shows nowhere"
    ),
)
