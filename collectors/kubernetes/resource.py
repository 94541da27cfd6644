"""How a kind of a cluster is declared: its record, and where the API lists it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ..contract import Kind, Record
from .meta import named

CHECK = "one resourceVersion over all pages and remainingItemCount down to none"
VOLATILE = ("metadata.resourceVersion", "metadata.generation", "metadata.managedFields")
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True)
class Target:
    """One list of the API."""

    plural: str
    """``*``: every resource of the group."""
    group: str = ""
    """Empty: the core group."""
    version: str | None = None
    """None: what the server prefers of those that it serves."""

    @classmethod
    def of(cls, text: str) -> "Target":
        """``plural``, ``plural.group`` or ``plural.group/version``."""
        place, _, version = text.partition("/")
        plural, _, group = place.partition(".")
        return cls(plural, group, version or (None if group else "v1"))

    @property
    def qualified(self) -> str:
        """As RBAC and its users say it: ``deployments.apps``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str | None) -> str:
        """Of the list, once the version is known; in all namespaces when ``namespace`` is None."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        inside = f"/namespaces/{quote(namespace)}" if namespace is not None else ""
        return f"{root}{inside}/{self.plural}"


@dataclass(frozen=True)
class Resource:
    kind: Kind
    targets: Sequence[Target]
    """Lists of different objects: all that the server has are read."""
    namespaced: bool
    tidy: Callable[[Any], None] | None
    """Takes out of a record, in place, what no allow-list of fields can: secrets in a URL."""

    @property
    def is_required(self) -> bool:
        """Every cluster has it, so that its absence says that this is not a cluster."""
        return all(target.version is not None for target in self.targets)


def state(
    name: str,
    record: type[Record],
    *targets: str,
    namespaced: bool = True,
    subject: Callable[[Any], str] = named,
    annotations: Sequence[str] = (),
    guarded: Mapping[str, Sequence[str]] | None = None,
    volatile: Sequence[str] = (),
    tidy: Callable[[Any], None] | None = None,
) -> Resource:
    """Declare a kind of state.

    Args:
        targets: As in `Target.of`. A version is given only where every server has it.
        annotations: Those whose values are kept, whatever the conventions say.
        guarded: Further maps of which only some values are kept.
        volatile: Further fields that change without meaning.
    """
    found = [Target.of(target) for target in targets]
    kind = Kind(
        name=f"kubernetes.{name}",
        record=record,
        subject=subject,
        guarded={"metadata.annotations": annotations, **(guarded or {})},
        volatile=(*VOLATILE, *volatile),
        permission=", ".join(f"list on {target.qualified}" for target in found),
        cross_check=CHECK,
    )
    return Resource(kind, found, namespaced, tidy)


def without_applied(record: Any) -> None:
    """Drop kubectl's copy of the whole object, secrets and all, even if somebody wished to keep
    that annotation."""
    record.metadata.annotations.pop(_APPLIED, None)
