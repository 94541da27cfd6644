"""An evaluation can be repeated, read, stored, and recomputed from its own tables."""

import tempfile
from pathlib import Path

import duckdb
import pytest
from annexa.collectors.aws.kinds import (
    Endpoint,
    ManagementEvent,
    ModelPackage,
    PackageContainer,
    ServedModel,
    Variant,
)
from annexa.collectors.registry import all_kinds
from annexa.mappings.assessment import evaluate_rules
from annexa.mappings.conventions import Conventions
from annexa.mappings.digest import results_sha256, rows_sha256
from annexa.mappings.errors import EvaluationError, PackError
from annexa.mappings.evaluation import Limits, evaluate
from annexa.mappings.judgement import RuleGroup, standalone_sql
from annexa.mappings.pack import load_pack
from annexa.mappings.period import Period
from annexa.mappings.sealed import Sealed

from .company_records import at
from .planting import NOW, PACK, Company, open_ledger, outcome, part


def test_the_same_evidence_gives_the_same_digest_and_one_change_another(tmp_path: Path) -> None:
    digests = []
    for name, owner in (("a", "olga"), ("b", "olga"), ("c", "olga")):
        (tmp_path / name).mkdir()
        company = Company()
        company.systems[0].owner = owner
        if name == "c":
            company.buckets[0].encrypted = False
        digests.append(company.evaluate(tmp_path / name).results_sha256)
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def test_the_order_in_which_records_come_changes_nothing(tmp_path: Path) -> None:
    digests = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        company = Company()
        company.buckets[0].encrypted = False
        if name == "b":
            company.buckets.reverse()
            company.papers = dict(reversed(company.papers.items()))
        digests.append(company.evaluate(tmp_path / name).results_sha256)
    assert digests[0] == digests[1]


def test_the_digest_sees_every_row_and_not_their_order() -> None:
    group = RuleGroup(number=0, rules=(PACK.rules[0],))
    verdicts = {True: "'pass', null", False: "'fail', 'no owner'"}
    systems = {True: "null", False: "'a'"}
    rows = [
        f"('s{n}', 'k/a', {systems[n % 2 == 1]}, {verdicts[n % 3 > 0]}, true)" for n in range(9)
    ]
    inside = "subject text, source text, system_id text, outcome_0 text, reason_0 text"

    def digest(chosen: list[str]) -> str:
        with Sealed(None, None, Limits(threads=1)) as db:
            db.trusted(f"create table {group.table} ({inside}, evaluated_0 boolean)")
            db.trusted(f"insert into {group.table} values {', '.join(chosen)}")
            return rows_sha256(db, group)

    assert digest(rows) == digest(rows[::-1])
    changed = [rows[:-1], [*rows, rows[0]]]
    for old, new in (
        ("'s3'", "'s3x'"),
        ("'s4'", "'s4x'"),
        ("'s4', 'k/a'", "'s4k', '/a'"),
        ("no owner", "no deputy"),
        ("'pass'", "'attention'"),
        ("true", "false"),
    ):
        changed.append([row.replace(old, new) for row in rows])
        assert changed[-1] != rows
    assert digest(rows) not in {digest(other) for other in changed}


def test_two_texts_never_pass_for_one_in_the_digest() -> None:
    group = RuleGroup(number=0, rules=(PACK.rules[0],))
    texts = ["a", "", "-", "1 a", "a 1 b", "3 a b", None]

    def digest(subject: str | None, source: str | None) -> str:
        with Sealed(None, None, Limits(threads=1)) as db:
            db.trusted(
                f"create table {group.table} as select $1::text as subject, $2::text as source, "
                "null::text as system_id, 'pass' as outcome_0, null::text as reason_0, "
                "true as evaluated_0",
                [subject, source],
            )
            return rows_sha256(db, group)

    pairs = [(one, other) for one in texts for other in texts]
    assert len({digest(*pair) for pair in pairs}) == len(pairs)


