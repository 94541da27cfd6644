"""Bedrock's evaluation jobs that have ended: what was measured, with which data, by whom.

Source: bedrock:ListEvaluationJobs, GetEvaluationJob, ListTagsForResource. Scores lie in S3 and are
not read; neither are prompts, answers and instructions.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from ...contract import Kind, Record
from ..jobs import Job, Jobs, ended_at, failure_of, subject
from ..listing import CAMEL, Listing
from ..sagemaker.containers import plain
from ..table import Details
from .answer import CamelAnswer
from .tags import tags


class Measured(Record):
    task: str | None = None
    dataset: str | None = None
    """Of Bedrock, or the name of one's own."""
    dataset_uri: str | None = None
    metrics: list[str] = []


class EvaluationJob(Job):
    """bedrock:GetEvaluationJob, ListTagsForResource."""

    type: str | None = None
    """``Human``, ``Automated``."""
    application: str | None = None
    """``ModelEvaluation``, ``RagEvaluation``."""
    models: list[str] = []
    """Identifiers of what was evaluated."""
    knowledge_bases: list[str] = []
    evaluators: list[str] = []
    """Models that judged."""
    flow_definition_arn: str | None = None
    """Of people who judged."""
    measured: list[Measured] = []
    custom_metrics: list[str] = []
    output_uri: str | None = None
    kms_key_id: str | None = None
    role_arn: str | None = None
    tags: dict[str, str | None] = {}


EVALUATION_JOB = Kind(
    name="aws.bedrock_evaluation_job",
    record=EvaluationJob,
    subject=subject,
    mode="event",
    happened_at=ended_at,
    guarded={"tags": ()},
    permission="bedrock:ListEvaluationJobs, bedrock:GetEvaluationJob, bedrock:ListTagsForResource",
    cross_check="a second listing of what is new, in the opposite sort order, has the same ARNs",
)


class _Listed(msgspec.Struct, rename="camel"):
    job_arn: str
    creation_time: datetime


class _Place(msgspec.Struct, rename="camel"):
    s3_uri: str | None = None


class _DataSet(msgspec.Struct, rename="camel"):
    name: str | None = None
    dataset_location: _Place | None = None


class _Measured(msgspec.Struct, rename="camel"):
    task_type: str | None = None
    dataset: _DataSet | None = None
    metric_names: list[str] = []


class _Model(msgspec.Struct, rename="camel"):
    model_identifier: str | None = None


class _Evaluators(msgspec.Struct, rename="camel"):
    bedrock_evaluator_models: list[_Model] = []


class _Definition(msgspec.Struct, rename="camel"):
    name: str | None = None


class _CustomMetric(msgspec.Struct, rename="camel"):
    name: str | None = None
    custom_metric_definition: _Definition | None = None


class _CustomMetrics(msgspec.Struct, rename="camel"):
    custom_metrics: list[_CustomMetric] = []
    evaluator_model_config: _Evaluators | None = None


class _Workflow(msgspec.Struct, rename="camel"):
    flow_definition_arn: str | None = None


class _How(msgspec.Struct, rename="camel"):
    """Of automated and of human evaluations, the fields of both."""

    dataset_metric_configs: list[_Measured] = []
    evaluator_model_config: _Evaluators | None = None
    custom_metric_config: _CustomMetrics | None = None
    human_workflow_config: _Workflow | None = None
    custom_metrics: list[_CustomMetric] = []


class _Config(msgspec.Struct, rename="camel"):
    automated: _How | None = None
    human: _How | None = None


class _Source(msgspec.Struct, rename="camel"):
    inference_source_identifier: str | None = None


class _Inferred(msgspec.Struct, rename="camel"):
    bedrock_model: _Model | None = None
    precomputed_inference_source: _Source | None = None


class _Base(msgspec.Struct, rename="camel"):
    knowledge_base_id: str | None = None
    model_arn: str | None = None


class _Generate(msgspec.Struct, rename="camel"):
    knowledge_base_configuration: _Base | None = None


class _Retrieval(msgspec.Struct, rename="camel"):
    retrieve_config: _Base | None = None
    retrieve_and_generate_config: _Generate | None = None


