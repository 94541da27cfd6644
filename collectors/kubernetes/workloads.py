"""What runs: workloads, the rollouts behind them, and the images that their pods really use.

Of a container the name, the image and the *names* of its environment variables are kept; never
their values, nor commands and arguments.

Pods are read because nothing else tells the digest that runs (``imageID``); an image reference
without a digest only tells a wish. Listing them shows no more than listing the workloads does:
the same specifications. Logs, exec and port-forward are other rights, which are not asked for.
"""

from datetime import datetime

import msgspec

from ..contract import Record
from .meta import Meta, Selector


class EnvName(Record):
    name: str


class Resources(Record):
    limits: dict[str, int | str] = {}
    """``nvidia.com/gpu`` -> ``1``."""
    requests: dict[str, int | str] = {}


class Container(Record):
    name: str | None = None
    image: str | None = None
    env: list[EnvName] = []
    """Names only."""
    resources: Resources | None = None


class PodSpec(Record):
    containers: list[Container] = []
    init_containers: list[Container] = msgspec.field(name="initContainers", default_factory=list)
    service_account_name: str | None = msgspec.field(name="serviceAccountName", default=None)


class PodTemplate(Record):
    spec: PodSpec | None = None


class WorkloadSpec(Record):
    replicas: int | None = None
    template: PodTemplate | None = None


class Deployment(Record):
    metadata: Meta
    spec: WorkloadSpec | None = None


class StatefulSet(Record):
    metadata: Meta
    spec: WorkloadSpec | None = None


class DaemonSet(Record):
    metadata: Meta
    spec: WorkloadSpec | None = None


class ReplicaSet(Record):
    """One rollout of a Deployment, its owner; the annotation ``deployment.kubernetes.io/revision``
    numbers them. As many are kept as the Deployment's ``revisionHistoryLimit`` says."""

    metadata: Meta
    spec: WorkloadSpec | None = None


class JobSpec(Record):
    template: PodTemplate | None = None
    parallelism: int | None = None
    completions: int | None = None
    suspend: bool | None = None


class JobStatus(Record):
    start_time: datetime | None = msgspec.field(name="startTime", default=None)
    completion_time: datetime | None = msgspec.field(name="completionTime", default=None)
    succeeded: int | None = None
    failed: int | None = None


class Job(Record):
    metadata: Meta
    spec: JobSpec | None = None
    status: JobStatus | None = None


class JobTemplate(Record):
    spec: JobSpec | None = None


class CronJobSpec(Record):
    schedule: str | None = None
    time_zone: str | None = msgspec.field(name="timeZone", default=None)
    suspend: bool | None = None
    concurrency_policy: str | None = msgspec.field(name="concurrencyPolicy", default=None)
    job_template: JobTemplate | None = msgspec.field(name="jobTemplate", default=None)


class CronJob(Record):
    metadata: Meta
    spec: CronJobSpec | None = None


class RunningContainer(Record):
    name: str
    image: str | None = None
    image_id: str | None = msgspec.field(name="imageID", default=None)
    """With the digest that runs: ``registry/name@sha256:…``."""


class PodStatus(Record):
    containers: list[RunningContainer] = msgspec.field(
        name="containerStatuses", default_factory=list
    )
    init_containers: list[RunningContainer] = msgspec.field(
        name="initContainerStatuses", default_factory=list
    )


class Pod(Record):
    metadata: Meta
    spec: PodSpec | None = None
    status: PodStatus | None = None


class Canary(Record):
    max_surge: int | str | None = msgspec.field(name="maxSurge", default=None)


class BlueGreen(Record):
    auto_promotion: bool | None = msgspec.field(name="autoPromotionEnabled", default=None)


class Strategy(Record):
    """Which of the two there is."""

    canary: Canary | None = None
    blue_green: BlueGreen | None = msgspec.field(name="blueGreen", default=None)


class WorkloadRef(Record):
    kind: str | None = None
    name: str | None = None


class RolloutSpec(Record):
    replicas: int | None = None
    template: PodTemplate | None = None
    workload: WorkloadRef | None = msgspec.field(name="workloadRef", default=None)
    selector: Selector | None = None
    strategy: Strategy | None = None


class RolloutStatus(Record):
    phase: str | None = None
    abort: bool | None = None
    stable: str | None = msgspec.field(name="stableRS", default=None)
    current: str | None = msgspec.field(name="currentPodHash", default=None)


class Rollout(Record):
    """Argo Rollouts: a Deployment that goes live in steps."""

    metadata: Meta
    spec: RolloutSpec | None = None
    status: RolloutStatus | None = None
