"""An AWS source in ``annexa.yaml``: one account and region, or an entry that spreads over many."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

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


_TRAIL_LOGS = (
    r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9!_.*'()/-]+/)?AWSLogs(/o-[a-z0-9]{10,32})?$"
)
_OBJECTS = r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^\x00-\x1f*]+$"
AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]
Region = Annotated[str, Field(pattern=r"^[a-z]{2,}(-[a-z]+)+-\d+$")]


class AwsSettings(Settings, extra="forbid", frozen=True):
    """Credentials come from where the AWS tools take them: environment, profile, attached role.

    With ``accounts`` or ``regions`` the entry stands for a source for each of them,
    ``aws/<account>/<region>``, and reads itself only which accounts and regions there are.
    """

    region: Region
    """Where the account's global services are read (IAM, the list of buckets); the first of
    ``regions`` when left out."""
    accounts: (
        Annotated[tuple[AccountId, ...], Field(min_length=1)] | Literal["organization"] | None
    ) = None
    """``organization``: all active accounts, found with organizations:ListAccounts."""
    role_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_+=,.@/-]+$")] | None = None
    """Assumed in each account."""
    own_account: AccountId | None = None
    """The account that the credentials belong to: there no role is assumed."""
    kinds_of_each: tuple[str, ...] | None = None
    """Made from ``kinds`` in the source that reads which accounts and regions there are."""
    regions: Annotated[tuple[Region, ...], Field(min_length=1)] | Literal["enabled"] | None = None
    """``enabled``: all that an account has enabled, found with ec2:DescribeRegions."""
    profile: str | None = None
    """Of the AWS configuration files; what the environment says when left out."""
    role_arn: Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/\S+$")] | None = None
    """Assumed with the credentials above; renewed before it expires. With ``accounts``: to list the
    organisation's accounts only."""
    external_id: str | None = None
    """That the role's trust policy asks for."""
    endpoint_url: str | None = None
    """For all services: a VPC endpoint, or a test server."""
    threads: Annotated[int, Field(ge=1, le=64)] = 16
    """Requests at a time for details of many objects."""
    bucket_details: tuple[str, ...] | None = None
    """Name patterns (``models-*``) of the buckets whose settings are read, seven requests each;
    all when left out. The others are listed all the same."""
    objects: tuple[Annotated[str, Field(pattern=_OBJECTS)], ...] = ()
    """``s3://bucket/prefix`` of buckets of this account: every version of the objects below is
    recorded (``aws.object_version``), never what is in them."""
    event_sources: tuple[str, ...] | None = EVENT_SOURCES
    """Services whose management events are kept; ``null`` keeps all."""
    lookup_rate_per_s: Annotated[float, Field(gt=0)] = 2.0
    """cloudtrail:LookupEvents a second; AWS allows 2 per account and region."""

    trail_logs: Annotated[str, Field(pattern=_TRAIL_LOGS)] | None = None
    """``s3://bucket/prefix/AWSLogs``, or with the organisation's id behind it: read management
    events from the trail's log files there, not with cloudtrail:LookupEvents. Both have the same
    ids. Needs s3:ListBucket and s3:GetObject on that prefix, kms:Decrypt if a key encrypts them,
    and cloudtrail:ListPublicKeys."""
    trail_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """How far back the first run goes in the log files."""

    @property
    def listed_buckets(self) -> frozenset[str]:
        """ARNs of the buckets whose objects are listed by name."""
        from .spread import partition_of

        buckets = {address.split("/")[2] for address in self.objects}
        return frozenset(f"arn:{partition_of(self.region)}:s3:::{bucket}" for bucket in buckets)

    @property
    def discovers(self) -> str | None:
        """See `contract.Settings.discovers`."""
        is_open = self.accounts == "organization" or self.regions == "enabled"
        return "aws.account_region" if is_open else None

    @property
    def discovered_kinds(self) -> tuple[str, ...] | None:
        """See `contract.Settings.discovered_kinds`."""
        return self.kinds_of_each

    def spread(self, found: Iterable[bytes] = ()) -> "Sequence[Settings]":
        """See `contract.Settings.spread`."""
        from .spread import spread

        return spread(self, found)

    @model_validator(mode="before")
    @classmethod
    def _has_a_home(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and "region" not in raw:
            regions = raw.get("regions")
            if isinstance(regions, list | tuple) and regions:
                return {**raw, "region": regions[0]}
        return raw

    @model_validator(mode="after")
    def _fits_together(self) -> "AwsSettings":
        if isinstance(self.regions, tuple) and self.region not in self.regions:
            raise ValueError("region is not one of regions; add it there, or leave it out")
        if self.accounts is None and (self.role_name or self.own_account):
            raise ValueError("role_name and own_account need accounts")
        foreign = self.accounts is not None and self.accounts != (self.own_account,)
        if foreign and self.role_name is None:
            raise ValueError("accounts needs role_name, the role to assume in each of them")
        return self

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
