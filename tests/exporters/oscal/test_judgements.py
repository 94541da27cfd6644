"""What the results and the plan of action say: never more than the evidence does."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from annexa.collectors.aws import kinds as aws
from annexa.exporters.bag import Bag
from annexa.exporters.contents import Contents, load_places
from annexa.exporters.coverage_calendar import CoverageCalendar
from annexa.exporters.facts import Facts, open_gaps, rfc3339
from annexa.exporters.oscal.documents import write_oscal
from annexa.exporters.oscal.named_rows import NAMED
from annexa.exporters.rows import Rows
from annexa.exporters.verify import RECEIPTS, run_file
from annexa.exporters.zip_writer import ZipWriter
from annexa.ledger import Ledger
from annexa.mappings.conventions import Conventions
from annexa.mappings.evaluation import Evaluation, evaluate
from annexa.mappings.exceptions import accept

from ...mappings.planting import NOW, PACK, Company, plant
from ..whole_bundle import ORGANISATION, QUARTER
from .documents import Json, prop

UNTIL = date(2027, 1, 31)
_REFERRED = ("02_scope_soa/statement_of_applicability.csv", "10_mapping/replay.sql")


@dataclass
class Written:
    facts: Facts
    documents: dict[str, Json]
    """By their files' names."""

    @property
    def evaluation(self) -> Evaluation:
        return self.facts.evaluation

    @property
    def result(self) -> Json:
        (result,) = self.documents["assessment-results"]["results"]
        return result

    def observations(self, rule: str, system: str | None = None) -> list[Json]:
        return [
            one
            for one in self.result["observations"]
            if prop(one, "rule") == rule and system in (None, prop(one, "system"))
        ]

    def findings(self, control: str) -> dict[str | None, Json]:
        found = [one for one in self.result["findings"] if prop(one, "control") == control]
        return {prop(one, "system"): one["target"]["status"] for one in found}


def facts_of(ledger: Ledger, evaluation: Evaluation) -> Facts:
    return Facts(
        organisation=ORGANISATION,
        period=QUARTER,
        evaluation=evaluation,
        key_fingerprint="",
        checkpoint=ledger.checkpoint(),
        checkpoint_key=ledger.verifier_key(),
        log_size=ledger.log.size(),
        gaps=open_gaps(ledger, evaluation),
        latest=ledger.latest_runs(evaluation.at),
        calendar=CoverageCalendar(days=(), controls=()),
    )


def written(facts: Facts, folder: Path) -> Written:
    """The documents alone, without the rest of a bundle."""
    file = io.BytesIO()
    bag = Bag(ZipWriter(file), "top")
    receipts = [run_file(RECEIPTS, n, "json").removeprefix("data/") for n in range(1, 10)]
    for name in (*_REFERRED, *receipts):
        bag.payload(name, (b"",))
    (folder / "places.csv").touch()
    with Rows(facts.evaluation.database, folder) as rows:
        load_places(rows, folder / "places.csv", {})
        write_oscal(Contents(bag=bag, rows=rows), facts, {})
    bag.finish({}, lambda _: {})
    with zipfile.ZipFile(file) as archive:
        contents = {
            Path(name).stem: json.loads(archive.read(name))
            for name in archive.namelist()
            if "/11_oscal/" in name
        }
    return Written(facts, {name: next(iter(c.values())) for name, c in contents.items()})


@contextmanager
def evaluated(company: Company, folder: Path) -> Iterator[tuple[Ledger, Evaluation]]:
    sealed = NOW - timedelta(minutes=30)
    with Ledger.open(folder / "ledger.db", clock=lambda: sealed) as ledger:
        company.plant(ledger)
        old = NOW - timedelta(hours=30)
        plant(ledger, "kubernetes/old", [], systems=["credit-risk"], read_at=old)
        accept(
            ledger,
            rule="A.4.3-1",
            reason="moved next month",
            approved_by="dora",
            until=UNTIL,
            subject="aws/1/eu-west-1:bucket:loans",
        )
        file = folder / "evaluation.duckdb"
        with evaluate(ledger, PACK, Conventions(), at=NOW, database=file) as evaluation:
            ledger.save_evaluation(evaluation.record())
            yield ledger, evaluation


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    folder = tmp_path_factory.mktemp("told")
    company = Company()
    company.buckets[0].encrypted = False
    company.buckets += [
        aws.Bucket(name=f"b{n:02}", encrypted=False, tags={"ai-system-id": "many"})
        for n in range(NAMED + 3)
    ]
    company.statement["A.10.4"].applicable = False
    company.statement["A.10.4"].justification = "we have *no* customers"
    with evaluated(company, folder) as (ledger, evaluation):
        yield written(facts_of(ledger, evaluation), folder)


