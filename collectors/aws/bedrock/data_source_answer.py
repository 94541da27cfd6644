"""bedrock:GetDataSource: its answer's shape, and the record that is made of it."""

from datetime import datetime

import msgspec

from ...contract import Record
from ..sagemaker.containers import plain
from .answer import CamelAnswer


class DataSource(Record):
    id: str
    name: str | None = None
    status: str | None = None
    type: str | None = None
    """``S3``, ``WEB``, ``CONFLUENCE``, ``SHAREPOINT``, ``SALESFORCE`` …"""
    locations: list[str] = []
    """URIs, without user names, passwords and queries."""
    bucket_owner: str | None = None
    """Account of another owner's bucket."""
    kms_key_arn: str | None = None
    deletion_policy: str | None = None
    """What becomes of the vectors: ``RETAIN``, ``DELETE``."""
    created_at: datetime | None = None
    updated_at: datetime | None = None


class _S3(msgspec.Struct, rename="camel"):
    bucket_arn: str
    inclusion_prefixes: list[str] = []
    bucket_owner_account_id: str | None = None


class _Seed(msgspec.Struct, rename="camel"):
    url: str | None = None


class _Urls(msgspec.Struct, rename="camel"):
    seed_urls: list[_Seed] = []


class _Site(msgspec.Struct, rename="camel"):
    """Of the web, Confluence, Salesforce and SharePoint: the fields of all."""

    url_configuration: _Urls | None = None
    host_url: str | None = None
    site_urls: list[str] = []


class _Reached(msgspec.Struct, rename="camel"):
    source_configuration: _Site | None = None


class _Config(msgspec.Struct):
    type: str | None = msgspec.field(name="type", default=None)
    s3: _S3 | None = msgspec.field(name="s3Configuration", default=None)
    web: _Reached | None = msgspec.field(name="webConfiguration", default=None)
    confluence: _Reached | None = msgspec.field(name="confluenceConfiguration", default=None)
    salesforce: _Reached | None = msgspec.field(name="salesforceConfiguration", default=None)
    sharepoint: _Reached | None = msgspec.field(name="sharePointConfiguration", default=None)


class _Encryption(msgspec.Struct, rename="camel"):
    kms_key_arn: str | None = None


class _Source(msgspec.Struct, rename="camel", kw_only=True):
    data_source_id: str
    name: str | None = None
    status: str | None = None
    data_source_configuration: _Config
    server_side_encryption_configuration: _Encryption | None = None
    data_deletion_policy: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class DataSourceAnswer(CamelAnswer, kw_only=True):
    data_source: _Source


def data_source(answer: DataSourceAnswer) -> DataSource:
    found = answer.data_source
    config, encryption = found.data_source_configuration, found.server_side_encryption_configuration
    return DataSource(
        id=found.data_source_id,
        name=found.name,
        status=found.status,
        type=config.type,
        locations=[where for one in _locations(config) if (where := plain(one))],
        bucket_owner=config.s3.bucket_owner_account_id if config.s3 else None,
        kms_key_arn=encryption.kms_key_arn if encryption else None,
        deletion_policy=found.data_deletion_policy,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )


def _locations(config: _Config) -> list[str]:
    if config.s3 is not None:
        bucket = config.s3.bucket_arn.rpartition(":")[2]
        return [f"s3://{bucket}/{prefix}" for prefix in config.s3.inclusion_prefixes or [""]]
    found: list[str] = []
    for reached in (config.web, config.confluence, config.salesforce, config.sharepoint):
        site = (reached and reached.source_configuration) or _Site()
        found += [seed.url for seed in (site.url_configuration or _Urls()).seed_urls if seed.url]
        found += [*([site.host_url] if site.host_url else []), *site.site_urls]
    return found
