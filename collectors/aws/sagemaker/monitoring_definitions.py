"""What SageMaker Model Monitor looks for: the four types of job definitions. One never changes.

Source: sagemaker:List…JobDefinitions, Describe…JobDefinition, ListTags.
"""

from datetime import datetime
from typing import Any

import msgspec

from ...contract import Kind, Record
from ..api import Answer
from ..listing import Listing
from ..table import Details, Table
from .containers import names, plain
from .job_parts import Vpc


class MonitoringDefinition(Record):
    """sagemaker:Describe(DataQuality|ModelQuality|ModelBias|ModelExplainability)JobDefinition."""

    name: str
    arn: str
    type: str
    """``DataQuality``, ``ModelQuality``, ``ModelBias``, ``ModelExplainability``."""
    created_at: datetime | None = None
    endpoint: str | None = None
    captured_uri: str | None = None
    """Of a batch transform's captured data."""
    image: str | None = None
    config_uri: str | None = None
    """Of the bias or explainability analysis."""
    problem_type: str | None = None
    constraints_uri: str | None = None
    statistics_uri: str | None = None
    baselining_job: str | None = None
    ground_truth_uri: str | None = None
    output_uris: list[str] = []
    output_kms_key_id: str | None = None
    role_arn: str | None = None
    in_vpc: bool | None = None
    network_isolation: bool | None = None
    environment_names: list[str] = []
    tags: dict[str, str | None] = {}


TYPES = ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")

MONITORING_DEFINITION = Kind(
    name="aws.monitoring_definition",
    record=MonitoringDefinition,
    subject=lambda r: f"{r.type}/{r.name}",
    guarded={"tags": ()},
    permission=", ".join(
        [
            *(f"sagemaker:List{kind}JobDefinitions" for kind in TYPES),
            *(f"sagemaker:Describe{kind}JobDefinition" for kind in TYPES),
            "sagemaker:ListTags",
        ]
    ),
    cross_check="a second listing of each type in the opposite sort order has the same names",
)


class _Listed(msgspec.Struct, rename="pascal"):
    monitoring_job_definition_name: str
    monitoring_job_definition_arn: str
    creation_time: datetime | None = None
    endpoint_name: str | None = None


class _File(msgspec.Struct):
    uri: str | None = msgspec.field(name="S3Uri", default=None)


class _Baseline(msgspec.Struct, rename="pascal"):
    baselining_job_name: str | None = None
    constraints_resource: _File | None = None
    statistics_resource: _File | None = None


class _Application(msgspec.Struct, rename="pascal"):
    image_uri: str | None = None
    config_uri: str | None = None
    problem_type: str | None = None
    environment: dict[str, object] | None = None


class _Captured(msgspec.Struct):
    uri: str | None = msgspec.field(name="DataCapturedDestinationS3Uri", default=None)


class _Input(msgspec.Struct):
    batch: _Captured | None = msgspec.field(name="BatchTransformInput", default=None)
    truth: _File | None = msgspec.field(name="GroundTruthS3Input", default=None)


class _Place(msgspec.Struct):
    s3: _File | None = msgspec.field(name="S3Output", default=None)


class _Output(msgspec.Struct, rename="pascal"):
    monitoring_outputs: list[_Place] = []
    kms_key_id: str | None = None


class _Network(msgspec.Struct, rename="pascal"):
    enable_network_isolation: bool | None = None
    vpc_config: Vpc | None = None


class _Definition(Answer, kw_only=True):
    """Of one type: the fields that begin with the type's name have another name in each."""

    job_definition_name: str
    baseline: _Baseline | None = None
    application: _Application
    input: _Input
    output: _Output
    network_config: _Network | None = None
    role_arn: str | None = None


def _shape(kind: str) -> type[_Definition]:
    shape: Any = msgspec.defstruct(
        f"{kind}Definition",
        [
            (
                "baseline",
                _Baseline | None,
                msgspec.field(name=f"{kind}BaselineConfig", default=None),
            ),
            ("application", _Application, msgspec.field(name=f"{kind}AppSpecification")),
            ("input", _Input, msgspec.field(name=f"{kind}JobInput")),
            ("output", _Output, msgspec.field(name=f"{kind}JobOutputConfig")),
        ],
        bases=(_Definition,),
        kw_only=True,
    )
    found: type[_Definition] = shape
    return found


def _table(kind: str) -> Table[_Listed]:
    shape, operation = _shape(kind), f"sagemaker:Describe{kind}JobDefinition"

    def record(details: Details, listed: _Listed) -> MonitoringDefinition:
        name = listed.monitoring_job_definition_name
        found = MonitoringDefinition(
            name=name,
            arn=listed.monitoring_job_definition_arn,
            type=kind,
            created_at=listed.creation_time,
            endpoint=listed.endpoint_name,
        )
        definition = details.main(operation, shape, {"JobDefinitionName": name})
        if definition is not None:
            _fill(found, definition)
        found.tags = details.tags(listed.monitoring_job_definition_arn)
        return found

    return Table(
        kind=MONITORING_DEFINITION,
        what=f"{kind} job definition",
        listing=Listing(
            operation=f"sagemaker:List{kind}JobDefinitions",
            items="JobDefinitionSummaries",
            item=_Listed,
            name=lambda item: item.monitoring_job_definition_name,
            made=lambda item: item.creation_time,
            sort_by="Name",
        ),
        record=record,
    )


def _fill(record: MonitoringDefinition, definition: _Definition) -> None:
    baseline, network = definition.baseline or _Baseline(), definition.network_config or _Network()
    application, given = definition.application, definition.input
    record.captured_uri = plain(given.batch.uri) if given.batch else None
    record.image = application.image_uri
    record.config_uri = plain(application.config_uri)
    record.problem_type = application.problem_type
    record.constraints_uri = _uri(baseline.constraints_resource)
    record.statistics_uri = _uri(baseline.statistics_resource)
    record.baselining_job = baseline.baselining_job_name
    record.ground_truth_uri = _uri(given.truth)
    record.output_uris = [
        uri for place in definition.output.monitoring_outputs if (uri := _uri(place.s3))
    ]
    record.output_kms_key_id = definition.output.kms_key_id
    record.role_arn = definition.role_arn
    record.in_vpc = bool(network.vpc_config and network.vpc_config.subnets)
    record.network_isolation = network.enable_network_isolation
    record.environment_names = names(application.environment)


def _uri(file: _File | None) -> str | None:
    return plain(file.uri) if file else None


MONITORING_DEFINITIONS = tuple((f"{kind} job definitions", _table(kind)) for kind in TYPES)