def test_a_control_is_satisfied_only_where_its_evidence_supports_it(told: Written) -> None:
    coverage = told.evaluation.coverage
    seen = set()
    for finding in told.result["findings"]:
        control, system = prop(finding, "control"), prop(finding, "system")
        assert control is not None
        state = coverage.of(control, system)
        status = finding["target"]["status"]
        assert (status["state"] == "satisfied") == (state.state == "supported")
        assert status["reason"] == {"supported": "pass", "failing": "fail"}.get(
            state.state, "other"
        )
        assert prop(finding, "state") == state.state
        assert status["remarks"]
        seen.add(state.state)
    assert {"supported", "failing", "stale", "unread"} <= seen


def test_nothing_inconclusive_supports_a_finding(told: Written) -> None:
    (unknown,) = told.observations("A.10.3-1", "many")
    assert prop(unknown, "outcome") == "inconclusive"
    assert "does not say which third parties many relies on" in unknown["description"]
    status = told.findings("A.10.3")["many"]
    assert (status["state"], status["reason"]) == ("not-satisfied", "other")


def test_an_excluded_control_has_its_reason_in_the_profile_and_no_finding(told: Written) -> None:
    profile = told.documents["profile"]
    assert profile["imports"][0]["exclude-controls"] == [{"with-ids": ["a.10.4"]}]
    (reason,) = [one for one in profile["metadata"]["props"] if one["name"] == "excluded-control"]
    assert (reason["value"], reason["remarks"]) == ("a.10.4", r"we have \*no\* customers")
    assert not told.findings("A.10.4")
    assert {one["control-id"] for one in profile["modify"]["alters"]}.isdisjoint({"a.10.4"})
    for name in ("assessment-plan", "assessment-results"):
        body = told.documents[name] if name == "assessment-plan" else told.result
        (selection,) = body["reviewed-controls"]["control-selections"]
        assert selection["exclude-controls"] == [{"control-id": "a.10.4"}]
    for component in told.documents["component-definition"]["components"]:
        for implementation in component.get("control-implementations", ()):
            asked = [one["control-id"] for one in implementation["implemented-requirements"]]
            assert len(asked) == 37
    (idle,) = told.observations("A.10.4-D1")
    assert prop(idle, "outcome") == "not-applicable"


def test_evidence_that_is_too_old_has_expired_and_satisfies_nothing(told: Written) -> None:
    now = rfc3339(NOW)
    for observation in told.result["observations"]:
        expired = observation.get("expires", now) < now
        assert expired or prop(observation, "outcome") != "stale"
        assert not expired or prop(observation, "outcome") != "pass"
        assert observation["collected"] <= now
    (old,) = told.observations("A.6.2.5-1", "credit-risk")
    assert old["collected"] == rfc3339(NOW - timedelta(hours=30))
    assert old["expires"] == rfc3339(NOW - timedelta(hours=6))
    assert told.findings("A.6.2.5")["credit-risk"]["state"] == "not-satisfied"
    blamed = [one["subject-uuid"] for one in old["subjects"] if "remarks" in one]
    components = told.result["local-definitions"]["components"]
    assert [c["title"] for c in components if c["uuid"] in blamed] == ["kubernetes/old"]


def test_an_accepted_exception_is_a_risk_with_a_deadline_and_no_pass(told: Written) -> None:
    plan = told.documents["poam"]
    (risk,) = [one for one in plan["risks"] if one["status"] == "deviation-approved"]
    assert risk["deadline"] == "2027-01-31T00:00:00Z"
    (entry,) = risk["risk-log"]["entries"]
    approver = entry["logged-by"][0]["party-uuid"]
    assert {p["uuid"]: p["name"] for p in plan["metadata"]["parties"]}[approver] == "dora"
    assert entry["description"] == "moved next month"
    (seen,) = told.observations("A.4.3-1", "credit-risk")
    assert risk["related-observations"] == [{"observation-uuid": seen["uuid"]}]
    assert prop(seen, "outcome") == "accepted-exception"
    assert told.findings("A.4.3")["credit-risk"]["state"] == "not-satisfied"
    items = [one for one in plan["poam-items"] if prop(one, "outcome") == "accepted-exception"]
    assert [prop(one, "approved-by") for one in items] == ["dora"]


