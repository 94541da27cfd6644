"""Every rule sees its fault in records that went through a real ledger, and is content without."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from annexa.collectors.aws.access.kinds import PolicyGrant
from annexa.collectors.kubernetes.access_rights import Subject
from annexa.collectors.registry import all_kinds
from annexa.mappings.evaluation import Evaluation
from annexa.mappings.pages import needs_of_rules

from .cluster_evidence import CLUSTER_FAULTS
from .company_records import service
from .declared_evidence import DECLARED_FAULTS
from .document_faults import DOCUMENT_FAULTS
from .found_evidence import FOUND_FAULTS
from .planting import PACK, Company, outcome, part
from .platform_faults import PLATFORM_FAULTS


def orphan(company: Company) -> None:
    company.served.storage_uri = "s3://somewhere/else"


def unapproved(company: Company) -> None:
    company.version.tags = {}


def late_approval(company: Company) -> None:
    company.version.tags |= {"approved_at": "2026-05-20", "evaluated_at": "2026-05-25"}


def one_person_for_all(company: Company) -> None:
    company.notes["deployed-by"] = "ana"
    company.binding.subjects = [Subject(kind="User", name="Ana@nordlicht.example")]
    company.run.tags["mlflow.user"] = "ana"


def no_lineage(company: Company) -> None:
    company.run.datasets = []
    company.run.metrics = {}
    company.run.tags = {}


def averages_only(company: Company) -> None:
    del company.run.metrics["auc_age_under_30"]


def vague_data(company: Company) -> None:
    for dataset in company.run.datasets:
        dataset.digest = dataset.source = None


def late_assessment(company: Company) -> None:
    company.papers["impact-assessment"].approved_at = "2026-06-01"


def thin_assessment(company: Company) -> None:
    paper = company.papers["impact-assessment"]
    paper.headings, paper.review_by = ["Scope"], "2026-10-01"


def open_buckets(company: Company) -> None:
    for bucket in company.buckets:
        bucket.encrypted = bucket.versioned = bucket.public_access_blocked = False


def neglected_papers(company: Company) -> None:
    company.papers["policy"].review_by = "2026-11-01"
    company.papers["policy"].approved_by = "dora"
    company.papers["model-card"].approved_at = "2026-05-01"
    for name in ("handbook", "specification", "user-information", "impact-assessment"):
        del company.papers[name]


def poor_statement(company: Company) -> None:
    del company.statement["A.2.2"]
    company.statement["A.8.2"].applicable = False
    for control in ("A.8.2", "A.8.3"):
        company.statement[control].justification = None


def undeclared(company: Company) -> None:
    company.systems = []


def alone(company: Company) -> None:
    company.systems[0].deputy = None
    company.systems[0].purpose = None


def unnamed(company: Company) -> None:
    orphan(company)
    del company.service.metadata.labels["ai-system-id"]
    del company.notes["monitored-by"]
    company.predictor.logger = None


def not_served(company: Company) -> None:
    company.services, company.workloads = [], []
    company.platform.canary.tags = {}


def mighty_role(company: Company) -> None:
    company.roles[0].grants.append(
        PolicyGrant(effect="Allow", actions=["sagemaker:Update*"], conditional=False)
    )


def careless_cluster(company: Company) -> None:
    company.workloads[0].spec.template.spec.containers[0].image = "web:latest"  # type: ignore[union-attr]  # it is there
    neighbour = service("experiment")
    neighbour.metadata.labels["environment"] = "staging"
    company.services.append(neighbour)
    del company.notes["monitored-by"]
    company.predictor.logger = None


FAULTS: dict[str, Callable[[Company], None]] = {
    **DECLARED_FAULTS,
    **DOCUMENT_FAULTS,
    **FOUND_FAULTS,
    **PLATFORM_FAULTS,
    **CLUSTER_FAULTS,
    "6.1.3-1": poor_statement,
    "6.1.3-2": poor_statement,
    "6.1.3-3": poor_statement,
    "A.2.2-1": neglected_papers,
    "A.2.4-1": neglected_papers,
    "A.3.2-1": alone,
    "A.3.2-2": one_person_for_all,
    "A.3.2-3": mighty_role,
    "A.4.2-1": undeclared,
    "A.4.2-2": unnamed,
    "A.4.2-3": not_served,
    "A.4.3-1": open_buckets,
    "A.4.3-2": open_buckets,
    "A.4.3-3": open_buckets,
    "A.4.4-1": careless_cluster,
    "A.4.5-1": careless_cluster,
    "A.5.3-1": neglected_papers,
    "A.5.3-2": late_assessment,
    "A.5.3-3": thin_assessment,
    "A.5.4-1": thin_assessment,
    "A.5.4-2": averages_only,
    "A.6.1.3-1": no_lineage,
    "A.6.2.2-1": neglected_papers,
    "A.6.2.4-1": late_approval,
    "A.6.2.4-2": no_lineage,
    "A.6.2.4-3": one_person_for_all,
    "A.6.2.5-1": orphan,
    "A.6.2.5-2": unapproved,
    "A.6.2.5-3": late_approval,
    "A.6.2.5-4": one_person_for_all,
    "A.6.2.6-1": careless_cluster,
    "A.6.2.7-1": neglected_papers,
    "A.6.2.8-1": careless_cluster,
    "A.7.2-1": no_lineage,
    "A.7.3-1": vague_data,
    "A.7.5-1": no_lineage,
    "A.7.5-2": vague_data,
    "A.7.5-3": vague_data,
    "A.8.2-1": neglected_papers,
    "A.9.4-1": alone,
    "A.10.3-1": neglected_papers,
}
"""Rule -> what it has to notice."""


@cache
def broken(fault: Callable[[Company], None] | None) -> Evaluation:
    """Judged by the rules that have to notice it; by all of them when there is no fault."""
    company = Company()
    pack = PACK
    if fault is not None:
        fault(company)
        pack = part(*(rule for rule in sorted(FAULTS) if FAULTS[rule] is fault))
    return company.evaluate(Path(mkdtemp(prefix="annexa-test-")), pack=pack)


def test_there_is_a_fault_for_every_rule() -> None:
    assert sorted(FAULTS) == sorted(rule.id for rule in PACK.rules)


def test_a_company_without_a_fault_passes_every_rule() -> None:
    assert [c for c in broken(None).cells if c.outcome != "pass"] == []
    assert len(broken(None).cells) >= len(PACK.rules)


def test_a_rule_rests_on_the_same_kinds_whether_they_have_records_or_not() -> None:
    """Otherwise what was read in part would be in doubt only where nothing was read."""
    assert broken(None).needs == needs_of_rules(PACK, all_kinds())


@pytest.mark.parametrize("rule", [rule.id for rule in PACK.rules])
def test_a_rule_goes_red_for_its_fault(rule: str) -> None:
    evaluation = broken(FAULTS[rule])
    assert outcome(evaluation, rule) == "fail"
    failing = list(evaluation.rows(rule, outcomes=["fail"]))
    assert failing
    assert all(row.reason for row in failing)


def test_each_named_fault_of_the_company_is_told_in_words() -> None:
    def told(rule: str) -> str:
        return " | ".join(row.reason or "" for row in broken(FAULTS[rule]).rows(rule))

    assert "s3://somewhere/else, which no registry knows" in told("A.6.2.5-1")
    assert "approved 2026-05-20" in told("A.6.2.5-3")
    assert "approved credit-risk 7 and deployed it" in told("A.6.2.5-4")
    assert "records no dataset" in told("A.7.5-1")
    assert "approved 2026-06-01, after it went live 2026-05-12" in told("A.5.3-2")
    assert "bucket loans is not encrypted" in told("A.4.3-1")
    assert "due for review 2026-11-01" in told("A.2.4-1")
    assert "holiday-photos" not in told("A.4.3-1")
