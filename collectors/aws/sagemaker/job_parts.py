"""What the answers about SageMaker's jobs have in common."""

import msgspec

RUNNING = frozenset({"Initializing", "InProgress", "Pending", "Stopping", "Deleting"})
"""States from which a job comes to another one."""


class Vpc(msgspec.Struct, rename="pascal"):
    subnets: list[str] = []


class Experiment(msgspec.Struct, rename="pascal"):
    experiment_name: str | None = None
    trial_name: str | None = None
