"""What the platforms of the small company say besides models and deployments: all in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from annexa.collectors.aws import kinds as aws
from annexa.collectors.aws.access import analyzers
from annexa.collectors.aws.bedrock import agents, foundation_models, guardrails, invocation_logging
from annexa.collectors.aws.platform import (
    alarms,
    clusters,
    config_rules,
    data_quality,
    images,
    keys,
    log_groups,
    trails,
)
from annexa.collectors.aws.sagemaker import (
    labeling_jobs,
    monitoring,
    pipeline_executions,
    pipelines,
)
from annexa.collectors.contract import Kind, Record

MINE: dict[str, str | None] = {"ai-system-id": "credit-risk"}
_DAY = timedelta(days=1)
_READ_AT = datetime(2026, 11, 24, 11, tzinfo=UTC)


def _executions() -> list[monitoring.MonitoringExecution]:
    """One for each of the last 40 days."""
    return [
        monitoring.MonitoringExecution(
            name="drift",
            arn="",
            status="Completed",
            created_at=_READ_AT - n * _DAY,
            ended_at=_READ_AT - n * _DAY + timedelta(minutes=20),
            scheduled_at=_READ_AT - n * _DAY,
            endpoint="credit-risk-canary",
        )
        for n in range(40)
    ]


def _pipeline_execution() -> pipeline_executions.PipelineExecution:
    return pipeline_executions.PipelineExecution(
        name="train/1",
        arn="arn:train/execution/1",
        status="Succeeded",
        created_at=datetime(2026, 5, 7, tzinfo=UTC),
        ended_at=datetime(2026, 5, 8, tzinfo=UTC),
        pipeline="train",
        steps=[
            pipeline_executions.Step(name="fit", type="Training", status="Succeeded"),
            pipeline_executions.Step(
                name="quality", type="QualityCheck", status="Succeeded", check_skipped=False
            ),
        ],
    )


def _guardrail() -> guardrails.Guardrail:
    return guardrails.Guardrail(
        id="g1", version="2", arn="arn:g1", name="polite", status="READY", denied_topics=3
    )


def _agent() -> agents.Agent:
    return agents.Agent(
        id="a1",
        arn="arn:a1",
        name="loan-helper",
        foundation_model="eu.acme.talk-2",
        guardrail="g1",
        guardrail_version="2",
        aliases=[agents.Alias(id="live", name="live", versions=["4"], accepts_invocations=True)],
        tags=MINE,
    )


@dataclass
class PlatformEvidence:
    """A test breaks one record."""

    trail: trails.Trail = field(
        default_factory=lambda: trails.Trail(
            arn="arn:trail/main",
            name="main",
            log_file_validation=True,
            bucket="audit",
            is_logging=True,
            logs_management_writes=True,
        )
    )
    audit_bucket: aws.Bucket = field(
        default_factory=lambda: aws.Bucket(
            name="audit",
            encrypted=True,
            versioned=True,
            object_lock=False,
            lifecycle=[aws.LifecycleRule(id="end", enabled=True, expires_days=730)],
        )
    )
    log_group: log_groups.LogGroup = field(
        default_factory=lambda: log_groups.LogGroup(
            name="/aws/eks/eu-1/cluster", arn="arn:aws:logs:eu-west-1:1:x", retention_days=365
        )
    )
    invocations: invocation_logging.InvocationLogging = field(
        default_factory=lambda: invocation_logging.InvocationLogging(
            region="eu-west-1", configured=True
        )
    )
    cluster: clusters.Cluster = field(
        default_factory=lambda: clusters.Cluster(
            name="eu-1",
            arn="arn:aws:eks:eu-west-1:1:cluster/eu-1",
            log_types=["audit"],
            is_public=False,
            secrets_key_arn="arn:key/k1",
            tags=MINE,
        )
    )
    schedule: monitoring.MonitoringSchedule = field(
        default_factory=lambda: monitoring.MonitoringSchedule(
            name="drift",
            arn="arn:drift",
            type="DataQuality",
            status="Scheduled",
            endpoint="credit-risk-canary",
            created_at=datetime(2026, 5, 12, tzinfo=UTC),
            schedule="cron(0 11 ? * * *)",
            constraints_uri="s3://models/constraints.json",
            tags=MINE,
        )
    )
    executions: list[monitoring.MonitoringExecution] = field(default_factory=_executions)
    alarm: alarms.Alarm = field(
        default_factory=lambda: alarms.Alarm(
            name="latency",
            arn="arn:latency",
            namespace="AWS/SageMaker",
            metric="ModelLatency",
            dimensions=[alarms.Dimension(name="EndpointName", value="credit-risk-canary")],
            threshold=Decimal(200),
            state="OK",
            actions_enabled=True,
            actions=["arn:aws:sns:eu-west-1:1:on-call"],
        )
    )
    agent: agents.Agent = field(default_factory=_agent)
    guardrail: guardrails.Guardrail = field(default_factory=_guardrail)
    foundation_model: foundation_models.FoundationModel = field(
        default_factory=lambda: foundation_models.FoundationModel(
            id="acme.talk-2", arn="arn:fm", provider="Acme", lifecycle="ACTIVE"
        )
    )
    repository: images.ImageRepository = field(
        default_factory=lambda: images.ImageRepository(
            arn="arn:web", name="web", tag_mutability="IMMUTABLE"
        )
    )
    image: images.Image = field(
        default_factory=lambda: images.Image(
            repository="web",
            digest="sha256:00",
            uri="registry.example/web@sha256:00",
            pushed_at=datetime(2026, 5, 1, tzinfo=UTC),
            scanned_at=datetime(2026, 11, 20, tzinfo=UTC),
            findings={"LOW": 4},
        )
    )
    key: keys.Key = field(
        default_factory=lambda: keys.Key(
            arn="arn:key/k1",
            key_id="k1",
            manager="CUSTOMER",
            state="Enabled",
            spec="SYMMETRIC_DEFAULT",
            origin="AWS_KMS",
            rotation_enabled=True,
        )
    )
    config_rule: config_rules.ConfigRule = field(
        default_factory=lambda: config_rules.ConfigRule(
            name="sagemaker-endpoint-key",
            arn="arn:rule",
            state="ACTIVE",
            outcome="pass",
            failing_resources=0,
        )
    )
    analyzer: analyzers.AccessAnalyzer = field(
        default_factory=lambda: analyzers.AccessAnalyzer(
            arn="arn:analyzer", name="outside", type="ACCOUNT", status="ACTIVE"
        )
    )
    findings: list[analyzers.AccessFinding] = field(default_factory=list)
    pipeline_execution: pipeline_executions.PipelineExecution = field(
        default_factory=_pipeline_execution
    )
    newest_quality: data_quality.DataQualityResult = field(
        default_factory=lambda: data_quality.DataQualityResult(
            result_id="q1",
            started_at=datetime(2026, 11, 1, tzinfo=UTC),
            completed_at=datetime(2026, 11, 1, tzinfo=UTC),
            database="lake",
            table="loans",
            score=Decimal(1),
            rules_passed=12,
            rules_failed=0,
        )
    )
    first_quality: data_quality.DataQualityResult = field(
        default_factory=lambda: data_quality.DataQualityResult(
            result_id="q0",
            started_at=datetime(2026, 5, 6, tzinfo=UTC),
            completed_at=datetime(2026, 5, 6, tzinfo=UTC),
            database="lake",
            table="loans",
            score=Decimal(1),
            rules_passed=12,
            rules_failed=0,
        )
    )
    labelling: labeling_jobs.LabelingJob = field(
        default_factory=lambda: labeling_jobs.LabelingJob(
            name="refusals",
            arn="arn:refusals",
            status="Completed",
            created_at=datetime(2026, 4, 1, tzinfo=UTC),
            ended_at=datetime(2026, 4, 9, tzinfo=UTC),
            human_labeled=500,
            machine_labeled=0,
            failed=0,
            unlabeled=0,
            workers_per_object=3,
            tags=MINE,
        )
    )
    canary: aws.Endpoint = field(
        default_factory=lambda: aws.Endpoint(
            name="credit-risk-canary",
            arn="arn:canary",
            variants=[aws.Variant(name="all")],
            tags={**MINE, "environment": "staging"},
        )
    )

    def records(self) -> list[tuple[Kind, Sequence[Record]]]:
        """All but bucket and endpoint, which the company has more of."""
        pipeline = pipelines.Pipeline(name="train", arn="arn:train", tags=MINE)
        return [
            (aws.ACCOUNT, [aws.Account(account_id="1", caller_arn="arn:reader")]),
            (trails.TRAIL, [self.trail]),
            (log_groups.LOG_GROUP, [self.log_group]),
            (invocation_logging.INVOCATION_LOGGING, [self.invocations]),
            (clusters.CLUSTER, [self.cluster]),
            (monitoring.MONITORING_SCHEDULE, [self.schedule]),
            (monitoring.MONITORING_EXECUTION, self.executions),
            (alarms.ALARM, [self.alarm]),
            (agents.AGENT, [self.agent]),
            (guardrails.GUARDRAIL, [self.guardrail]),
            (foundation_models.FOUNDATION_MODEL, [self.foundation_model]),
            (images.IMAGE_REPOSITORY, [self.repository]),
            (images.IMAGE, [self.image]),
            (keys.KEY, [self.key]),
            (config_rules.CONFIG_RULE, [self.config_rule]),
            (analyzers.ACCESS_ANALYZER, [self.analyzer]),
            (analyzers.ACCESS_FINDING, self.findings),
            (pipelines.PIPELINE, [pipeline]),
            (pipeline_executions.PIPELINE_EXECUTION, [self.pipeline_execution]),
            (data_quality.DATA_QUALITY_RESULT, [self.first_quality, self.newest_quality]),
            (labeling_jobs.LABELING_JOB, [self.labelling]),
        ]
