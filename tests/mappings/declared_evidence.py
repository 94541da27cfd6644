"""The manifests of the small company: what runs, as it is declared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from annexa.collectors.kubernetes import serving
from annexa.collectors.kubernetes import workloads as running
from annexa.collectors.kubernetes.meta import Meta
from annexa.collectors.manifests.kinds import Object

if TYPE_CHECKING:
    from .planting import Company

CLUSTER = "kubernetes/eu-1"


@dataclass
class DeclaredEvidence:
    """A test says what is declared otherwise than it runs."""

    without: set[str] = field(default_factory=set)
    also: list[str] = field(default_factory=list)
    nowhere: list[str] = field(default_factory=list)
    """Declared without a namespace."""
    images: dict[str, str] = field(default_factory=dict)

    def objects(
        self, services: Sequence[serving.InferenceService], workloads: Sequence[running.Deployment]
    ) -> list[Object]:
        made = [
            *(_object("InferenceService", one.metadata, uri=_uri(one)) for one in services),
            *(_object("Deployment", one.metadata, images=_images(one)) for one in workloads),
            *(_object("Deployment", Meta(name=name, namespace="web")) for name in self.also),
        ]
        for one in made:
            if (image := self.images.get(one.metadata.name)) is not None:
                one.images = [image]
        kept = [one for one in made if one.metadata.name not in self.without]
        return [*kept, *(_object("Deployment", Meta(name=name)) for name in self.nowhere)]


def _object(kind: str, meta: Meta, *, images: Sequence[str] = (), uri: str | None = None) -> Object:
    return Object(
        path=f"{meta.name}.yaml",
        document=1,
        kind=kind,
        cluster=CLUSTER,
        metadata=Meta(name=meta.name, namespace=meta.namespace, labels=meta.labels),
        images=list(images),
        model_uri=uri,
    )


def _uri(one: serving.InferenceService) -> str | None:
    predictor = one.spec.predictor if one.spec else None
    return predictor.model.storage_uri if predictor and predictor.model else None


def _images(one: running.Deployment) -> list[str]:
    spec = one.spec.template.spec if one.spec and one.spec.template else None
    return [c.image for c in spec.containers if c.image] if spec else []


def by_hand(company: "Company") -> None:
    """One workload was made, one deleted and one changed without its manifest."""
    company.declared.without.add("credit-web")
    company.declared.also.append("batch-scorer")
    company.declared.images["credit-risk"] = "registry.example/other@sha256:11"


DECLARED_FAULTS: dict[str, Callable[["Company"], None]] = dict.fromkeys(
    ("A.6.2.5-7", "A.6.2.5-8", "A.6.2.5-9"), by_hand
)
