"""What the API server lets in: validating policies and webhooks of Kubernetes itself."""

import msgspec

from ..contract import Record
from .meta import Meta, Selector


class Matched(Record):
    groups: list[str] = msgspec.field(name="apiGroups", default_factory=list)
    versions: list[str] = msgspec.field(name="apiVersions", default_factory=list)
    operations: list[str] = []
    resources: list[str] = []
    scope: str | None = None


class Constraints(Record):
    rules: list[Matched] = msgspec.field(name="resourceRules", default_factory=list)
    namespaces: Selector | None = msgspec.field(name="namespaceSelector", default=None)
    objects: Selector | None = msgspec.field(name="objectSelector", default=None)


class Validation(Record):
    expression: str
    message: str | None = None
    reason: str | None = None


class ParamKind(Record):
    api_version: str | None = msgspec.field(name="apiVersion", default=None)
    kind: str | None = None


class AdmissionSpec(Record):
    failure_policy: str | None = msgspec.field(name="failurePolicy", default=None)
    constraints: Constraints | None = msgspec.field(name="matchConstraints", default=None)
    validations: list[Validation] = []
    param_kind: ParamKind | None = msgspec.field(name="paramKind", default=None)


class ValidatingAdmissionPolicy(Record):
    metadata: Meta
    spec: AdmissionSpec | None = None


class BindingSpec(Record):
    policy: str | None = msgspec.field(name="policyName", default=None)
    actions: list[str] = msgspec.field(name="validationActions", default_factory=list)
    """``Deny``, ``Warn``, ``Audit``."""
    matched: Constraints | None = msgspec.field(name="matchResources", default=None)


class ValidatingAdmissionPolicyBinding(Record):
    """Without one, a policy does nothing."""

    metadata: Meta
    spec: BindingSpec | None = None


class Service(Record):
    name: str | None = None
    namespace: str | None = None
    path: str | None = None


class Client(Record):
    service: Service | None = None
    """None: somewhere outside the cluster."""


class Webhook(Record):
    name: str
    failure_policy: str | None = msgspec.field(name="failurePolicy", default=None)
    """``Ignore``: when it is down, everything passes."""
    rules: list[Matched] = []
    namespaces: Selector | None = msgspec.field(name="namespaceSelector", default=None)
    objects: Selector | None = msgspec.field(name="objectSelector", default=None)
    client: Client | None = msgspec.field(name="clientConfig", default=None)
    side_effects: str | None = msgspec.field(name="sideEffects", default=None)
    timeout_s: int | None = msgspec.field(name="timeoutSeconds", default=None)


class WebhookConfiguration(Record):
    """Validating or mutating."""

    metadata: Meta
    webhooks: list[Webhook] = []