def test_a_replay_over_the_stored_views_gives_the_same_answer(tmp_path: Path) -> None:
    company = Company(verdicts={"mlflow.run": "partial"})
    company.buckets[0].encrypted = False
    found = company.evaluate(tmp_path)
    with Sealed(tmp_path / "replay.duckdb", tmp_path, Limits()) as db:
        db.trusted(f"attach '{found.database}' as original (read_only)")
        tables = [view.name for view in PACK.views]
        for name in (*tables, "catalogue", "source_state", "exception"):
            db.trusted(f'create table "{name}" as from original.main."{name}"')
        db.trusted("detach original")
        db.seal()
        again = evaluate_rules(db, PACK, NOW, all_kinds())
        assert list(again.cells) == list(found.cells)
        assert again.coverage == found.coverage
        assert results_sha256(again.rows_sha256, again.cells) == found.results_sha256


def test_a_rule_can_be_run_by_hand(tmp_path: Path) -> None:
    company = Company()
    company.buckets[0].encrypted = False
    found = company.evaluate(tmp_path, pack=part("A.4.3-1"))
    with duckdb.connect(str(found.database), read_only=True) as db:
        *setting_up, query = standalone_sql(PACK.rule("A.4.3-1"), NOW).split(";\n")[:-1]
        for statement in setting_up:
            db.execute(statement)
        rows = db.execute(query).fetchall()
    assert [(row[1], row[4]) for row in rows] == [
        ("aws/1/eu-west-1:bucket:loans", "fail"),
        ("aws/1/eu-west-1:bucket:models", "pass"),
    ]


def test_rows_can_be_asked_for_by_outcome_and_number(tmp_path: Path) -> None:
    company = Company()
    company.buckets[0].encrypted = False
    found = company.evaluate(tmp_path, pack=part("A.4.3-1"))
    assert [row.subject for row in found.rows("A.4.3-1", outcomes=["fail"])] == [
        "aws/1/eu-west-1:bucket:loans"
    ]
    assert len(list(found.rows("A.4.3-1", limit=1))) == 1
    with pytest.raises(PackError, match="has no rule"):
        list(found.rows("A.99"))


