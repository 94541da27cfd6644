"""A bucket and a prefix as other collectors' sources name them, and the session to read it with."""

import os

from pydantic import BaseModel, Field

from ..contract import Settings
from .settings import AwsSettings


class S3Prefix(BaseModel, extra="forbid", frozen=True):
    """Credentials come from where the AWS tools take them."""

    bucket: str = Field(pattern=r"^[a-zA-Z0-9._-]{3,255}$")
    prefix: str = ""
    region: str | None = Field(default=None, pattern=r"^[a-z]{2,}(-[a-z]+)+-\d+$")
    """Of the environment, else us-east-1, when left out."""
    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    endpoint_url: str | None = None
    threads: int = Field(default=16, ge=1, le=64)

    @property
    def begins_with(self) -> str:
        """What all keys begin with: empty, or with a slash at the end."""
        inside = self.prefix.strip("/")
        return f"{inside}/" if inside else ""

    def session(self, source: Settings) -> AwsSettings:
        """The settings of the requests of ``source``."""
        region = self.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        return AwsSettings(
            id=source.id,
            region=region or "us-east-1",
            timeout_s=source.timeout_s,
            **self.model_dump(exclude={"bucket", "prefix", "region"}),
        )


def short_form(value: object) -> object:
    """``bucket/prefix`` or ``s3://bucket/prefix`` as the mapping that it stands for."""
    if not isinstance(value, str):
        return value
    bucket, _, prefix = value.removeprefix("s3://").partition("/")
    return {"bucket": bucket, "prefix": prefix}
