"""All readers of Bedrock."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...contract import Reader
from ..api import Api
from ..jobs import JobReader, Jobs
from ..table import Table, TableReader
from .agents import AGENTS
from .custom_models import CUSTOM_MODELS
from .customization_jobs import CUSTOMIZATION_JOBS
from .evaluation_jobs import EVALUATION_JOBS
from .foundation_models import FOUNDATION_MODELS
from .guardrails import GUARDRAILS
from .imported_models import IMPORTED_MODELS
from .inference_profiles import INFERENCE_PROFILES
from .invocation_logging import INVOCATION_LOGGING, InvocationLoggingReader
from .knowledge_bases import KNOWLEDGE_BASES
from .provisioned_throughput import PROVISIONED_THROUGHPUTS

TABLES: tuple[Table[Any], ...] = (
    FOUNDATION_MODELS,
    CUSTOM_MODELS,
    IMPORTED_MODELS,
    PROVISIONED_THROUGHPUTS,
    INFERENCE_PROFILES,
    GUARDRAILS,
    AGENTS,
    KNOWLEDGE_BASES,
)
JOBS: tuple[Jobs[Any], ...] = (CUSTOMIZATION_JOBS, EVALUATION_JOBS)
KINDS = (
    INVOCATION_LOGGING,
    *(table.kind for table in TABLES),
    *(jobs.kind for jobs in JOBS),
)


def readers(api: Api, clock: Callable[[], datetime]) -> tuple[Reader, ...]:
    """In the order of `KINDS`."""
    return (
        InvocationLoggingReader(api),
        *(TableReader(api, table) for table in TABLES),
        *(JobReader(api, jobs, clock) for jobs in JOBS),
    )
