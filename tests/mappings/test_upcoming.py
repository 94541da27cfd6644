"""What runs out in the next days: by its day, with whom it is for and what to do before."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from annexa.mappings.conventions import Conventions
from annexa.mappings.evaluation import Evaluation, evaluate
from annexa.mappings.examples import run_examples
from annexa.mappings.exceptions import accept
from annexa.mappings.upcoming import Upcoming, counted, upcoming

from .planting import NOW, PACK, READ_AT, Company, open_ledger, part
from .test_attested import said
from .test_overlay import OFF, laid

SOURCE = "aws/1/eu-west-1"
SCANNED = NOW - timedelta(days=25)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evaluation]:
    """One of everything runs out soon, one of most things has run out already."""
    folder = tmp_path_factory.mktemp("coming")
    company = Company(attestations=[said("soon", days=3), said("old", days=-1)])
    company.papers["policy"].review_by = "2026-11-30"
    company.papers["handbook"].review_by = "2026-11-01"
    company.platform.image.scanned_at = SCANNED
    company.buckets[0].encrypted = False
    pack = laid(folder, disabled={"A.4.3-2": OFF | {"until": "2026-12-01"}})
    with open_ledger(folder) as ledger:
        company.plant(ledger)
        for until in (date(2026, 12, 1), date(2027, 6, 1)):
            accept(ledger, rule="A.4.3-1", reason="moves", approved_by="ciso", until=until,
                   system="credit-risk")  # fmt: skip
        with evaluate(ledger, pack, Conventions(), at=NOW) as evaluation:
            yield evaluation


@pytest.fixture(scope="module")
def coming(judged: Evaluation) -> list[Upcoming]:
    return upcoming(judged, readings={SOURCE: NOW + timedelta(hours=2)})


def of(found: list[Upcoming], topic: str) -> list[Upcoming]:
    return [one for one in found if one.topic == topic]


def test_a_reading_runs_out_when_the_strictest_rule_over_it_says_so(coming: list[Upcoming]) -> None:
    by_source = {one.about: one for one in of(coming, "source")}
    one = by_source[SOURCE]
    assert one.due == READ_AT + timedelta(hours=24)
    assert "A.6.2.5-1" in one.rules
    assert "A.6.2.5" in one.controls
    assert "the schedule reads it again 2026-11-24 14:00 UTC" in one.todo
    assert "annexa collect --source mlflow/prod" in by_source["mlflow/prod"].todo
    assert [one.due for one in coming] == sorted(one.due for one in coming)
    assert sum(counted(coming).values()) == len(coming)


def test_a_reading_that_is_stale_already_is_a_gap_and_not_in_here(judged: Evaluation) -> None:
    later = replace(judged, at=READ_AT + timedelta(hours=30))
    one = {each.about: each for each in of(upcoming(later, readings={}), "source")}[SOURCE]
    assert one.due == READ_AT + timedelta(days=7)  # rules with 24 h have lost it
    assert "A.6.2.5-1" not in one.rules


def test_a_document_runs_out_at_the_end_of_the_day_of_its_review(coming: list[Upcoming]) -> None:
    (one,) = of(coming, "document")  # that of the handbook is a gap already
    assert one.due == datetime(2026, 12, 1, tzinfo=UTC)
    assert "A.2.2" in one.controls
    assert one.owner == Company().papers["policy"].owner
    assert "DOC-3" in one.rules  # the rule says the same of the same document: one line


def test_an_attestation_is_attested_anew_by_who_signed_it(coming: list[Upcoming]) -> None:
    (one,) = of(coming, "attestation")
    assert one.due == NOW + timedelta(days=3)
    assert one.owner == "ines@nordlicht.example"
    assert "--supersedes soon" in one.todo


def test_decisions_end_on_their_day(coming: list[Upcoming]) -> None:
    (one,) = of(coming, "exception")
    assert (one.due, one.system) == (datetime(2026, 12, 1, tzinfo=UTC), "credit-risk")
    assert one.rules == ("A.4.3-1",)
    (one,) = of(coming, "switched-off")
    assert one.about == "A.4.3-2"
    assert OFF["approved_by"] in one.todo


def test_a_row_that_time_alone_will_turn_is_told_with_its_day(
    coming: list[Upcoming], judged: Evaluation
) -> None:
    (one,) = (each for each in of(coming, "rule") if each.rules == ("A.4.4-2",))
    assert one.due == SCANNED + timedelta(days=30)
    assert one.system == "credit-risk"
    assert one.owner == "olga@nordlicht.example"
    assert "scan" in one.todo
    soon = upcoming(judged, days=4, readings={})
    assert [each for each in soon if each.rules == ("A.4.4-2",)] == []


def test_every_rule_that_asks_for_an_age_says_until_when() -> None:
    heals = {"A.6.2.5-11", "A.6.2.8-6"}  # what happened is long past one day, or has a deadline
    aging = {rule.id for rule in PACK.rules if "as_of()" in rule.passes}
    assert aging - heals == {rule.id for rule in PACK.rules if rule.until}


def test_an_example_that_still_passes_after_its_until_is_wrong() -> None:
    rule = PACK.rule("A.7.4-2")
    early = rule.model_copy(update={"id": "X-1", "until": "checked_at + to_days(3)"})
    results = run_examples(replace(part("A.7.4-2"), rules=(rule, early)))
    wrong = [str(one) for one in results if not one.is_right]
    assert wrong == ["rule X-1: example #1 still passes after its `until`"]