def test_every_open_gap_is_an_item_with_owner_beginning_and_cause(told: Written) -> None:
    plan = told.documents["poam"]
    names = {party["uuid"]: party["name"] for party in plan["metadata"]["parties"]}
    risks = {one["uuid"]: one for one in plan["risks"]}
    items = {
        (prop(one, "rule"), prop(one, "system"), prop(one, "source")): one
        for one in plan["poam-items"]
        if prop(one, "episode")
    }
    gaps = told.evaluation.gaps()
    assert items.keys() == {(gap.rule, gap.system, gap.source) for gap in gaps}
    for gap in gaps:
        item = items[gap.rule, gap.system, gap.source]
        (link,) = item["related-risks"]
        risk = risks[link["risk-uuid"]]
        assert risk["status"] == "open"
        assert risk["risk-log"]["entries"][0]["start"] == prop(item, "since")
        (task,) = risk["remediations"][0]["tasks"]
        assert names[task["responsible-roles"][0]["party-uuids"][0]] == gap.owner
        assert item["description"]


def test_many_failing_rows_are_named_up_to_a_limit_and_the_rest_is_counted(told: Written) -> None:
    (found,) = told.observations("A.4.3-1", "many")
    named = [one for one in found["subjects"] if one["type"] == "inventory-item"]
    assert [one["title"] for one in named][:2] == [
        "aws/1/eu-west-1:bucket:b00", "aws/1/eu-west-1:bucket:b01",
    ]  # fmt: skip
    assert len(named) == NAMED
    assert (prop(found, "rows"), prop(found, "rows-failing")) == (str(NAMED + 3), str(NAMED + 3))
    assert found["remarks"].startswith("10 rows are named; 3 more")


def test_without_anything_open_there_is_no_plan_of_action(told: Written, tmp_path: Path) -> None:
    """OSCAL has none without items; an item that says "nothing" would be a false one."""
    calm = replace(told.evaluation, accepted={})
    quiet = written(replace(told.facts, gaps=[], evaluation=calm), tmp_path)
    assert quiet.documents.keys() == told.documents.keys() - {"poam"}


def test_systems_and_gaps_keep_their_names_and_what_was_seen_gets_new_ones(
    told: Written, tmp_path: Path
) -> None:
    """A tool that takes in one bundle after another updates the former and adds the latter."""
    later = replace(told.evaluation, at=NOW + timedelta(hours=1))
    again = written(replace(told.facts, evaluation=later), tmp_path)

    def uuids(documents: Written, name: str, key: str) -> set[str]:
        body = documents.result if name == "assessment-results" else documents.documents[name]
        return {one["uuid"] for one in body[key]}

    for name, key in (("component-definition", "components"), ("poam", "poam-items")):
        assert uuids(told, name, key) == uuids(again, name, key)
    for name, key in (("assessment-results", "observations"), ("assessment-results", "findings")):
        assert uuids(told, name, key).isdisjoint(uuids(again, name, key))
    same = [n for n, d in told.documents.items() if d["uuid"] == again.documents[n]["uuid"]]
    assert same == ["catalog"], "it is about no organisation and no instant"


def test_a_finding_names_the_observations_that_it_rests_on(told: Written) -> None:
    """Those of its system; the organisation's where its rules know no systems."""
    outcomes = {one["uuid"]: prop(one, "outcome") for one in told.result["observations"]}
    for finding in told.result["findings"]:
        seen = {outcomes[o["observation-uuid"]] for o in finding.get("related-observations", ())}
        if finding["target"]["status"]["state"] == "satisfied":
            assert seen.isdisjoint({"fail", "stale", "attention", "accepted-exception"})
    (policy,) = [
        one
        for one in told.result["findings"]
        if (prop(one, "control"), prop(one, "system")) == ("A.2.2", "credit-risk")
    ]
    (rested_on,) = {o["observation-uuid"] for o in policy["related-observations"]} & {
        one["uuid"] for one in told.observations("A.2.2-D1")
    }
    assert outcomes[rested_on] == "pass"