class _Rag(msgspec.Struct, rename="camel"):
    knowledge_base_config: _Retrieval | None = None


class _Inference(msgspec.Struct, rename="camel"):
    models: list[_Inferred] = []
    rag_configs: list[_Rag] = []


class _Job(CamelAnswer, kw_only=True):
    job_arn: str
    job_name: str
    status: str
    job_type: str | None = None
    application_type: str | None = None
    failure_messages: list[str] = []
    creation_time: datetime
    last_modified_time: datetime | None = None
    evaluation_config: _Config
    inference_config: _Inference
    output_data_config: _Place | None = None
    customer_encryption_key_id: str | None = None
    role_arn: str | None = None


def _record(details: Details, arn: str) -> EvaluationJob | None:
    job = details.main("bedrock:GetEvaluationJob", _Job, {"jobIdentifier": arn})
    if job is None:
        return None
    record = EvaluationJob(
        name=job.job_name,
        arn=job.job_arn,
        status=job.status,
        failure=failure_of(next(iter(job.failure_messages), None)),
        created_at=job.creation_time,
        ended_at=job.last_modified_time or job.creation_time,
        type=job.job_type,
        application=job.application_type,
        output_uri=plain(job.output_data_config.s3_uri) if job.output_data_config else None,
        kms_key_id=job.customer_encryption_key_id,
        role_arn=job.role_arn,
    )
    _add_subjects(record, job.inference_config)
    how = job.evaluation_config.automated or job.evaluation_config.human or _How()
    record.evaluators = sorted(set(_evaluators(how)))
    record.flow_definition_arn = (how.human_workflow_config or _Workflow()).flow_definition_arn
    record.measured = [_measured(one) for one in how.dataset_metric_configs]
    record.custom_metrics = list(_custom(how))
    record.tags = tags(details, job.job_arn)
    return record


def _add_subjects(record: EvaluationJob, inference: _Inference) -> None:
    models: list[str | None] = []
    for one in inference.models:
        models.append(one.bedrock_model.model_identifier if one.bedrock_model else None)
        source = one.precomputed_inference_source
        models.append(source.inference_source_identifier if source else None)
    bases: list[str | None] = []
    for rag in inference.rag_configs:
        retrieval = rag.knowledge_base_config or _Retrieval()
        generate = retrieval.retrieve_and_generate_config
        for base in (
            retrieval.retrieve_config,
            generate.knowledge_base_configuration if generate else None,
        ):
            bases.append(base.knowledge_base_id if base else None)
            models.append(base.model_arn if base else None)
    record.models = sorted({model for model in models if model})
    record.knowledge_bases = sorted({base for base in bases if base})


def _evaluators(how: _How) -> Iterator[str]:
    custom = how.custom_metric_config or _CustomMetrics()
    for config in (how.evaluator_model_config, custom.evaluator_model_config):
        for model in config.bedrock_evaluator_models if config else ():
            if model.model_identifier:
                yield model.model_identifier


def _custom(how: _How) -> Iterator[str]:
    custom = how.custom_metric_config or _CustomMetrics()
    for metric in custom.custom_metrics + how.custom_metrics:
        definition = metric.custom_metric_definition or _Definition()
        if name := metric.name or definition.name:
            yield name


def _measured(one: _Measured) -> Measured:
    dataset = one.dataset or _DataSet()
    place = dataset.dataset_location
    return Measured(
        task=one.task_type,
        dataset=dataset.name,
        dataset_uri=plain(place.s3_uri) if place else None,
        metrics=sorted(one.metric_names),
    )


EVALUATION_JOBS = Jobs(
    kind=EVALUATION_JOB,
    what="evaluation job",
    listing=Listing(
        operation="bedrock:ListEvaluationJobs",
        items="jobSummaries",
        item=_Listed,
        name=lambda item: item.job_arn,
        made=lambda item: item.creation_time,
        naming=CAMEL,
        sort_by="CreationTime",
    ),
    after="creationTimeAfter",
    reference=lambda item: item.job_arn,
    running=frozenset({"InProgress", "Stopping", "Deleting"}),
    record=_record,
)
