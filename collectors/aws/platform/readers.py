"""All readers of what surrounds the models: logs, keys, images, alarms, clusters, data quality."""

from collections.abc import Callable
from datetime import datetime

from ...contract import Reader
from ..api import Api
from ..table import TableReader
from .alarms import AlarmReader
from .clusters import CLUSTERS, ClusterAccessReader
from .config_rules import ConfigRuleReader
from .data_quality import DataQualityReader
from .images import IMAGE_REPOSITORIES, IMAGES
from .keys import KEYS
from .log_groups import LOG_GROUPS
from .trails import TRAILS

KINDS = (
    TRAILS.kind,
    KEYS.kind,
    IMAGE_REPOSITORIES.kind,
    IMAGES.kind,
    LOG_GROUPS.kind,
    AlarmReader.kind,
    CLUSTERS.kind,
    ClusterAccessReader.kind,
    ConfigRuleReader.kind,
    DataQualityReader.kind,
)


def readers(api: Api, clock: Callable[[], datetime]) -> tuple[Reader, ...]:
    """In the order of `KINDS`."""
    return (
        TableReader(api, TRAILS),
        TableReader(api, KEYS),
        TableReader(api, IMAGE_REPOSITORIES),
        TableReader(api, IMAGES),
        TableReader(api, LOG_GROUPS),
        AlarmReader(api),
        TableReader(api, CLUSTERS),
        ClusterAccessReader(api),
        ConfigRuleReader(api),
        DataQualityReader(api, clock),
    )
