"""Gap episodes and what is told about them."""

from datetime import timedelta
from pathlib import Path

import pytest
from annexa.ledger import EvaluationRecord, GapNow
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .sample import NOON, Clock, open_ledger


def evaluation(*gaps: GapNow) -> EvaluationRecord:
    return EvaluationRecord(
        at=NOON,
        run=0,
        pack="iso42001/1",
        pack_digest="aa",
        config_sha256="bb",
        results_sha256="cc",
        tally={"fail": len(gaps)},
        gaps=gaps,
    )


def gap(rule: str, count: int = 1, system: str | None = "credit-risk") -> GapNow:
    return GapNow(
        rule=rule,
        system=system,
        owner="ada",
        outcome="fail",
        cause=f"{count} deployments",
        subjects=[f"s{i}" for i in range(count)],
        count=count,
    )


def test_an_episode_opens_once_and_closes_once(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        first = ledger.save_evaluation(evaluation(gap("A.1"), gap("A.2")))
        same = ledger.save_evaluation(evaluation(gap("A.1"), gap("A.2")))
        last = ledger.save_evaluation(evaluation(gap("A.2")))
        assert [g.id for g in first.opened] == ["G1", "G2"]
        assert (same.opened, same.closed) == ([], [])
        (closed,) = last.closed
        assert (closed.id, closed.opened_leaf, closed.closed_leaf) == ("G1", first.leaf, last.leaf)
        assert closed.closed_at is not None
        assert closed.closed_at > closed.opened_at
        assert [g.id for g in ledger.open_gaps()] == ["G2"]
        again = ledger.save_evaluation(evaluation(gap("A.1"), gap("A.2")))
        assert [g.id for g in again.opened] == ["G3"]
        assert [g.id for g in ledger.gaps()] == ["G1", "G2", "G3"]
        assert [g.id for g in ledger.gaps(since=closed.closed_at + timedelta(seconds=1))] == [
            "G2",
            "G3",
        ]
        assert ledger.verify().evaluations == 4


def test_an_open_episode_shows_what_the_newest_evaluation_saw(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.save_evaluation(evaluation(gap("A.1", 1)))
        changed = ledger.save_evaluation(evaluation(gap("A.1", 80)))
        (now,) = ledger.open_gaps()
        assert (changed.opened, changed.closed) == ([], [])
        assert (now.id, now.count, len(now.subjects), now.cause) == (
            "G1",
            80,
            50,
            "80 deployments",
        )
        assert ledger.verify().ok


def test_system_and_source_are_part_of_the_key(tmp_path: Path) -> None:
    one = GapNow(rule="A.1", source="mlflow/prod", count=1)
    with open_ledger(tmp_path) as ledger:
        ledger.save_evaluation(evaluation(gap("A.1"), gap("A.1", system=None), one))
        found = [(g.system, g.source) for g in ledger.open_gaps()]
        assert found == [("credit-risk", None), (None, None), (None, "mlflow/prod")]
        with pytest.raises(ValueError, match="same rule, system and source"):
            ledger.save_evaluation(evaluation(gap("A.1"), gap("A.1")))


def test_the_leaf_commits_to_the_evaluation(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        saved = ledger.save_evaluation(evaluation(gap("A.1")))
        leaf = ledger.log.leaf(saved.leaf)
        assert leaf.type == "evaluation"
        for part in (b'"results_sha256":"cc"', b'"tally":{"fail":1}', b'"gap_changes":1'):
            assert part in leaf.body


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rounds=st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 3)), max_size=6))
def test_open_gaps_are_those_of_the_newest_evaluation(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[dict[str, int]]
) -> None:
    with open_ledger(tmp_path_factory.mktemp("gaps"), Clock()) as ledger:
        for found in rounds:
            ledger.save_evaluation(evaluation(*(gap(r, n) for r, n in found.items())))
            assert {g.rule: g.count for g in ledger.open_gaps()} == found
        report = ledger.verify()
        assert report.ok, report.problem


def test_each_target_is_told_once_when_a_gap_opens_and_once_when_it_closes(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.save_evaluation(evaluation(gap("A.1"), gap("A.2")))
        told = []
        for _ in range(2):
            for one in ledger.pending_notifications("webhook"):
                told.append((one.event, one.gap.id))
                ledger.mark_sent(one.id)
        ledger.save_evaluation(evaluation(gap("A.2"), gap("A.3")))
        ledger.save_evaluation(evaluation(gap("A.2")))
        for one in ledger.pending_notifications("webhook"):
            told.append((one.event, one.gap.id))
            ledger.mark_sent(one.id)
        assert told == [
            ("opened", "G1"),
            ("opened", "G2"),
            ("opened", "G3"),
            ("closed", "G1"),
            ("closed", "G3"),
        ]
        assert ledger.pending_notifications("webhook") == []


def test_a_new_target_hears_only_of_what_is_open(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.save_evaluation(evaluation(gap("A.1"), gap("A.2")))
        ledger.save_evaluation(evaluation(gap("A.2")))
        pending = ledger.pending_notifications("alertmanager")
        assert [(one.event, one.gap.id) for one in pending] == [("opened", "G2")]
        again = ledger.pending_notifications("alertmanager")
        assert [one.id for one in again] == [one.id for one in pending]
