"""Who may do what: roles, bindings, the accounts of programs.

Together they give every effective grant: a ClusterRole that is put together from others
(``aggregationRule``) holds the resulting rules itself.
"""

import msgspec

from ..contract import Record
from .meta import Meta

ACCOUNT_ROLES = (
    "eks.amazonaws.com/role-arn",
    "iam.gke.io/gcp-service-account",
    "azure.workload.identity/client-id",
)
"""Annotations that say which cloud identity an account has."""


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


class ServiceAccount(Record):
    metadata: Meta
    automount: bool | None = msgspec.field(name="automountServiceAccountToken", default=None)
