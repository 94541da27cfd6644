"""An AWS source in ``annexa.yaml``: one account, one region."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from ..contract import Settings

EVENT_SOURCES = (
    "sagemaker.amazonaws.com",
    "bedrock.amazonaws.com",
    "bedrock-agent.amazonaws.com",
    "s3.amazonaws.com",
    "iam.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "ecr.amazonaws.com",
)


class AwsSettings(Settings, extra="forbid", frozen=True):
    """Credentials come from where the AWS tools take them: environment, profile, attached role."""

    region: Annotated[str, Field(pattern=r"^[a-z]{2,}(-[a-z]+)+-\d+$")]
    profile: str | None = None
    """Of the AWS configuration files; what the environment says when left out."""
    role_arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/\S+$")] | None = None
    """Assumed with the credentials above; renewed before it expires."""
    external_id: str | None = None
    """That the role's trust policy asks for."""
    endpoint_url: str | None = None
    """For all services: a VPC endpoint, or a test server."""
    threads: Annotated[int, Field(ge=1, le=64)] = 16
    """Requests at a time for details of many objects."""
    event_sources: tuple[str, ...] | None = EVENT_SOURCES
    """Services whose management events are kept; ``null`` keeps all."""
    lookup_rate_per_s: Annotated[float, Field(gt=0)] = 2.0
    """cloudtrail:LookupEvents a second; AWS allows 2 per account and region."""

    @field_validator("endpoint_url")
    @classmethod
    def _is_plain(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("Expected an http or https address")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("Expected an address without user name, query or fragment")
        return url.rstrip("/")
