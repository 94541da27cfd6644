"""EKS clusters: which logs they write and who may enter them."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from ...contract import Call, Check, Kind, Page, Record, Skip
from ..api import Answer, Api
from ..listing import CAMEL, Listing, Walk
from ..parts import Look, fan_out
from ..table import Details, Table, Vanished


class Cluster(Record):
    """eks:ListClusters, DescribeCluster."""

    name: str
    arn: str
    status: str | None = None
    version: str | None = None
    created_at: datetime | None = None
    role_arn: str | None = None
    authentication_mode: str | None = None
    log_types: list[str] = []
    """Of the control plane that go to CloudWatch, sorted: ``api``, ``audit``, ``authenticator``."""
    is_public: bool | None = None
    public_cidrs: list[str] = []
    secrets_key_arn: str | None = None
    tags: dict[str, str | None] = {}


class AccessPolicy(Record):
    arn: str
    scope: str | None = None
    namespaces: list[str] = []


class ClusterAccess(Record):
    """eks:ListAccessEntries, DescribeAccessEntry, ListAssociatedAccessPolicies."""

    cluster: str
    principal_arn: str
    username: str | None = None
    type: str | None = None
    groups: list[str] = []
    policies: list[AccessPolicy] = []
    created_at: datetime | None = None


CLUSTER = Kind(
    name="aws.cluster",
    record=Cluster,
    subject=lambda r: r.name,
    guarded={"tags": ()},
    permission="eks:ListClusters, eks:DescribeCluster",
    cross_check="none: EKS has one order only",
)


CLUSTER_ACCESS = Kind(
    name="aws.cluster_access",
    record=ClusterAccess,
    subject=lambda r: f"{r.cluster}/{r.principal_arn}",
    permission="eks:ListClusters, eks:DescribeCluster, eks:ListAccessEntries, "
    "eks:DescribeAccessEntry, eks:ListAssociatedAccessPolicies",
    cross_check="none: EKS has one order only",
)


class _Vpc(msgspec.Struct, rename="camel"):
    endpoint_public_access: bool | None = None
    public_access_cidrs: list[str] = []


class _LogSetup(msgspec.Struct):
    types: list[str] = []
    enabled: bool = False


class _Logging(msgspec.Struct, rename="camel"):
    cluster_logging: list[_LogSetup] = []


class _Access(msgspec.Struct, rename="camel"):
    authentication_mode: str | None = None


class _Provider(msgspec.Struct, rename="camel"):
    key_arn: str | None = None


class _Encryption(msgspec.Struct):
    resources: list[str] = []
    provider: _Provider = msgspec.field(default_factory=_Provider)


class _Found(msgspec.Struct, rename="camel"):
    name: str
    arn: str
    status: str | None = None
    version: str | None = None
    created_at: datetime | None = None
    role_arn: str | None = None
    resources_vpc_config: _Vpc = msgspec.field(default_factory=_Vpc)
    logging: _Logging = msgspec.field(default_factory=_Logging)
    access_config: _Access = msgspec.field(default_factory=_Access)
    encryption_config: list[_Encryption] = []
    tags: dict[str, str] = {}


class _Described(Answer, kw_only=True):
    cluster: _Found = msgspec.field(name="cluster")


class _Entry(msgspec.Struct, rename="camel"):
    principal_arn: str
    username: str | None = None
    type: str | None = None
    kubernetes_groups: list[str] = []
    created_at: datetime | None = None


class _DescribedEntry(Answer, kw_only=True):
    access_entry: _Entry = msgspec.field(name="accessEntry")


class _Scope(msgspec.Struct):
    type: str | None = None
    namespaces: list[str] = []


class _Policy(msgspec.Struct, rename="camel"):
    policy_arn: str
    access_scope: _Scope = msgspec.field(default_factory=_Scope)


_CLUSTERS = Listing(
    operation="eks:ListClusters", items="clusters", item=str, name=lambda name: name, naming=CAMEL
)
_ENTRIES = Listing(
    operation="eks:ListAccessEntries",
    items="accessEntries",
    item=str,
    name=lambda arn: arn,
    naming=CAMEL,
)
_POLICIES = Listing(
    operation="eks:ListAssociatedAccessPolicies",
    items="associatedAccessPolicies",
    item=_Policy,
    name=lambda policy: policy.policy_arn,
    naming=CAMEL,
)


def _describe(details: Details, name: str) -> _Found | None:
    answer = details.main("eks:DescribeCluster", _Described, {"name": name})
    return None if answer is None else answer.cluster


def _cluster(details: Details, name: str) -> Cluster | None:
    found = _describe(details, name)
    if found is None:
        return None
    enabled = {kind for one in found.logging.cluster_logging if one.enabled for kind in one.types}
    keys = [one.provider.key_arn for one in found.encryption_config if "secrets" in one.resources]
    return Cluster(
        name=found.name,
        arn=found.arn,
        status=found.status,
        version=found.version,
        created_at=found.created_at,
        role_arn=found.role_arn,
        authentication_mode=found.access_config.authentication_mode,
        log_types=sorted(enabled),
        is_public=found.resources_vpc_config.endpoint_public_access,
        public_cidrs=found.resources_vpc_config.public_access_cidrs,
        secrets_key_arn=keys[0] if keys else None,
        tags=dict(found.tags),
    )


CLUSTERS = Table(kind=CLUSTER, what="cluster", listing=_CLUSTERS, record=_cluster)


class ClusterAccessReader:
    """Access entries of every cluster that has them; others keep a ConfigMap in the cluster."""

    kind = CLUSTER_ACCESS

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        skips: list[Skip] = []

        def listed() -> Iterator[tuple[str, str]]:
            for page in Walk(self._api, call, _CLUSTERS).pages("Ascending"):
                for cluster in page.items:
                    details = Details(self._api, call, "cluster", cluster)
                    for principal in self._principals(details, cluster):
                        yield cluster, principal
                    skips.extend(details.parts.skips)

        def look(entry: tuple[str, str]) -> Look:
            details = Details(self._api, call, "access entry", "/".join(entry))
            try:
                return Look(_entry(details, *entry), details.parts)
            except Vanished:
                return Look(None, details.parts)

        yield from fan_out(call, listed(), look, threads=self._api.settings.threads)
        yield from skips

    def _principals(self, details: Details, cluster: str) -> list[str]:
        try:
            found = _describe(details, cluster)
        except Vanished:
            return []
        if found is None or found.access_config.authentication_mode == "CONFIG_MAP":
            return []
        return details.all_of(_ENTRIES, {"clusterName": cluster}) or []


def _entry(details: Details, cluster: str, principal: str) -> ClusterAccess | None:
    wanted = {"clusterName": cluster, "principalArn": principal}
    answer = details.main("eks:DescribeAccessEntry", _DescribedEntry, wanted)
    if answer is None:
        return None
    found = answer.access_entry
    policies = details.all_of(_POLICIES, wanted) or []
    return ClusterAccess(
        cluster=cluster,
        principal_arn=found.principal_arn,
        username=found.username,
        type=found.type,
        groups=sorted(found.kubernetes_groups),
        created_at=found.created_at,
        policies=[
            AccessPolicy(
                arn=one.policy_arn,
                scope=one.access_scope.type,
                namespaces=sorted(one.access_scope.namespaces),
            )
            for one in policies
        ],
    )