def test_rows_are_the_same_before_and_after_the_file_is_written(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        Company().plant(ledger)
        with evaluate(ledger, PACK, Conventions(), at=NOW) as found:
            before = [row for rule in PACK.rules for row in found.rows(rule.id)]
            assert found.database.stat().st_size > 0
            assert [row for rule in PACK.rules for row in found.rows(rule.id)] == before
            assert len(before) > len(PACK.rules)


def test_gaps_name_their_subjects_and_who_is_asked(tmp_path: Path) -> None:
    company = Company()
    company.buckets[0].encrypted = False
    company.papers["policy"].review_by = "2026-11-01"
    company.statement["A.2.4"].owner = "paula@nordlicht.example"
    few = part("A.2.4-1", "A.4.3-1")
    found = company.evaluate(tmp_path, pack=few, organisation_owner="office@nordlicht.example")
    gaps = {gap.rule: gap for gap in found.gaps()}
    assert gaps["A.4.3-1"].owner == "olga@nordlicht.example"
    assert gaps["A.4.3-1"].subjects == ("aws/1/eu-west-1:bucket:loans",)
    assert gaps["A.4.3-1"].count == 1
    assert gaps["A.2.4-1"].owner == "paula@nordlicht.example"
    assert gaps["A.2.4-1"].subjects == ("documents/git:document:policy.md",)


def test_a_control_that_waits_for_a_person_is_a_gap_of_the_organisation(tmp_path: Path) -> None:
    company = Company()
    company.papers.clear()
    found = company.evaluate(tmp_path, organisation_owner="office@nordlicht.example")
    waiting = [gap for gap in found.gaps() if gap.outcome == "manual-pending"]
    assert waiting
    assert {gap.owner for gap in waiting} == {"office@nordlicht.example"}


def test_the_ledger_keeps_it_and_closes_gaps_that_are_gone(tmp_path: Path) -> None:
    company, few = Company(), part("A.4.3-1")
    company.buckets[0].encrypted = False
    with open_ledger(tmp_path) as ledger:
        company.plant(ledger)
        with evaluate(ledger, few, Conventions(), at=NOW, config_sha256="c0") as found:
            saved = ledger.save_evaluation(found.record())
            assert "A.4.3-1" in {gap.rule for gap in saved.opened}
            again = ledger.save_evaluation(found.record())
            assert (again.opened, again.closed) == ([], [])
            record = found.record()
    assert (record.pack, record.config_sha256) == ("iso42001 0.1.0", "c0")
    assert record.tally["fail"] == 1
    assert record.results_sha256 == found.results_sha256


def test_a_temporary_database_is_gone_afterwards(tmp_path: Path) -> None:
    few = part("A.4.3-1")
    with open_ledger(tmp_path) as ledger, evaluate(ledger, few, Conventions(), at=NOW) as found:
        assert found.database.exists()
    assert not found.database.parent.exists()


def test_the_end_of_a_past_period_is_the_instant(tmp_path: Path) -> None:
    period = Period.parse("2026-Q1")
    with (
        open_ledger(tmp_path) as ledger,
        evaluate(ledger, part("A.4.3-1"), Conventions(), period=period) as found,
    ):
        assert found.at == period.end


def test_a_rule_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    with Sealed(None, tmp_path, Limits(timeout_s=0.2)) as db:
        db.seal()
        with pytest.raises(EvaluationError, match=r"rule X: ran longer than 0\.2 s"):
            db.run(
                "select count(*) from range(100000000000) a where a.range % 7 = 9",
                where="rule X",
            )


def test_sagemaker_takes_part_in_the_same_rules(tmp_path: Path) -> None:
    company = Company()
    arn = "arn:aws:sagemaker:eu-west-1:1:model-package/credit/3"
    company.packages = [
        ModelPackage(
            arn=arn,
            group="credit",
            version=3,
            approval_status="Approved",
            created_at=at("2026-05-01"),
            containers=[PackageContainer(model_data_url="s3://models/credit/3")],
            tags={"ai-system-id": "credit-risk"},
        )
    ]
    company.endpoints = [
        Endpoint(
            name="credit",
            arn="arn:aws:sagemaker:eu-west-1:1:endpoint/credit",
            created_at=at("2026-05-03"),
            data_capture_enabled=True,
            variants=[Variant(name="all", model=ServedModel(name="m", model_package_arn=arn))],
            tags={"environment": "prod", "monitored_by": "cloudwatch/credit"},
        )
    ]
    company.events = [
        ManagementEvent(
            event_id=f"e{number}",
            event_name=name,
            event_source="sagemaker.amazonaws.com",
            event_time=at(when),
            actor=actor,
            request=dict[str, str | None](request),
        )
        for number, (name, when, actor, request) in enumerate(
            [
                (
                    "UpdateModelPackage",
                    "2026-05-02",
                    "arn:aws:iam::1:user/ana",
                    {"modelPackageArn": arn, "modelApprovalStatus": "Approved"},
                ),
                (
                    "CreateEndpoint",
                    "2026-05-03",
                    "arn:aws:iam::1:user/ben",
                    {"endpointName": "credit"},
                ),
            ]
        )
    ]
    rules = ("A.6.2.5-1", "A.6.2.5-2", "A.6.2.5-3", "A.6.2.5-4", "A.6.2.8-1")
    found = company.evaluate(tmp_path, pack=part(*rules))
    for rule in rules:
        subjects = {row.subject: row.outcome for row in found.rows(rule)}
        assert subjects["aws/1/eu-west-1:endpoint:credit"] == "pass", rule
        assert outcome(found, rule) == "pass"


def test_a_killed_evaluation_leaves_nothing_behind_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / "annexa-evaluation-left"
    left.mkdir()
    (left / "lock").touch()  # nobody holds it any more
    few = part("A.4.3-1")
    with open_ledger(tmp_path) as ledger, evaluate(ledger, few, Conventions(), at=NOW) as found:
        assert not left.exists()
        assert found.database.exists()
    assert list(tmp_path.glob("annexa-evaluation-*")) == []


def test_an_evaluation_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with open_ledger(tmp_path) as ledger, pytest.raises(PackError):
        evaluate(ledger, load_pack(fragments=[_broken_fragment(tmp_path)]), Conventions(), at=NOW)
    assert list(tmp_path.glob("annexa-evaluation-*")) == []


def _broken_fragment(folder: Path) -> Path:
    (folder / "storage.broken.sql").write_text("-- rows: none\nselect nothing from nowhere")
    return folder
