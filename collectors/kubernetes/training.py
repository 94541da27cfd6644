"""Where models are made and tried: Ray and Kubeflow. Entry points may hold secrets: never read."""

from datetime import datetime

import msgspec

from ..contract import Record
from .meta import Condition, Meta, Named
from .workloads import PodTemplate


class RayGroup(Record):
    name: str | None = msgspec.field(name="groupName", default=None)
    replicas: int | None = None
    template: PodTemplate | None = None


class RaySpec(Record):
    version: str | None = msgspec.field(name="rayVersion", default=None)
    head: RayGroup | None = msgspec.field(name="headGroupSpec", default=None)
    workers: list[RayGroup] = msgspec.field(name="workerGroupSpecs", default_factory=list)


class RayCluster(Record):
    metadata: Meta
    spec: RaySpec | None = None


class RayJobSpec(Record):
    cluster: RaySpec | None = msgspec.field(name="rayClusterSpec", default=None)
    suspend: bool | None = None


class RayJobStatus(Record):
    status: str | None = msgspec.field(name="jobStatus", default=None)
    started_at: datetime | None = msgspec.field(name="startTime", default=None)
    ended_at: datetime | None = msgspec.field(name="endTime", default=None)


class RayJob(Record):
    metadata: Meta
    spec: RayJobSpec | None = None
    status: RayJobStatus | None = None


class RayServiceSpec(Record):
    cluster: RaySpec | None = msgspec.field(name="rayClusterConfig", default=None)


class RayService(Record):
    metadata: Meta
    spec: RayServiceSpec | None = None


class Replicas(Record):
    replicas: int | None = None
    template: PodTemplate | None = None


class TrainingSpec(Record):
    """Role (``Master``, ``Worker`` …) -> its pods; one field for each sort of job."""

    pytorch: dict[str, Replicas] = msgspec.field(name="pytorchReplicaSpecs", default_factory=dict)
    tensorflow: dict[str, Replicas] = msgspec.field(name="tfReplicaSpecs", default_factory=dict)
    mpi: dict[str, Replicas] = msgspec.field(name="mpiReplicaSpecs", default_factory=dict)
    xgboost: dict[str, Replicas] = msgspec.field(name="xgbReplicaSpecs", default_factory=dict)
    paddle: dict[str, Replicas] = msgspec.field(name="paddleReplicaSpecs", default_factory=dict)
    jax: dict[str, Replicas] = msgspec.field(name="jaxReplicaSpecs", default_factory=dict)


class TrainingStatus(Record):
    started_at: datetime | None = msgspec.field(name="startTime", default=None)
    completed_at: datetime | None = msgspec.field(name="completionTime", default=None)
    conditions: list[Condition] = []


class TrainingJob(Record):
    """A job of Kubeflow's training operator."""

    kind: str
    metadata: Meta
    spec: TrainingSpec | None = None
    status: TrainingStatus | None = None


class Trainer(Record):
    image: str | None = None
    nodes: int | None = msgspec.field(name="numNodes", default=None)


class TrainSpec(Record):
    runtime: Named | None = msgspec.field(name="runtimeRef", default=None)
    trainer: Trainer | None = None
    suspend: bool | None = None


class TrainStatus(Record):
    conditions: list[Condition] = []


class TrainJob(Record):
    """A job of Kubeflow Trainer, which follows the training operator."""

    metadata: Meta
    spec: TrainSpec | None = None
    status: TrainStatus | None = None


class NotebookSpec(Record):
    template: PodTemplate | None = None


class Notebook(Record):
    metadata: Meta
    spec: NotebookSpec | None = None
