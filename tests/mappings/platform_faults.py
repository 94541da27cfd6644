"""What is broken in the platforms' evidence for each rule about it."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from annexa.collectors.aws.access.analyzers import AccessFinding
from annexa.collectors.aws.access.kinds import PolicyGrant
from annexa.collectors.aws.kinds import ManagementEvent
from annexa.collectors.mlflow.kinds import DatasetInput

from .company_records import at
from .planting import Company


def blind_account(company: Company) -> None:
    company.platform.trail.is_logging = False
    company.platform.invocations.configured = False
    company.platform.cluster.log_types = ["api"]
    company.platform.log_group.retention_days = 30


def careless_trail(company: Company) -> None:
    company.platform.trail.log_file_validation = False
    company.platform.trail.delivery_error = "AccessDenied"
    company.platform.audit_bucket.versioned = False


def silenced(company: Company) -> None:
    company.events.append(
        ManagementEvent(
            event_id="e1",
            event_name="StopLogging",
            event_source="cloudtrail.amazonaws.com",
            event_time=at("2026-11-20"),
            actor="arn:aws:sts::1:assumed-role/deployer/ben",
        )
    )


def deployer_of_logs(company: Company) -> None:
    company.roles[0].grants.append(
        PolicyGrant(effect="Allow", actions=["logs:Delete*"], conditional=False)
    )


def deaf_monitor(company: Company) -> None:
    company.platform.schedule.constraints_uri = None
    company.platform.schedule.status = "Stopped"
    company.platform.executions = company.platform.executions[:12]
    company.platform.executions[0].status = "Failed"
    company.platform.executions[1].status = "CompletedWithViolations"
    company.platform.alarm.actions = []


def old_model(company: Company) -> None:
    company.version.creation_timestamp = int(at("2025-01-01").timestamp() * 1000)
    company.run.end_time = company.run.start_time = company.version.creation_timestamp


def strange_supplier(company: Company) -> None:
    model = company.platform.foundation_model
    model.lifecycle, model.ends_at, model.provider = "LEGACY", at("2026-12-01"), "Nobody Inc"


def old_image(company: Company) -> None:
    company.platform.image.scanned_at = datetime(2026, 6, 1, tzinfo=UTC)
    company.platform.image.findings = {"CRITICAL": 2}
    company.platform.repository.tag_mutability = "MUTABLE"


def unguarded(company: Company) -> None:
    company.platform.agent.guardrail = None
    company.platform.agent.aliases[0].versions = ["DRAFT"]


def idle_guardrail(company: Company) -> None:
    company.platform.guardrail.denied_topics = 0
    company.platform.guardrail.version = company.platform.agent.guardrail_version = "DRAFT"


def open_cluster(company: Company) -> None:
    cluster = company.platform.cluster
    cluster.is_public, cluster.public_cidrs, cluster.secrets_key_arn = True, ["0.0.0.0/0"], None
    company.platform.key.rotation_enabled = False
    company.platform.config_rule.outcome = "fail"
    company.platform.config_rule.failing_resources = 3


def shared_with_outsiders(company: Company) -> None:
    company.platform.findings.append(
        AccessFinding(
            id="f1",
            analyzer_arn="arn:analyzer",
            type="ExternalAccess",
            status="ACTIVE",
            resource="arn:aws:s3:::loans",
        )
    )


def skipped_gate(company: Company) -> None:
    company.platform.pipeline_execution.steps[1].check_skipped = True


def no_gate(company: Company) -> None:
    del company.platform.pipeline_execution.steps[1]


def no_recipe(company: Company) -> None:
    company.run.params = {}


def no_way_back(company: Company) -> None:
    company.former_versions.clear()


def same_data(company: Company) -> None:
    company.run.datasets = [
        DatasetInput(name="loans", digest="d1", source="https://x.example/loans", context=use)
        for use in ("training", "evaluation")
    ]


def poor_data(company: Company) -> None:
    quality = company.platform.newest_quality
    quality.score, quality.rules_failed = Decimal("0.5"), 6
    quality.completed_at = at("2026-01-01")
    quality.started_at = quality.completed_at
    company.platform.first_quality.completed_at = at("2025-12-01")


def measured_late(company: Company) -> None:
    company.platform.first_quality.completed_at = at("2026-06-01")


def poor_labels(company: Company) -> None:
    company.platform.labelling.unlabeled = 300
    company.platform.labelling.workers_per_object = 1


def nobody_looks(company: Company) -> None:
    company.answers.judgement.source_type = "LLM_JUDGE"


PLATFORM_FAULTS: dict[str, Callable[[Company], None]] = {
    "A.4.3-4": shared_with_outsiders,
    "A.4.4-2": old_image,
    "A.4.4-3": old_image,
    "A.4.4-4": old_image,
    "A.4.5-2": open_cluster,
    "A.4.5-3": open_cluster,
    "A.4.5-4": open_cluster,
    "A.4.5-5": open_cluster,
    "A.6.1.3-2": skipped_gate,
    "A.6.1.3-3": no_gate,
    "A.6.2.3-1": no_recipe,
    "A.6.2.5-5": no_way_back,
    "A.6.2.5-6": unguarded,
    "A.6.2.6-2": deaf_monitor,
    "A.6.2.6-3": deaf_monitor,
    "A.6.2.6-4": deaf_monitor,
    "A.6.2.6-5": deaf_monitor,
    "A.6.2.6-6": deaf_monitor,
    "A.6.2.6-7": old_model,
    "A.6.2.6-8": strange_supplier,
    "A.6.2.6-9": deaf_monitor,
    "A.6.2.8-2": blind_account,
    "A.6.2.8-3": careless_trail,
    "A.6.2.8-4": careless_trail,
    "A.6.2.8-5": blind_account,
    "A.6.2.8-6": silenced,
    "A.6.2.8-7": blind_account,
    "A.6.2.8-8": blind_account,
    "A.6.2.8-9": deployer_of_logs,
    "A.6.2.8-10": careless_trail,
    "A.7.2-2": same_data,
    "A.7.3-2": same_data,
    "A.7.4-1": poor_data,
    "A.7.4-2": poor_data,
    "A.7.4-3": measured_late,
    "A.7.6-1": poor_labels,
    "A.7.6-2": poor_labels,
    "A.9.2-1": unguarded,
    "A.9.2-2": idle_guardrail,
    "A.9.2-3": idle_guardrail,
    "A.9.2-4": nobody_looks,
    "A.10.3-2": strange_supplier,
}
"""Rule -> what it has to notice."""
