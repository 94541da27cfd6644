"""What a source's credentials may do beyond what is needed, as well as the platform tells."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..collectors import registry
from ..collectors.aws.settings import AwsSettings
from ..collectors.contract import Call, Identity
from ..collectors.errors import CollectionError
from ..collectors.kubernetes.access import KubernetesSettings
from .permissions import cluster_reads
from .sources import Source

_OPEN = "anybody may write and delete: the server has no auth app"
_ADMINISTRATOR = "write and delete: MLflow has no administrator who may only read"


@dataclass(frozen=True, kw_only=True)
class Excess:
    found: tuple[str, ...] = ()
    unknown: str | None = None
    """Why nobody can say; then ``found`` is empty and means nothing."""


def excess_of(source: Source, identity: Identity, call: Call) -> Excess:
    """Ask the platform. Nothing is changed there, and nothing is stored."""
    settings = source.settings
    try:
        if isinstance(settings, KubernetesSettings):
            return Excess(found=tuple(_kubernetes(source, settings, call)))
        if isinstance(settings, AwsSettings):
            from ..collectors.aws.excess import excess

            return Excess(found=tuple(excess(settings, call, identity.caller)))
    except CollectionError as error:
        return Excess(unknown=f"{error.problem}; {error.remedy}")
    if source.platform == "mlflow":
        return Excess(found=_mlflow(identity))
    return Excess(unknown="this platform does not tell")


def _kubernetes(source: Source, settings: KubernetesSettings, call: Call) -> Sequence[str]:
    from ..collectors.kubernetes.excess import excess

    kinds = [
        kind for kind in registry.load(source.platform).kinds if kind.name in source.kind_names
    ]
    reads = cluster_reads(kinds, limited=True if settings.namespaces else None)
    needed = {(one.group, one.plural, one.verb) for one in reads}
    return excess(settings, call, needed)


def _mlflow(identity: Identity) -> tuple[str, ...]:
    if identity.sees_everything is None:
        return (_OPEN,)
    return (_ADMINISTRATOR,) if identity.sees_everything else ()
