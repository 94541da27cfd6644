"""How long rules and controls stood where: written when it changes, provable ever after."""

import sqlite3
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from annexa.ledger import EvaluationRecord, Ledger, schema
from annexa.ledger.errors import LedgerError
from hypothesis import given, settings
from hypothesis import strategies as st

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=365)

Outcomes = dict[tuple[str, str | None], str]


class Hours:
    """A clock that is one hour further each time it is asked."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(hours=1)
        return self.now


def evaluation(
    outcomes: Outcomes, *, pack_digest: str = "p", config_sha256: str = "c"
) -> EvaluationRecord:
    return EvaluationRecord(
        at=START,
        run=0,
        pack="iso42001 1",
        pack_digest=pack_digest,
        config_sha256=config_sha256,
        results_sha256="r",
        outcomes=outcomes,
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "annexa.db", clock=Hours())


def test_an_evaluation_like_the_last_one_writes_no_span(ledger: Ledger) -> None:
    for outcome in ("pass", "pass", "fail", "pass"):
        ledger.save_evaluation(evaluation({("A.2.2-1", None): outcome}))
    spans = ledger.spans(START, END)
    assert [span.outcome for span in spans] == ["pass", "fail", "pass"]
    assert all(before.closed_at == after.opened_at for before, after in pairwise(spans))
    assert spans[-1].closed_at is None
    assert len(ledger.evaluations(START, END)) == 4
    assert ledger.verify().ok


def test_a_rule_that_is_no_longer_judged_has_no_open_span(ledger: Ledger) -> None:
    ledger.save_evaluation(evaluation({("A.2.2-1", None): "pass", ("A.2.2-1", "a"): "pass"}))
    ledger.save_evaluation(evaluation({("A.2.2-1", "a"): "pass"}))
    spans = ledger.spans(START, END, about="A.2.2-1")
    assert {(span.system, span.closed_at is None) for span in spans} == {(None, False), ("a", True)}
    assert [span.system for span in ledger.spans(START, END, system="a")] == ["a"]


def test_only_what_touches_the_time_asked_for_is_found(ledger: Ledger) -> None:
    for outcome in ("pass", "fail", "pass"):
        ledger.save_evaluation(evaluation({("A.2.2-1", None): outcome}))
    first, second, third = ledger.evaluations(START, END)
    found = ledger.spans(second.at, third.at)
    assert [span.outcome for span in found] == ["fail"]
    assert [one.at for one in ledger.evaluations(second.at, third.at)] == [first.at, second.at]


def test_a_changed_pack_or_configuration_is_a_leaf_of_its_own(ledger: Ledger) -> None:
    steps: list[dict[str, str]] = [
        {},
        {},
        {"pack_digest": "q"},
        {"pack_digest": "q", "config_sha256": "d"},
    ]
    for changes in steps:
        ledger.save_evaluation(evaluation({}, **changes))
    leaves = [
        (leaf.type, msgspec.json.decode(leaf.body)) for leaf in ledger.log.leaves()
        if leaf.type in ("pack", "configuration")
    ]  # fmt: skip
    assert [(kind, body["from"], body["to"]) for kind, body in leaves] == [
        ("pack", None, "p"),
        ("configuration", None, "c"),
        ("pack", "p", "q"),
        ("configuration", "c", "d"),
    ]
    with pytest.raises(ValueError, match="configuration"):
        ledger.append("configuration", {})


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.tuples(st.sampled_from(["A.1", "A.2"]), st.sampled_from([None, "a", "b"])),
            st.sampled_from(["pass", "fail", "stale"]),
        ),
        max_size=8,
    )
)
def test_spans_say_at_each_instant_what_the_evaluation_before_it_said(
    tmp_path_factory: pytest.TempPathFactory, history: list[Outcomes]
) -> None:
    ledger = Ledger.open(tmp_path_factory.mktemp("spans") / "annexa.db", clock=Hours())
    with ledger:
        for outcomes in history:
            ledger.save_evaluation(evaluation(outcomes))
        spans = ledger.spans(START, END)
        for said, outcomes in zip(ledger.evaluations(START, END), history, strict=True):
            then = {
                (span.about, span.system): span.outcome
                for span in spans
                if span.opened_at <= said.at
                and (span.closed_at is None or span.closed_at > said.at)
            }
            assert then == outcomes
        assert ledger.verify().ok


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE span SET outcome = 'pass' WHERE outcome = 'fail'",
        "DELETE FROM span WHERE outcome = 'fail'",
        "UPDATE span SET opened_at = opened_at - 1",
        "UPDATE span SET closed_at = closed_at + 1 WHERE outcome = 'fail'",
        "INSERT INTO span SELECT 99, 'A.9', '', 'pass', opened_at, opened_leaf, NULL, NULL"
        " FROM span LIMIT 1",
    ],
)
def test_an_edited_span_is_found(ledger: Ledger, change: str) -> None:
    ledger.save_evaluation(evaluation({("A.2.2-1", None): "fail"}))
    ledger.save_evaluation(evaluation({("A.2.2-1", None): "stale"}))
    path = ledger.path
    ledger.close()
    with sqlite3.connect(path) as sql:
        for (name,) in sql.execute(
            "SELECT name FROM sqlite_schema WHERE type='trigger' AND tbl_name='span'"
        ).fetchall():
            sql.execute(f"DROP TRIGGER {name}")
        assert sql.execute(change).rowcount
    sql.close()
    with Ledger.open(path, read_only=True) as edited:
        report = edited.verify()
    assert not report.ok
    assert "span" in (report.problem or "")


def test_a_ledger_of_the_version_before_is_brought_up_to_date_and_verifies(ledger: Ledger) -> None:
    ledger.save_evaluation(evaluation({}))
    path = ledger.path
    ledger.close()
    with sqlite3.connect(path) as sql:
        sql.execute("DROP TABLE span")
        sql.execute("PRAGMA user_version = 1")
    sql.close()
    with pytest.raises(LedgerError, match="older annexa"):
        Ledger.open(path, read_only=True)
    with Ledger.open(path) as mended:
        assert mended.spans(START, END) == []
        mended.save_evaluation(evaluation({("A.2.2-1", None): "pass"}))
        report = mended.verify()
    assert report.ok, report.problem
    assert not report.notes
    with sqlite3.connect(path) as sql:
        assert sql.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    sql.close()
