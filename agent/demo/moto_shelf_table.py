"""Which operations `moto_shelf` answers, and how their parameters find what is on the shelf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An operation that lists."""

    items: str
    resource: str
    name: str = ""
    """The field that ``SortBy: Name`` means."""
    made: str = "CreationTime"
    match: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Parameter -> fields that may hold its value."""
    otherwise: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    """Parameter that was not asked -> field and the value that it must have then."""
    is_paged: bool = True

    def unasked(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return dict(pair for name, pair in self.otherwise.items() if not asked.get(name))


@dataclass(frozen=True, kw_only=True)
class Described:
    """An operation that describes one object."""

    resource: str
    keys: Mapping[str, Sequence[str]]
    """Parameter -> fields that may hold its value."""
    wrap: str | None = None
    """The answer's only field, if it has one."""


def _camel(items: str, resource: str, **more: Any) -> Listed:
    return Listed(items=items, resource=resource, **{"made": "creationTime", **more})


LISTED: dict[tuple[str, str], Listed] = {
    ("sagemaker", "ListMonitoringSchedules"): Listed(
        items="MonitoringScheduleSummaries",
        resource="monitoring-schedule",
        name="MonitoringScheduleName",
    ),
    ("sagemaker", "ListMonitoringExecutions"): Listed(
        items="MonitoringExecutionSummaries",
        resource="monitoring-execution",
        match={"MonitoringScheduleName": ["MonitoringScheduleName"]},
    ),
    ("sagemaker", "ListLabelingJobs"): Listed(
        items="LabelingJobSummaryList", resource="labeling-job", name="LabelingJobName"
    ),
    ("sagemaker", "ListInferenceComponents"): Listed(
        items="InferenceComponents",
        resource="inference-component",
        name="InferenceComponentName",
    ),
    ("sagemaker", "ListFeatureGroups"): Listed(
        items="FeatureGroupSummaries", resource="feature-group", name="FeatureGroupName"
    ),
    ("sagemaker", "ListPipelineExecutions"): Listed(
        items="PipelineExecutionSummaries",
        resource="pipeline-execution",
        made="StartTime",
        match={"PipelineName": ["PipelineName"]},
    ),
    ("sagemaker", "ListPipelineExecutionSteps"): Listed(
        items="PipelineExecutionSteps",
        resource="pipeline-step",
        made="StartTime",
        match={"PipelineExecutionArn": ["PipelineExecutionArn"]},
    ),
    ("sagemaker", "ListArtifacts"): Listed(items="ArtifactSummaries", resource="artifact"),
    ("sagemaker", "ListActions"): Listed(items="ActionSummaries", resource="action"),
    ("sagemaker", "ListContexts"): Listed(items="ContextSummaries", resource="context"),
    ("sagemaker", "ListAssociations"): Listed(items="AssociationSummaries", resource="association"),
    ("bedrock", "ListFoundationModels"): _camel(
        "modelSummaries", "foundation-model", is_paged=False, made="modelId"
    ),
    ("bedrock", "ListCustomModels"): _camel("modelSummaries", "custom-model"),
    ("bedrock", "ListModelCustomizationJobs"): _camel(
        "modelCustomizationJobSummaries", "customization-job"
    ),
    ("bedrock", "ListImportedModels"): _camel("modelSummaries", "imported-model"),
    ("bedrock", "ListProvisionedModelThroughputs"): _camel(
        "provisionedModelSummaries", "provisioned-model"
    ),
    ("bedrock", "ListEvaluationJobs"): _camel("jobSummaries", "evaluation-job"),
    ("bedrock", "ListInferenceProfiles"): _camel(
        "inferenceProfileSummaries",
        "inference-profile",
        made="createdAt",
        match={"typeEquals": ["type"]},
    ),
    ("bedrock", "ListGuardrails"): _camel(
        "guardrails",
        "guardrail",
        made="createdAt",
        match={"guardrailIdentifier": ["id", "arn"]},
        otherwise={"guardrailIdentifier": ("version", "DRAFT")},
    ),
    ("bedrock-agent", "ListAgents"): _camel("agentSummaries", "agent", made="updatedAt"),
    ("bedrock-agent", "ListAgentAliases"): _camel(
        "agentAliasSummaries", "agent-alias", made="createdAt", match={"agentId": ["agentId"]}
    ),
    ("bedrock-agent", "ListKnowledgeBases"): _camel(
        "knowledgeBaseSummaries", "knowledge-base", made="updatedAt"
    ),
    ("bedrock-agent", "ListDataSources"): _camel(
        "dataSourceSummaries",
        "data-source",
        made="updatedAt",
        match={"knowledgeBaseId": ["knowledgeBaseId"]},
    ),
}

DESCRIBED: dict[tuple[str, str], Described] = {
    ("sagemaker", "DescribeMonitoringSchedule"): Described(
        resource="monitoring-schedule",
        keys={"MonitoringScheduleName": ["MonitoringScheduleName"]},
    ),
    ("sagemaker", "DescribeLabelingJob"): Described(
        resource="labeling-job", keys={"LabelingJobName": ["LabelingJobName"]}
    ),
    ("sagemaker", "DescribeInferenceComponent"): Described(
        resource="inference-component",
        keys={"InferenceComponentName": ["InferenceComponentName"]},
    ),
    ("sagemaker", "DescribeFeatureGroup"): Described(
        resource="feature-group", keys={"FeatureGroupName": ["FeatureGroupName"]}
    ),
    ("sagemaker", "DescribePipelineExecution"): Described(
        resource="pipeline-execution",
        keys={"PipelineExecutionArn": ["PipelineExecutionArn"]},
    ),
    ("bedrock", "GetCustomModel"): Described(
        resource="custom-model", keys={"modelIdentifier": ["modelArn", "modelName"]}
    ),
    ("bedrock", "GetModelCustomizationJob"): Described(
        resource="customization-job", keys={"jobIdentifier": ["jobArn", "jobName"]}
    ),
    ("bedrock", "GetImportedModel"): Described(
        resource="imported-model", keys={"modelIdentifier": ["modelArn", "modelName"]}
    ),
    ("bedrock", "GetEvaluationJob"): Described(
        resource="evaluation-job", keys={"jobIdentifier": ["jobArn"]}
    ),
    ("bedrock", "GetGuardrail"): Described(
        resource="guardrail",
        keys={
            "guardrailIdentifier": ["guardrailId", "guardrailArn"],
            "guardrailVersion": ["version"],
        },
    ),
    ("bedrock-agent", "GetAgent"): Described(
        resource="agent", keys={"agentId": ["agentId"]}, wrap="agent"
    ),
    ("bedrock-agent", "GetKnowledgeBase"): Described(
        resource="knowledge-base",
        keys={"knowledgeBaseId": ["knowledgeBaseId"]},
        wrap="knowledgeBase",
    ),
    ("bedrock-agent", "GetDataSource"): Described(
        resource="data-source",
        keys={"knowledgeBaseId": ["knowledgeBaseId"], "dataSourceId": ["dataSourceId"]},
        wrap="dataSource",
    ),
}

SERVICE_OF = {row.resource: service for (service, _), row in (LISTED | DESCRIBED).items()}

PATHS = (
    "/agents/$",
    "/agents/(?P<agent>[^/]+)/agentaliases/$",
    "/knowledgebases/$",
    "/knowledgebases/(?P<base>[^/]+)/datasources/$",
    "/knowledgebases/(?P<base>[^/]+)/datasources/(?P<source>[^/]+)$",
)
"""Of agents and knowledge bases, which moto's server takes for Bedrock itself."""
