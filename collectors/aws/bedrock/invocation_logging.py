"""Whether Bedrock writes down what its models are asked and answer, in this region.

Source: bedrock:GetModelInvocationLoggingConfiguration. Never the log itself.
"""

from collections.abc import Iterator

import msgspec

from ...contract import Call, Check, Kind, Page, Record, Skip
from ..api import Api
from .answer import CamelAnswer


class InvocationLogging(Record):
    """bedrock:GetModelInvocationLoggingConfiguration. A region without a configuration has a record
    that says so."""

    region: str
    configured: bool
    log_group: str | None = None
    log_role_arn: str | None = None
    bucket: str | None = None
    prefix: str | None = None
    large_data_bucket: str | None = None
    text: bool | None = None
    images: bool | None = None
    embeddings: bool | None = None
    video: bool | None = None
    audio: bool | None = None


INVOCATION_LOGGING = Kind(
    name="aws.bedrock_invocation_logging",
    record=InvocationLogging,
    subject=lambda r: r.region,
    permission="bedrock:GetModelInvocationLoggingConfiguration",
    cross_check="none: a single answer",
)


class _Bucket(msgspec.Struct, rename="camel"):
    bucket_name: str | None = None
    key_prefix: str | None = None


class _CloudWatch(msgspec.Struct):
    log_group_name: str | None = msgspec.field(name="logGroupName", default=None)
    role_arn: str | None = msgspec.field(name="roleArn", default=None)
    large: _Bucket | None = msgspec.field(name="largeDataDeliveryS3Config", default=None)


class _Config(msgspec.Struct):
    cloud_watch: _CloudWatch | None = msgspec.field(name="cloudWatchConfig", default=None)
    s3: _Bucket | None = msgspec.field(name="s3Config", default=None)
    text: bool | None = msgspec.field(name="textDataDeliveryEnabled", default=None)
    images: bool | None = msgspec.field(name="imageDataDeliveryEnabled", default=None)
    embeddings: bool | None = msgspec.field(name="embeddingDataDeliveryEnabled", default=None)
    video: bool | None = msgspec.field(name="videoDataDeliveryEnabled", default=None)
    audio: bool | None = msgspec.field(name="audioDataDeliveryEnabled", default=None)


class _Answer(CamelAnswer, kw_only=True):
    logging_config: _Config | None = None


class InvocationLoggingReader:
    kind = INVOCATION_LOGGING

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        said = self._api.ask(call, "bedrock:GetModelInvocationLoggingConfiguration", _Answer)
        yield Page(records=[_record(self._api.settings.region, said.logging_config)])


def _record(region: str, config: _Config | None) -> InvocationLogging:
    if config is None:
        return InvocationLogging(region=region, configured=False)
    cloud_watch, bucket = config.cloud_watch or _CloudWatch(), config.s3 or _Bucket()
    return InvocationLogging(
        region=region,
        configured=bool(cloud_watch.log_group_name or bucket.bucket_name),
        log_group=cloud_watch.log_group_name,
        log_role_arn=cloud_watch.role_arn,
        bucket=bucket.bucket_name,
        prefix=bucket.key_prefix,
        large_data_bucket=cloud_watch.large.bucket_name if cloud_watch.large else None,
        text=config.text,
        images=config.images,
        embeddings=config.embeddings,
        video=config.video,
        audio=config.audio,
    )
