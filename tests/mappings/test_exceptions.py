"""A failure that somebody accepted: from then on, until a day, and never looking back."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from annexa.ledger import Ledger
from annexa.mappings.conventions import Conventions
from annexa.mappings.evaluation import Evaluation, evaluate
from annexa.mappings.exceptions import accept, exceptions, withdraw

from .planting import NOW, READ_AT, Company, open_ledger, outcome, part

RULE = "A.4.3-1"
FEW = part(RULE)
SUBJECT = "aws/1/eu-west-1:bucket:loans"
LATER = (NOW + timedelta(days=30)).date()


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """One bucket of credit-risk is not encrypted."""
    company = Company()
    company.buckets[0].encrypted = False
    ledger = open_ledger(tmp_path)
    company.plant(ledger)
    return ledger


def accepted(
    ledger: Ledger, *, until: date = LATER, subject: str | None = None, system: str | None = None
) -> int:
    return accept(
        ledger,
        rule=RULE,
        reason="moves in May",
        approved_by="ciso@x.example",
        until=until,
        subject=subject,
        system=system,
    )


def judged(ledger: Ledger, at: datetime = NOW) -> Evaluation:
    return evaluate(ledger, FEW, Conventions(), at=at)


@pytest.mark.parametrize(("subject", "system"), [(SUBJECT, None), (None, "credit-risk")])
def test_an_accepted_failure_is_neither_a_failure_nor_a_pass(
    ledger: Ledger, subject: str | None, system: str | None
) -> None:
    assert outcome(judged(ledger), RULE) == "fail"
    accepted(ledger, subject=subject, system=system)
    with judged(ledger) as found:
        assert outcome(found, RULE) == "accepted-exception"
        (row,) = found.rows(RULE, outcomes=["accepted-exception"])
        assert row.subject == SUBJECT
        assert row.reason == f"accepted by ciso@x.example until {LATER}: moves in May"
        assert [gap for gap in found.gaps() if gap.rule == RULE] == []
        assert found.coverage.of("A.4.3", "credit-risk").state != "supported"


def test_another_failure_of_the_same_rule_still_fails(ledger: Ledger) -> None:
    accepted(ledger, subject="aws/1/eu-west-1:bucket:another")
    accepted(ledger, system="demand-forecast")
    assert outcome(judged(ledger), RULE) == "fail"


def test_an_exception_makes_no_pass_an_exception(ledger: Ledger) -> None:
    accepted(ledger, system="credit-risk")
    with judged(ledger) as found:
        passing = {row.outcome for row in found.rows(RULE) if row.subject != SUBJECT}
    assert passing == {"pass"}


def test_it_fails_again_on_the_day_named(ledger: Ledger) -> None:
    accepted(ledger, subject=SUBJECT, until=NOW.date())
    assert outcome(judged(ledger), RULE) == "fail"
    assert len(exceptions(ledger, NOW)) == 1


def test_what_failed_before_it_was_accepted_stays_failed(tmp_path: Path) -> None:
    company = Company()
    company.buckets[0].encrypted = False
    with open_ledger(tmp_path) as ledger:
        company.plant(ledger)
    with Ledger.open(tmp_path / "ledger.db", clock=lambda: NOW + timedelta(minutes=5)) as ledger:
        accepted(ledger, subject=SUBJECT)
        assert outcome(judged(ledger, NOW), RULE) == "fail"
        assert outcome(judged(ledger, NOW + timedelta(minutes=6)), RULE) == "accepted-exception"
        assert ledger.verify().ok


def test_a_withdrawn_exception_counts_no_longer(ledger: Ledger) -> None:
    leaf = accepted(ledger, subject=SUBJECT)
    withdraw(ledger, leaf, "it moved")
    assert exceptions(ledger, NOW) == []
    assert outcome(judged(ledger), RULE) == "fail"


def test_an_unread_fact_stays_unread_whatever_was_accepted(tmp_path: Path) -> None:
    company = Company(verdicts={"aws.bucket": "denied"})
    with open_ledger(tmp_path) as ledger:
        company.plant(ledger)
        accepted(ledger, system="credit-risk")
        assert outcome(judged(ledger), RULE) == "inconclusive"


def test_hostile_text_is_text(ledger: Ledger) -> None:
    hostile = "x' or true --\n\x1b[31m{{'a'}}"
    accept(ledger, rule=RULE, reason=hostile, approved_by=hostile, until=LATER, subject=SUBJECT)
    accepted(ledger, subject=hostile)
    with judged(ledger) as found:
        (row,) = found.rows(RULE, outcomes=["accepted-exception"])
    assert hostile in (row.reason or "")
    assert READ_AT < NOW
