"""``archive:`` in ``annexa.yaml``, and the place that it or ``--to`` names."""

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field, field_validator, model_validator

from ..exporters.errors import ArchiveError
from .errors import ConfigError
from .timing import duration, utc_now

if TYPE_CHECKING:
    from ..exporters.archive.store import Store
    from .s3_store import S3Store

_S3 = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[\w!.*'()/-]*))?"
)


class ArchiveSettings(BaseModel, extra="forbid", frozen=True):
    """Where the ledger's copy goes, and for how long nobody may delete it."""

    to: Annotated[str, Field(min_length=1)]
    """A folder, or ``s3://bucket/prefix``."""
    retain: str | None = None
    """How long each object is locked from the moment that it is written, such as ``3650d``. Nobody
    can take it back, the account's owner included."""
    without_lock: bool = False
    """Take a bucket that cannot lock."""
    every: str | None = None
    """How often ``annexa run`` archives; it does not when left out."""
    region: str | None = None
    profile: str | None = None
    """Of the AWS configuration files; it may name a role."""
    endpoint_url: str | None = None

    @field_validator("retain", "every")
    @classmethod
    def _is_duration(cls, value: str | None) -> str | None:
        if value is not None:
            duration(value)
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> "ArchiveSettings":
        if self.to.startswith("s3:") and not _S3.fullmatch(self.to):
            raise ValueError("no address of a bucket; write s3://bucket/prefix")
        if self.retain and (self.without_lock or not self.to.startswith("s3:")):
            raise ValueError("retain needs a bucket with Object Lock; leave it out here")
        return self


def open_to_read(settings: ArchiveSettings, folder: Path) -> "Store":
    """The archive's place.

    Args:
        folder: That relative paths count from.

    Raises:
        ArchiveError: There is nothing there, or it does not answer.
    """
    match = _S3.fullmatch(settings.to)
    if match:
        return _s3(settings, match["bucket"], match["prefix"] or "", None)
    from ..exporters.archive.folder import FolderStore

    return FolderStore(folder / Path(settings.to).expanduser())


def open_to_write(settings: ArchiveSettings, folder: Path) -> "Store":
    """The same, and it is certain that what is put there is locked, or need not be.

    Raises:
        ArchiveError: A bucket without Object Lock.
        ConfigError: Nobody said for how long it is locked.
    """
    match = _S3.fullmatch(settings.to)
    if not match:
        return open_to_read(settings, folder)
    retain = duration(settings.retain) if settings.retain else None
    if retain is None and not settings.without_lock:
        raise ConfigError(
            "archive: retain",
            "it is not said how long the archive is locked, and a lock cannot be taken back",
            remedy="write retain: 3650d or --retain 3650d, or --without-lock",
        )
    store = _s3(settings, match["bucket"], match["prefix"] or "", retain)
    if retain is not None and not store.is_lockable():
        raise ArchiveError(
            store.where,
            "has no Object Lock: what is put there could be deleted or overwritten",
            remedy="make a bucket with Object Lock (aws s3api create-bucket "
            "--object-lock-enabled-for-bucket), or add --without-lock",
        )
    return store


def _s3(settings: ArchiveSettings, bucket: str, prefix: str, retain: timedelta | None) -> "S3Store":
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise ArchiveError(
            settings.to, "needs boto3", remedy="pip install 'annexa[aws]'"
        ) from error
    from ..collectors.aws.errors import from_botocore
    from .s3_store import S3Store

    try:
        session = boto3.session.Session(profile_name=settings.profile, region_name=settings.region)
        client = session.client(
            "s3",
            endpoint_url=settings.endpoint_url,
            config=Config(
                retries={"mode": "standard", "total_max_attempts": 5}, user_agent_extra="annexa"
            ),
        )
    except BotoCoreError as error:
        found = from_botocore(settings.to, "s3", error, offered=lambda: True)
        raise ArchiveError(found.where, found.problem, remedy=found.remedy) from error
    return S3Store(client, bucket, prefix, retain=retain, clock=utc_now)
