"""What brings changes into a cluster, and when it last did: Argo CD and Flux.

Values that they hand to charts are never read; addresses of repositories lose passwords."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from ..contract import Record
from .meta import Condition, Meta, Named, address


class Source(Record):
    repository: str | None = msgspec.field(name="repoURL", default=None)
    path: str | None = None
    chart: str | None = None
    revision: str | None = msgspec.field(name="targetRevision", default=None)


class Destination(Record):
    server: str | None = None
    name: str | None = None
    namespace: str | None = None


class Automated(Record):
    prune: bool | None = None
    self_heal: bool | None = msgspec.field(name="selfHeal", default=None)


class SyncPolicy(Record):
    automated: Automated | None = None


class ApplicationSpec(Record):
    project: str | None = None
    source: Source | None = None
    sources: list[Source] = []
    destination: Destination | None = None
    sync_policy: SyncPolicy | None = msgspec.field(name="syncPolicy", default=None)


class Initiator(Record):
    username: str | None = None
    automated: bool | None = None


class Deployed(Record):
    id: int | None = None
    revision: str | None = None
    revisions: list[str] = []
    deployed_at: datetime | None = msgspec.field(name="deployedAt", default=None)
    initiated_by: Initiator | None = msgspec.field(name="initiatedBy", default=None)
    source: Source | None = None
    sources: list[Source] = []


class Synced(Record):
    status: str | None = None
    """``OutOfSync``: what runs is not what the repository says."""
    revision: str | None = None
    revisions: list[str] = []


class Health(Record):
    status: str | None = None


class Images(Record):
    images: list[str] = []


class ApplicationStatus(Record):
    history: list[Deployed] = []
    """The newest ten, unless the application says otherwise."""
    sync: Synced | None = None
    health: Health | None = None
    summary: Images | None = None


class Application(Record):
    """Argo CD."""

    metadata: Meta
    spec: ApplicationSpec | None = None
    status: ApplicationStatus | None = None


class KustomizationSpec(Record):
    path: str | None = None
    source: Named | None = msgspec.field(name="sourceRef", default=None)
    prune: bool | None = None
    suspend: bool | None = None
    target: str | None = msgspec.field(name="targetNamespace", default=None)


class KustomizationStatus(Record):
    applied: str | None = msgspec.field(name="lastAppliedRevision", default=None)
    attempted: str | None = msgspec.field(name="lastAttemptedRevision", default=None)
    conditions: list[Condition] = []


class Kustomization(Record):
    """Flux."""

    metadata: Meta
    spec: KustomizationSpec | None = None
    status: KustomizationStatus | None = None


class ChartSpec(Record):
    chart: str | None = None
    version: str | None = None
    source: Named | None = msgspec.field(name="sourceRef", default=None)


class Chart(Record):
    spec: ChartSpec | None = None


class ReleaseSpec(Record):
    chart: Chart | None = None
    chart_ref: Named | None = msgspec.field(name="chartRef", default=None)
    suspend: bool | None = None
    target: str | None = msgspec.field(name="targetNamespace", default=None)


class Released(Record):
    chart: str | None = msgspec.field(name="chartName", default=None)
    chart_version: str | None = msgspec.field(name="chartVersion", default=None)
    app_version: str | None = msgspec.field(name="appVersion", default=None)
    version: int | None = None
    status: str | None = None
    digest: str | None = None
    deployed_at: datetime | None = msgspec.field(name="lastDeployed", default=None)


class ReleaseStatus(Record):
    history: list[Released] = []
    attempted: str | None = msgspec.field(name="lastAttemptedRevision", default=None)
    conditions: list[Condition] = []


class HelmRelease(Record):
    """Flux."""

    metadata: Meta
    spec: ReleaseSpec | None = None
    status: ReleaseStatus | None = None


def tidy_application(record: Any) -> None:
    for source in _sources(record):
        source.repository = address(source.repository)


def _sources(record: Any) -> Iterator[Source]:
    places = [record.spec, *(record.status.history if record.status else ())]
    for place in places:
        if place is not None:
            yield from place.sources
            if place.source is not None:
                yield place.source
