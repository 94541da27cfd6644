"""What a run leaves behind, and what it must not."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from annexa.collectors.canonical import encode, sha256
from annexa.collectors.contract import Kind
from annexa.collectors.errors import Verdict
from annexa.ledger import LedgerError, Overtaken, SlotTaken

from .sample import (
    ENDPOINT,
    EVENT,
    HOUR,
    MODEL,
    NOON,
    Clock,
    held,
    open_ledger,
    receipt,
    record,
    row,
    rows,
)


def test_a_complete_run_opens_changes_and_closes(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        first = record(ledger, NOON, {"a": "1", "b": "1", "c": "1"})
        second = record(ledger, NOON + HOUR, {"a": "1", "b": "2", "d": "1"})
        name = MODEL.name
        assert (first.opened[name], first.changed[name], first.closed[name]) == (3, 0, 0)
        assert (second.opened[name], second.changed[name], second.closed[name]) == (1, 1, 1)
        assert second.unchanged[name] == 1
        assert held(ledger) == {"a": "1", "b": "2", "d": "1"}
        assert [(c.op, c.subject) for c in ledger.changes(2)] == [
            ("change", "b"),
            ("open", "d"),
            ("close", "c"),
        ]
        assert ledger.verify().ok


@pytest.mark.parametrize("verdict", ["partial", "denied", "unavailable", "unsupported"])
def test_only_a_complete_run_makes_anything_disappear(tmp_path: Path, verdict: Verdict) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": "1", "b": "1"})
        seen = {"a": "2"} if verdict == "partial" else {}
        summary = record(ledger, NOON + HOUR, seen, verdict=verdict)
        assert summary.closed[MODEL.name] == 0
        assert held(ledger) == {"a": "1", "b": "1"} | seen
        assert ledger.last_complete()["mlflow/prod", MODEL.name].number == 1
        assert ledger.verify().ok


def test_readings_of_a_kind_come_in_order_with_their_verdicts(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": "1"})
        record(ledger, NOON + HOUR, {}, verdict="denied")
        record(ledger, NOON + 2 * HOUR, {"a": "1"})
        found = ledger.readings("mlflow/prod", MODEL.name)
        assert [(one.run, one.verdict) for one in found] == [
            (1, "complete"),
            (2, "denied"),
            (3, "complete"),
        ]
        assert all(one.started_at <= one.finished_at for one in found)
        assert ledger.readings("mlflow/other", MODEL.name) == []


def test_a_complete_reading_of_nothing_closes_everything(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": "1"})
        record(ledger, NOON + HOUR, {})
        assert held(ledger) == {}
        assert held(ledger, at=ledger.latest_runs()["mlflow/prod"].sealed_at - HOUR) == {}
        assert [i.closed_run for i in ledger.history("mlflow/prod", MODEL.name, "a")] == [2]


def test_an_unchanged_run_adds_no_rows(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {f"s{i}": "x" * 500 for i in range(1200)})
        summary = record(ledger, NOON + HOUR, {f"s{i}": "x" * 500 for i in range(1200)})
        assert summary.unchanged[MODEL.name] == 1200
        assert ledger.changes(2) == []
        assert ledger.verify().bodies == 1200


def test_a_subject_that_comes_twice_counts_once_as_it_came_last(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, [row("a", "1"), row("b", "1"), row("a", "2")], page=1)
        assert held(ledger) == {"a": "2", "b": "1"}
        record(ledger, NOON + HOUR, [row("a", "3"), row("b", "1"), row("a", "2")], page=1)
        assert held(ledger) == {"a": "2", "b": "1"}
        assert ledger.changes(2) == []
        record(ledger, NOON + 2 * HOUR, [row("a", "3"), row("b", "1"), row("a", "4")], page=1)
        assert held(ledger) == {"a": "4", "b": "1"}
        assert ledger.verify().ok


def test_a_subject_that_comes_twice_in_one_page_counts_as_it_came_last(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": "1"})
        summary = record(ledger, NOON + HOUR, [row("a", "2"), row("a", "1"), row("b", "1")])
        assert (summary.changed[MODEL.name], held(ledger)) == (0, {"a": "1", "b": "1"})
        assert ledger.verify().ok


def test_what_was_read_before_a_restart_is_void(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": "1", "b": "1"})
        with ledger.begin("mlflow/prod", NOON + HOUR) as run:
            run.add(ENDPOINT, rows({"z": "1"}))
            run.add(MODEL, rows({"a": "2", "x": "1"}))
            run.restart(MODEL)
            run.add(MODEL, rows({"b": "1"}))
            verdicts: dict[str, Verdict] = {MODEL.name: "complete", ENDPOINT.name: "complete"}
            run.commit(receipt("mlflow/prod", NOON + HOUR, verdicts))
        assert held(ledger) == {"b": "1"}
        assert held(ledger, ENDPOINT) == {"z": "1"}
        assert ledger.verify().ok


@pytest.mark.parametrize("order", [[MODEL, ENDPOINT, MODEL], [ENDPOINT, MODEL], [EVENT, MODEL]])
def test_the_root_is_over_the_tables_in_whatever_order_kinds_came(
    order: list[Kind], tmp_path: Path
) -> None:
    with open_ledger(tmp_path) as ledger:
        with ledger.begin("mlflow/prod", NOON) as run:
            for n, kind in enumerate(order):
                run.add(kind, rows({f"{kind.name}-{n}": "1", f"b{n}": "1"}))
            verdicts: dict[str, Verdict] = {
                kind.name: "complete" for kind in (MODEL, ENDPOINT, EVENT)
            }
            run.commit(receipt("mlflow/prod", NOON, verdicts))
        assert len(ledger.changes(1)) == 2 * len(order)
        assert ledger.verify().ok


def test_events_are_unique_however_the_windows_overlap(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        first = [row(f"e{i}", "x", NOON + timedelta(minutes=i)) for i in range(10)]
        again = [row(f"e{i}", "x", NOON + timedelta(minutes=i)) for i in range(5, 15)]
        record(ledger, NOON, first, kind=EVENT, cursor="c1")
        summary = record(ledger, NOON + HOUR, again, kind=EVENT, cursor="c2")
        assert (summary.events[EVENT.name], summary.unchanged[EVENT.name]) == (5, 5)
        seen = [e.subject for e in ledger.events(EVENT.name, None, None)]
        assert seen == [f"e{i}" for i in range(15)]
        window = ledger.events(EVENT.name, NOON + timedelta(minutes=3), NOON + timedelta(minutes=5))
        assert [e.subject for e in window] == ["e3", "e4"]
        with ledger.begin("mlflow/prod", NOON + 2 * HOUR) as run:
            assert run.cursor(EVENT) == "c2"
        assert ledger.verify().ok


def test_cursor_and_records_are_kept_together_or_not_at_all(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        with ledger.begin("mlflow/prod", NOON) as run:
            run.add(EVENT, [row("e", "x", NOON)])
            run.move_cursor(EVENT, "c1")
        with ledger.begin("mlflow/prod", NOON) as run:
            assert run.cursor(EVENT) is None
        assert list(ledger.events(EVENT.name, None, None)) == []
        assert (list(ledger.runs()), ledger.log.size()) == ([], 1)


def test_a_slot_is_committed_once(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": "1"})
        with pytest.raises(SlotTaken, match="mlflow/prod was read for 2026-11-24T12"):
            ledger.begin("mlflow/prod", NOON)
        record(ledger, NOON, {"a": "1"}, source="mlflow/other")


def test_a_reading_that_was_overtaken_is_dropped(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        with ledger.begin("mlflow/prod", NOON) as slow:
            slow.add(MODEL, rows({"a": "old"}))
            record(ledger, NOON + HOUR, {"a": "new"})
            with pytest.raises(Overtaken, match="read by run 1 meanwhile"):
                slow.commit(receipt("mlflow/prod", NOON, {MODEL.name: "complete"}))
        assert held(ledger) == {"a": "new"}


def test_two_sources_are_written_side_by_side(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        with ledger.begin("mlflow/a", NOON) as one, ledger.begin("mlflow/b", NOON) as two:
            one.add(MODEL, rows({"x": "1"}))
            two.add(MODEL, rows({"x": "1"}))
            two.commit(receipt("mlflow/b", NOON, {MODEL.name: "complete"}))
            one.commit(receipt("mlflow/a", NOON, {MODEL.name: "complete"}))
        assert {(r.source, r.subject) for r in ledger.snapshot().records(MODEL.name)} == {
            ("mlflow/a", "x"),
            ("mlflow/b", "x"),
        }
        assert ledger.verify().ok


def test_a_body_that_comes_back_is_stored_once(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        for hour, value in enumerate(["1", "2", "1", "2"]):
            record(ledger, NOON + hour * HOUR, {"a": value})
        assert ledger.verify().bodies == 2
        assert [
            json.loads(i.body)["value"] for i in ledger.history("mlflow/prod", MODEL.name, "a")
        ] == [
            "1",
            "2",
            "1",
            "2",
        ]


def test_a_receipt_comes_back_without_its_salt_and_the_leaf_commits_to_it(tmp_path: Path) -> None:
    given = receipt("mlflow/prod", NOON, {MODEL.name: "complete"})
    with open_ledger(tmp_path) as ledger:
        with ledger.begin("mlflow/prod", NOON) as run:
            run.add(MODEL, [])
            run.commit(given)
        (info,) = ledger.runs()
        body = json.loads(ledger.log.leaf(info.leaf).body)
        assert info.receipt == given.public()
        assert body["receipt_sha256"] == sha256(encode(given.public())).hex()
        assert body["salt_sha256"] == sha256(given.salt).hex()


def test_a_row_whose_hash_is_not_its_bodys_is_refused(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger, ledger.begin("mlflow/prod", NOON) as run:
        wrong = row("a", "1")
        with pytest.raises(ValueError, match="sha256 is not that of the body"):
            run.add(MODEL, [type(wrong)("a", b"\0" * 32, wrong.body)])


def test_a_kind_that_the_receipt_does_not_mention_is_refused(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger, ledger.begin("mlflow/prod", NOON) as run:
        run.add(MODEL, rows({"a": "1"}))
        with pytest.raises(LedgerError, match=r"does not mention mlflow\.model_version"):
            run.commit(receipt("mlflow/prod", NOON, {}))
        assert list(ledger.runs()) == []


def test_runs_are_found_by_source_and_time(tmp_path: Path) -> None:
    with open_ledger(tmp_path, Clock()) as ledger:
        for hour in range(3):
            record(ledger, NOON + hour * HOUR, {"a": str(hour)})
        record(ledger, NOON, {"a": "1"}, source="kubernetes/eu", kind=ENDPOINT)
        sealed = [run.sealed_at for run in ledger.runs()]
        assert sealed == sorted(sealed)
        assert [r.number for r in ledger.runs(source="mlflow/prod")] == [1, 2, 3]
        assert [r.number for r in ledger.runs(since=sealed[1], until=sealed[3])] == [2, 3]
        assert ledger.latest_runs(sealed[1])["mlflow/prod"].number == 2
        assert {s: r.number for s, r in ledger.latest_runs().items()} == {
            "mlflow/prod": 3,
            "kubernetes/eu": 4,
        }
        assert ledger.snapshot(sealed[0] - HOUR).run == 0
