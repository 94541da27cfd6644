"""Due times: claimed once, answered once, missed in writing."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .sample import HOUR, NOON, open_ledger, record


def test_a_slot_is_claimed_once_whoever_tries(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger, ThreadPoolExecutor(8) as pool:
        claims = pool.map(lambda _: ledger.claim_slot("mlflow/prod", NOON), range(16))
        assert sorted(claims) == [False] * 15 + [True]


def test_a_run_answers_its_slot(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.claim_slot("mlflow/prod", NOON)
        record(ledger, NOON, {"a": "1"})
        record(ledger, NOON + HOUR, {"a": "1"})
        assert [(s.due, s.state, s.run) for s in ledger.slots("mlflow/prod")] == [
            (NOON, "committed", 1),
            (NOON + HOUR, "committed", 2),
        ]
        assert not ledger.claim_slot("mlflow/prod", NOON)
        assert not ledger.miss_slot("mlflow/prod", NOON)
        assert ledger.verify().ok


def test_a_missed_slot_is_a_leaf(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.claim_slot("mlflow/prod", NOON)
        assert ledger.miss_slot("mlflow/prod", NOON)
        assert ledger.miss_slot("mlflow/prod", NOON + HOUR)
        assert not ledger.miss_slot("mlflow/prod", NOON)
        assert [leaf.type for leaf in ledger.log.leaves()] == ["ledger", "missed", "missed"]
        assert b'"due":"2026-11-24T12:00:00.000000Z"' in ledger.log.leaf(1).body
        assert [s.state for s in ledger.slots()] == ["missed", "missed"]
        assert ledger.verify().ok


def test_a_slot_that_was_given_up_may_still_be_answered_late(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ledger.miss_slot("mlflow/prod", NOON)
        record(ledger, NOON, {"a": "1"})
        assert [s.state for s in ledger.slots()] == ["committed"]
        assert ledger.verify().ok
