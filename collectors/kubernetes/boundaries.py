"""What keeps workloads apart and alive: namespaces, networks, quotas, disruption budgets."""

import msgspec

from ..contract import Record
from .meta import Meta, Selector


class Namespace(Record):
    metadata: Meta


class Block(Record):
    cidr: str | None = None
    except_: list[str] = msgspec.field(name="except", default_factory=list)


class Peer(Record):
    pods: Selector | None = msgspec.field(name="podSelector", default=None)
    namespaces: Selector | None = msgspec.field(name="namespaceSelector", default=None)
    block: Block | None = msgspec.field(name="ipBlock", default=None)


class Port(Record):
    port: int | str | None = None
    protocol: str | None = None
    last: int | None = msgspec.field(name="endPort", default=None)


class Ingress(Record):
    peers: list[Peer] = msgspec.field(name="from", default_factory=list)
    """Empty: from everywhere."""
    ports: list[Port] = []


class Egress(Record):
    peers: list[Peer] = msgspec.field(name="to", default_factory=list)
    """Empty: to everywhere."""
    ports: list[Port] = []


class NetworkSpec(Record):
    pods: Selector | None = msgspec.field(name="podSelector", default=None)
    """Empty: all of the namespace."""
    ingress: list[Ingress] = []
    egress: list[Egress] = []
    types: list[str] = msgspec.field(name="policyTypes", default_factory=list)
    """``Ingress`` or ``Egress`` without a rule of its kind: nothing passes."""


class NetworkPolicy(Record):
    metadata: Meta
    spec: NetworkSpec | None = None


class QuotaSpec(Record):
    hard: dict[str, int | str] = {}
    scopes: list[str] = []


class ResourceQuota(Record):
    metadata: Meta
    spec: QuotaSpec | None = None


class BudgetSpec(Record):
    min_available: int | str | None = msgspec.field(name="minAvailable", default=None)
    max_unavailable: int | str | None = msgspec.field(name="maxUnavailable", default=None)
    selector: Selector | None = None


class PodDisruptionBudget(Record):
    metadata: Meta
    spec: BudgetSpec | None = None
