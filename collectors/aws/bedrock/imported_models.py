"""Models that were trained elsewhere and imported into Bedrock.

Source: bedrock:ListImportedModels, GetImportedModel, ListTagsForResource.
"""

from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..listing import CAMEL, Listing
from ..sagemaker.containers import plain
from ..table import Details, Table
from .answer import CamelAnswer
from .tags import tags


class ImportedModel(Record):
    """bedrock:GetImportedModel, ListTagsForResource."""

    name: str
    arn: str
    created_at: datetime | None = None
    architecture: str | None = None
    job_arn: str | None = None
    source_uri: str | None = None
    kms_key_arn: str | None = None
    tags: dict[str, str | None] = {}


IMPORTED_MODEL = Kind(
    name="aws.bedrock_imported_model",
    record=ImportedModel,
    subject=lambda r: r.arn,
    guarded={"tags": ()},
    permission="bedrock:ListImportedModels, bedrock:GetImportedModel, bedrock:ListTagsForResource",
    cross_check="a second listing in the opposite sort order has the same ARNs",
)


class _Listed(msgspec.Struct, rename="camel"):
    model_arn: str
    model_name: str
    creation_time: datetime | None = None
    model_architecture: str | None = None


class _S3(msgspec.Struct, rename="camel"):
    s3_uri: str | None = None


class _Source(msgspec.Struct):
    s3: _S3 | None = msgspec.field(name="s3DataSource", default=None)


class _Model(CamelAnswer, kw_only=True):
    model_arn: str
    job_arn: str | None = None
    model_data_source: _Source | None = None
    model_kms_key_arn: str | None = None


def _record(details: Details, listed: _Listed) -> ImportedModel:
    record = ImportedModel(
        name=listed.model_name,
        arn=listed.model_arn,
        created_at=listed.creation_time,
        architecture=listed.model_architecture,
    )
    model = details.main("bedrock:GetImportedModel", _Model, {"modelIdentifier": listed.model_arn})
    if model is not None:
        source = model.model_data_source
        record.job_arn = model.job_arn
        record.source_uri = plain(source.s3.s3_uri) if source and source.s3 else None
        record.kms_key_arn = model.model_kms_key_arn
    record.tags = tags(details, listed.model_arn)
    return record


IMPORTED_MODELS = Table(
    kind=IMPORTED_MODEL,
    what="imported model",
    listing=Listing(
        operation="bedrock:ListImportedModels",
        items="modelSummaries",
        item=_Listed,
        name=lambda item: item.model_arn,
        made=lambda item: item.creation_time,
        naming=CAMEL,
        sort_by="CreationTime",
    ),
    record=_record,
)
