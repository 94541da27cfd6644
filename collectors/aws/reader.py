"""Reads one account and region of AWS.

Permissions: ``deploy/aws/policy.json``, read-only. Stability: beta.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Literal

from ..contract import Call, Identity, Kind, Reader, Settings
from . import kinds
from .access import readers as access
from .account import AccountReader, identity
from .api import Api
from .bedrock import readers as bedrock
from .buckets import BucketReader
from .management_events import ManagementEventReader
from .object_versions import ObjectVersionReader
from .platform import readers as platform
from .sagemaker import readers as sagemaker
from .scope import AccountRegionReader
from .settings import AwsSettings

__all__ = ["Aws", "AwsSettings"]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Aws:
    """All kinds are read from every region, also where a service is not offered: the receipt then
    says ``unsupported``."""

    name: ClassVar[str] = "aws"
    version: ClassVar[str] = "1"
    stability: ClassVar[Literal["alpha", "beta", "stable"]] = "beta"
    settings: ClassVar[type[Settings]] = AwsSettings
    kinds: ClassVar[tuple[Kind, ...]] = (
        kinds.ACCOUNT,
        AccountRegionReader.kind,
        *sagemaker.KINDS,
        *bedrock.KINDS,
        kinds.BUCKET,
        ObjectVersionReader.kind,
        *access.KINDS,
        *platform.KINDS,
        kinds.MANAGEMENT_EVENT,
    )

    def __init__(self, settings: AwsSettings, clock: Callable[[], datetime] = utc_now) -> None:
        self._api = Api(settings)
        self._clock = clock

    def identity(self, call: Call) -> Identity:
        """See `contract.Collector.identity`."""
        return identity(self._api, call)

    def readers(self) -> Sequence[Reader]:
        """See `contract.Collector.readers`."""
        return (
            AccountReader(self._api),
            AccountRegionReader(self._api),
            *sagemaker.readers(self._api, self._clock),
            *bedrock.readers(self._api, self._clock),
            BucketReader(self._api),
            ObjectVersionReader(self._api),
            *access.readers(self._api),
            *platform.readers(self._api, self._clock),
            ManagementEventReader(self._api, self._clock),
        )
