"""All readers of SageMaker."""

from collections.abc import Callable
from datetime import datetime

from ...contract import Reader
from ..api import Api
from ..table import TableReader
from .endpoint_configs import ENDPOINT_CONFIGS
from .endpoints import ENDPOINTS
from .model_cards import MODEL_CARDS
from .model_package_groups import MODEL_PACKAGE_GROUPS
from .model_packages import ModelPackageReader
from .models import MODELS

TABLES = (ENDPOINTS, ENDPOINT_CONFIGS, MODELS, MODEL_PACKAGE_GROUPS, MODEL_CARDS)
KINDS = (ModelPackageReader.kind, *(table.kind for table in TABLES))


def readers(api: Api, clock: Callable[[], datetime]) -> tuple[Reader, ...]:
    """In the order of `KINDS`."""
    return (ModelPackageReader(api), *(TableReader(api, table) for table in TABLES))
