"""What was not seen is never taken for what is not there, and nothing is ever a pass by default."""

from datetime import timedelta
from pathlib import Path

import pytest
from annexa.collectors.errors import Verdict
from annexa.collectors.kubernetes.kinds import KINDS
from annexa.mappings.conventions import Conventions
from annexa.mappings.evaluation import ExpectedSource, evaluate

from .company_records import service
from .planting import NOW, PACK, READ_AT, Company, open_ledger, outcome, part, plant

MODEL_VERSION = "mlflow.model_version"
SERVICE = "kubernetes.inference_service"
FEW = part(
    "6.1.3-1",
    "6.1.3-2",
    "A.2.2-1",
    "A.2.4-1",
    "A.4.2-1",
    "A.4.3-1",
    "A.5.3-1",
    "A.6.2.2-1",
    "A.6.2.5-1",
    "A.6.2.5-2",
    "A.6.2.5-3",
    "A.6.2.5-4",
    "A.6.2.6-1",
    "A.6.2.8-1",
    "A.7.5-1",
)


def test_an_empty_ledger_passes_nothing_and_fails_nothing(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger, evaluate(ledger, PACK, Conventions(), at=NOW) as found:
        assert found.tally == {"inconclusive": len(PACK.rules)}
        assert found.run == 0


def test_sources_that_were_read_and_hold_nothing_pass_nothing(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        for source in ("documents/git", "mlflow/prod", "kubernetes/eu-1", "aws/1/eu-west-1"):
            plant(ledger, source, [])
        with evaluate(ledger, PACK, Conventions(), at=NOW) as found:
            assert "pass" not in found.tally
            assert outcome(found, "A.2.2-1") == "fail"  # a policy has to be there
            assert outcome(found, "A.4.2-1") == "inconclusive"


@pytest.mark.parametrize("verdict", ["partial", "denied", "unavailable"])
def test_an_unread_registry_makes_no_orphan(tmp_path: Path, verdict: Verdict) -> None:
    company = Company(verdicts={MODEL_VERSION: verdict})
    company.served.storage_uri = "s3://x"
    found = company.evaluate(tmp_path, pack=FEW)
    assert outcome(found, "A.6.2.5-1") == "inconclusive"
    (cell,) = (c for c in found.cells if c.rule_id == "A.6.2.5-1")
    assert cell.blame == "mlflow/prod"
    assert cell.reason == (
        f"mlflow/prod could not be read in full in run 2 ({MODEL_VERSION}: {verdict})"
    )
    assert [row.outcome for row in found.rows("A.6.2.5-1")] == ["pass", "inconclusive"]


def test_documents_that_could_not_be_read_are_not_missing(tmp_path: Path) -> None:
    company = Company(verdicts={"documents.soa_entry": "denied", "documents.document": "denied"})
    company.papers, company.statement = {}, {}
    found = company.evaluate(tmp_path, pack=FEW)
    for rule in ("6.1.3-1", "A.2.2-1", "A.5.3-1", "A.6.2.2-1"):
        assert outcome(found, rule) == "inconclusive", rule
    assert found.coverage.of("A.2.2").state == "unread"


def test_without_any_registry_there_are_no_orphans(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        plant(ledger, "kubernetes/eu-1", [(KINDS["inference_service"], [service()])])
        with evaluate(ledger, FEW, Conventions(), at=NOW) as found:
            (row,) = found.rows("A.6.2.5-1")
            assert (row.outcome, row.reason) == (
                "inconclusive",
                "no source is read for aws.model_package, mlflow.model_version",
            )
            assert outcome(found, "A.6.2.8-1") == "pass"


def test_what_was_seen_in_a_partial_population_still_fails(tmp_path: Path) -> None:
    company = Company(verdicts={SERVICE: "partial"})
    company.predictor.logger = None
    found = company.evaluate(tmp_path, pack=FEW)
    assert outcome(found, "A.6.2.8-1") == "fail"
    assert outcome(found, "A.6.2.6-1") == "inconclusive"  # all that was seen passes


def test_a_denied_cluster_puts_only_its_own_systems_in_doubt(tmp_path: Path) -> None:
    company = Company()
    with open_ledger(tmp_path) as ledger:
        company.plant(ledger)
        plant(
            ledger,
            "kubernetes/edge",
            [],
            verdicts={"*": "denied"},
            systems=["shelf-vision"],
        )
        with evaluate(ledger, FEW, Conventions(), at=NOW) as found:
            assert outcome(found, "A.6.2.5-1") == "pass"
            (gap,) = (gap for gap in found.gaps() if gap.rule == "source")
            assert (gap.source, gap.outcome) == ("kubernetes/edge", "inconclusive")
            assert SERVICE in gap.subjects
            assert "HTTP 403" in gap.cause


def test_a_declared_system_in_a_denied_cluster_is_inconclusive_not_clean(tmp_path: Path) -> None:
    company = Company()
    other = type(company.systems[0])(id="shelf-vision", path="x.yaml", owner="o", deputy="d")
    company.systems.append(other)
    with open_ledger(tmp_path) as ledger:
        company.plant(ledger)
        plant(ledger, "kubernetes/edge", [], verdicts={"*": "denied"}, systems=["shelf-vision"])
        with evaluate(ledger, FEW, Conventions(), at=NOW) as found:
            assert outcome(found, "A.6.2.8-1", "shelf-vision") == "inconclusive"
            assert outcome(found, "A.6.2.8-1", "credit-risk") == "pass"
            assert found.coverage.of("A.6.2.8", "shelf-vision").state == "unread"
            assert found.coverage.of("A.6.2.8", "credit-risk").state == "supported"
            assert found.coverage.of("A.6.2.8").state == "unread"


def test_a_source_that_does_not_offer_a_kind_is_no_reason_for_doubt(tmp_path: Path) -> None:
    found = Company(verdicts={"aws.endpoint": "unsupported"}).evaluate(tmp_path, pack=FEW)
    assert outcome(found, "A.6.2.5-1") == "pass"


def test_a_configured_source_that_was_never_read_is_a_gap(tmp_path: Path) -> None:
    silent = ExpectedSource(id="mlflow/research", kinds=(MODEL_VERSION,))
    found = Company().evaluate(tmp_path, expected=[silent], pack=FEW)
    assert outcome(found, "A.7.5-1") == "inconclusive"
    (gap,) = (gap for gap in found.gaps() if gap.rule == "source")
    assert (gap.source, gap.cause) == (
        "mlflow/research",
        f"{MODEL_VERSION}: never (no run has read it); run `annexa collect`",
    )


def test_evidence_that_is_too_old_is_stale_and_says_how_old(tmp_path: Path) -> None:
    found = Company(read_at=NOW - timedelta(hours=30)).evaluate(tmp_path, pack=FEW)
    assert outcome(found, "A.6.2.5-1") == "stale"
    (cell,) = (c for c in found.cells if c.rule_id == "A.6.2.5-1")
    assert cell.reason is not None
    assert "was last read 30 h ago" in cell.reason
    assert outcome(found, "A.2.4-1") == "pass"  # documents may be 7 days old
    assert found.coverage.of("A.6.2.5").state == "stale"


def test_a_fail_stays_a_fail_in_old_evidence(tmp_path: Path) -> None:
    company = Company(read_at=NOW - timedelta(days=3))
    company.buckets[0].encrypted = False
    assert outcome(company.evaluate(tmp_path, pack=FEW), "A.4.3-1") == "fail"


def test_a_missing_approval_fails_once_and_is_not_compared_with_anything(tmp_path: Path) -> None:
    company = Company()
    company.version.tags = {}
    found = company.evaluate(tmp_path, pack=FEW)
    assert outcome(found, "A.6.2.5-2") == "fail"
    assert list(found.rows("A.6.2.5-3")) == []
    assert list(found.rows("A.6.2.5-4")) == []


def test_an_approval_without_a_time_is_inconclusive_for_its_order(tmp_path: Path) -> None:
    company = Company()
    del company.version.tags["approved_at"]
    found = company.evaluate(tmp_path, pack=FEW)
    assert outcome(found, "A.6.2.5-2") == "pass"
    assert outcome(found, "A.6.2.5-3") == "inconclusive"


def test_an_approval_that_is_pending_is_none(tmp_path: Path) -> None:
    company = Company()
    company.version.tags["approval_status"] = "pending"
    assert outcome(company.evaluate(tmp_path, pack=FEW), "A.6.2.5-2") == "fail"


def test_an_unknown_environment_is_not_taken_for_another_than_production(tmp_path: Path) -> None:
    company = Company()
    del company.service.metadata.labels["environment"]
    company.predictor.logger = None
    assert outcome(company.evaluate(tmp_path, pack=FEW), "A.6.2.8-1") == "inconclusive"


def test_a_setting_that_could_not_be_read_is_inconclusive(tmp_path: Path) -> None:
    company = Company()
    company.buckets[0].encrypted = None
    assert outcome(company.evaluate(tmp_path, pack=FEW), "A.4.3-1") == "inconclusive"


def test_an_exclusion_counts_only_with_its_justification(tmp_path: Path) -> None:
    company = Company()
    company.predictor.logger = None
    company.statement["A.6.2.8"].applicable = False
    company.statement["A.6.2.8"].justification = None
    found = company.evaluate(tmp_path, pack=FEW)
    assert outcome(found, "A.6.2.8-1") == "fail"
    assert outcome(found, "6.1.3-2") == "fail"
    company.statement["A.6.2.8"].justification = "nothing of ours logs"
    (tmp_path / "again").mkdir()
    found = company.evaluate(tmp_path / "again", pack=FEW)
    assert outcome(found, "A.6.2.8-1") == "not-applicable"
    assert found.coverage.of("A.6.2.8").state == "excluded"
    assert found.coverage.of("A.6.2.8").reason == "nothing of ours logs"


def test_a_rule_of_two_controls_is_excluded_with_both_only(tmp_path: Path) -> None:
    company = Company()
    for control in ("A.4.3",):
        company.statement[control].applicable = False
        company.statement[control].justification = "no data of ours"
    found = company.evaluate(tmp_path, pack=FEW)
    assert outcome(found, "A.4.3-1") == "pass"  # A.4.5 still asks for it
    assert found.coverage.of("A.4.3").state == "excluded"


def test_rows_of_no_system_get_a_cell_of_their_own(tmp_path: Path) -> None:
    company = Company()
    company.served.storage_uri = "s3://x"
    del company.service.metadata.labels["ai-system-id"]
    found = company.evaluate(tmp_path, pack=FEW)
    assert outcome(found, "A.6.2.5-1", "unassigned") == "fail"
    assert outcome(found, "A.6.2.5-1", "credit-risk") == "pass"
    assert found.coverage.of("A.6.2.5").state == "failing"
    assert found.coverage.of("A.6.2.5", "credit-risk").state == "supported"


def test_the_state_is_that_of_the_instant_asked_for(tmp_path: Path) -> None:
    company = Company()
    with open_ledger(tmp_path) as ledger:
        company.plant(ledger)
        before = READ_AT - timedelta(minutes=1)
        with evaluate(ledger, FEW, Conventions(), at=before) as found:
            assert found.run == 0
            assert "pass" not in found.tally
