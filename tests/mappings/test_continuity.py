"""Over a period: when a rule held, when it did not, when nobody looked."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from annexa.ledger import EvaluationRecord, GapNow, Ledger
from annexa.mappings.continuity import BEFORE_THE_FIRST, NO_EVIDENCE, Continuity, continuity
from annexa.mappings.period import Period

PERIOD = Period.parse("2026-11-01..2026-11-11")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2027, 1, 1, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = PERIOD.start - 30 * DAY

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


class Judge:
    """Saves one evaluation after the other at given times."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.ledger = Ledger.open(folder / "annexa.db", clock=self.clock)

    def says(self, at: timedelta, outcome: str | None, system: str | None = None) -> None:
        self.clock.now = PERIOD.start + at
        gap = GapNow(rule="R-1", system=system, cause=f"{outcome} it is", subjects=("a/b:c:d",))
        self.ledger.save_evaluation(
            EvaluationRecord(
                at=self.clock.now,
                run=0,
                pack="p 1",
                pack_digest="d",
                config_sha256="c",
                results_sha256="r",
                gaps=[gap] if outcome in ("fail", "inconclusive") else [],
                outcomes={} if outcome is None else {("R-1", system): outcome},
            )
        )

    def line(self, *, now: datetime = NOW, system: str | None = None) -> Continuity:
        (line,) = continuity(self.ledger, "R-1", PERIOD, now=now, system=system)
        return line


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    return Judge(tmp_path)


def hours(line: Continuity) -> list[tuple[str, float]]:
    return [(one.outcome, round(one.length / HOUR, 1)) for one in line.stretches]


def test_a_rule_that_held_each_day_held_all_the_time(judge: Judge) -> None:
    for day in range(-1, 10):
        judge.says(day * DAY, "pass")
    line = judge.line()
    assert hours(line) == [("pass", 240.0)]
    assert line.held_share == 1.0
    assert line.interruptions == ()
    assert line.unseen_days == ()


def test_an_interruption_has_its_cause_its_subjects_and_its_length(judge: Judge) -> None:
    for day in range(-1, 10):
        judge.says(day * DAY, "fail" if day in (3, 4) else "pass")
    line = judge.line()
    (one,) = line.interruptions
    assert (one.outcome, one.end - one.start, one.goes_on) == ("fail", 2 * DAY, False)
    assert one.causes == ("fail it is",)
    assert one.subjects == ("a/b:c:d",)
    assert line.held_share == pytest.approx(0.8)


def test_silence_is_no_evidence_and_counts_as_not_held(judge: Judge) -> None:
    for day in (-1, 0, 1, 5, 6, 7, 8, 9):
        judge.says(day * DAY, "pass")
    line = judge.line()
    assert hours(line) == [("pass", 50.0), (NO_EVIDENCE, 70.0), ("pass", 120.0)]
    assert line.held_share == pytest.approx(170 / 240)
    assert line.interruptions[0].causes == ()
    assert line.unseen_days == (date(2026, 11, 3), date(2026, 11, 4), date(2026, 11, 5))


def test_an_agent_that_stopped_shows_until_now_and_not_beyond(judge: Judge) -> None:
    judge.says(-HOUR, "pass")
    judge.says(2 * DAY, "pass")
    line = judge.line(now=PERIOD.start + 4 * DAY)
    assert line.stretches[-1].outcome == NO_EVIDENCE
    assert line.stretches[-1].end == PERIOD.start + 4 * DAY
    assert line.interruptions[-1].goes_on


def test_time_before_the_first_judgement_is_said_and_not_counted(judge: Judge) -> None:
    for day in range(6, 10):
        judge.says(day * DAY, "pass")
    line = judge.line()
    assert line.stretches[0].outcome == BEFORE_THE_FIRST
    assert line.operating_since is not None
    assert line.operating_since.date() == date(2026, 11, 7)
    assert line.held_share == 1.0


def test_a_rule_that_came_later_was_not_held_before(judge: Judge) -> None:
    for day in range(-1, 10):
        judge.says(day * DAY, "pass" if day >= 5 else None)
    line = judge.line()
    assert hours(line) == [(BEFORE_THE_FIRST, 120.0), ("pass", 120.0)]


def test_a_rule_that_was_taken_away_has_no_evidence_after(judge: Judge) -> None:
    for day in range(-1, 10):
        judge.says(day * DAY, "pass" if day < 5 else None)
    assert hours(judge.line()) == [("pass", 120.0), (NO_EVIDENCE, 120.0)]


def test_time_out_of_scope_is_not_counted(judge: Judge) -> None:
    for day in range(-1, 10):
        judge.says(day * DAY, "not-applicable" if day < 8 else "fail")
    line = judge.line()
    assert line.held_share == 0.0
    assert [one.outcome for one in line.interruptions] == ["fail"]


def test_a_period_in_which_nothing_was_judged_has_no_line(judge: Judge) -> None:
    assert continuity(judge.ledger, "R-1", PERIOD, now=NOW) == []
    assert continuity(judge.ledger, "R-1", PERIOD, now=PERIOD.start) == []


def test_one_system_alone_is_asked_for(judge: Judge) -> None:
    judge.says(-HOUR, "pass", "a")
    assert judge.line(system="a").system == "a"
    assert continuity(judge.ledger, "R-1", PERIOD, now=NOW, system="b") == []


def test_a_control_tells_the_gaps_of_its_rules_that_brought_it_there(judge: Judge) -> None:
    for at, outcome in ((-HOUR, "failing"), (DAY, "supported")):
        judge.clock.now = PERIOD.start + at
        gaps = [GapNow(rule="R-1", system="a", cause="it is open", subjects=("a/b:c:d",))]
        gaps += [GapNow(rule="R-2", system="a", outcome="inconclusive", cause="nobody looked")]
        judge.ledger.save_evaluation(
            EvaluationRecord(
                at=judge.clock.now,
                run=0,
                pack="p 1",
                pack_digest="d",
                config_sha256="c",
                results_sha256="r",
                gaps=gaps if outcome == "failing" else [],
                outcomes={("9.1", None): outcome},
            )
        )
    (line,) = continuity(
        judge.ledger, "9.1", PERIOD, now=PERIOD.start + 2 * DAY, rules=("R-1", "R-2")
    )
    (one,) = line.interruptions
    assert (one.outcome, one.causes) == ("failing", ("R-1: it is open",))
    assert one.subjects == ("a/b:c:d",)
