"""All readers of SageMaker."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...contract import Reader
from ..api import Api
from ..jobs import JobReader, Jobs
from ..several import SeveralReader
from ..table import Table, TableReader
from .endpoint_configs import ENDPOINT_CONFIGS
from .endpoints import ENDPOINTS
from .feature_groups import FEATURE_GROUPS
from .inference_components import INFERENCE_COMPONENTS
from .labeling_jobs import LABELING_JOBS
from .lineage import ACTIONS, ARTIFACTS, ASSOCIATIONS, CONTEXTS, LINEAGE_NODE
from .model_cards import MODEL_CARDS
from .model_package_groups import MODEL_PACKAGE_GROUPS
from .model_packages import ModelPackageReader
from .models import MODELS
from .monitoring import MONITORING_EXECUTIONS, MONITORING_SCHEDULES
from .monitoring_definitions import MONITORING_DEFINITION, MONITORING_DEFINITIONS
from .pipeline_executions import PIPELINE_EXECUTIONS
from .pipelines import PIPELINES
from .processing_jobs import PROCESSING_JOBS
from .training_jobs import TRAINING_JOBS
from .transform_jobs import TRANSFORM_JOBS

TABLES: tuple[Table[Any], ...] = (
    ENDPOINTS,
    ENDPOINT_CONFIGS,
    INFERENCE_COMPONENTS,
    MODELS,
    MODEL_PACKAGE_GROUPS,
    MODEL_CARDS,
    PIPELINES,
    FEATURE_GROUPS,
    MONITORING_SCHEDULES,
    ASSOCIATIONS,
)
JOBS: tuple[Jobs[Any], ...] = (
    TRAINING_JOBS,
    PROCESSING_JOBS,
    TRANSFORM_JOBS,
    LABELING_JOBS,
    PIPELINE_EXECUTIONS,
    MONITORING_EXECUTIONS,
)
NODES: tuple[tuple[str, Table[Any]], ...] = (
    ("artifacts", ARTIFACTS),
    ("actions", ACTIONS),
    ("contexts", CONTEXTS),
)
KINDS = (
    ModelPackageReader.kind,
    *(table.kind for table in TABLES),
    MONITORING_DEFINITION,
    LINEAGE_NODE,
    *(jobs.kind for jobs in JOBS),
)


def readers(api: Api, clock: Callable[[], datetime]) -> tuple[Reader, ...]:
    """In the order of `KINDS`."""
    return (
        ModelPackageReader(api),
        *(TableReader(api, table) for table in TABLES),
        SeveralReader([(what, TableReader(api, t)) for what, t in MONITORING_DEFINITIONS]),
        SeveralReader([(what, TableReader(api, table)) for what, table in NODES]),
        *(JobReader(api, jobs, clock) for jobs in JOBS),
    )
