"""Bodies go under a policy, hashes stay; what is still so, held or shared does not go."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from annexa.collectors.contract import Row
from annexa.exporters.archive.folder import FolderStore
from annexa.exporters.archive.restoring import restore
from annexa.exporters.archive.writing import archive
from annexa.ledger import BodyDeleted, Cutoff, Ledger, Overtaken

from .sample import EVENT, HOUR, MODEL, NOON, Clock, held, open_ledger, receipt, record, row, rows

Policy = Callable[[str, str], Cutoff]
SECRET = "zelda-was-here"


def ended_before(instant: datetime, *, events: datetime | None = None) -> Policy:
    return lambda source, kind: Cutoff(state=instant, event=events)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """``a`` had three contents, of which ``c`` has the second; two events."""
    with open_ledger(tmp_path) as made:
        record(made, NOON, {"a": SECRET, "b": "kept"})
        record(made, NOON + HOUR, {"a": "kept too", "b": "kept"})
        shared = row("a", "kept too")
        third = [*rows({"a": "new", "b": "kept"}), Row("c", shared.sha256, shared.body, None)]
        record(made, NOON + 2 * HOUR, third)
        events = [row("e1", "old", NOON), row("e2", "young", NOON + 5 * HOUR)]
        record(made, NOON + 6 * HOUR, events, source="aws/1", kind=EVENT)
        yield made


def test_what_ended_before_the_day_goes_and_its_hash_stays(ledger: Ledger) -> None:
    before = ledger.history("mlflow/prod", MODEL.name, "a")
    policy = ended_before(NOON + 9 * HOUR)
    (planned,) = ledger.retention.expired(policy)
    assert (planned.kind, planned.bodies) == (MODEL.name, 1)
    assert ledger.verify().notes == []
    assert ledger.retention.delete(policy, {"policy": "p", "by": "Dana"}) is not None
    after = ledger.history("mlflow/prod", MODEL.name, "a")
    assert [one.sha256 for one in after] == [one.sha256 for one in before]
    assert [one.body for one in after] == [b"{}", before[1].body, before[2].body]
    assert held(ledger) == {"a": "new", "b": "kept", "c": "kept too"}
    report = ledger.verify()
    assert report.ok, report.problem
    assert report.notes == [
        f"1 bodies were deleted under policy p (leaf {after[0].deleted_in});"
        " their hashes are in place"
    ]
    assert ledger.retention.delete(policy, {}) is None


def test_nothing_of_it_is_left_in_the_files(ledger: Ledger, tmp_path: Path) -> None:
    def stored() -> bytes:
        with sqlite3.connect(tmp_path / "annexa.db") as sql:
            return b"".join(data for (data,) in sql.execute("SELECT data FROM segment"))

    assert SECRET.encode() in stored()
    ledger.retention.delete(ended_before(NOON + 9 * HOUR), {})
    assert SECRET.encode() not in stored()
    for path in tmp_path.glob("annexa.db*"):
        assert SECRET.encode() not in path.read_bytes()


def test_the_past_that_needs_it_is_refused_and_not_told_with_a_hole(ledger: Ledger) -> None:
    moment = next(ledger.runs()).sealed_at
    assert held(ledger, at=moment) == {"a": SECRET, "b": "kept"}
    ledger.retention.delete(ended_before(NOON + 9 * HOUR), {})
    with pytest.raises(BodyDeleted, match="deleted under the policy in leaf"):
        held(ledger, at=moment)
    with pytest.raises(BodyDeleted):
        list(ledger.snapshot(moment).bodies(MODEL.name))
    with pytest.raises(BodyDeleted):
        ledger.record("mlflow/prod", MODEL.name, "a", at=moment)


def test_events_go_only_where_the_policy_says_so(ledger: Ledger) -> None:
    policy = ended_before(NOON - HOUR, events=NOON + HOUR)
    (planned,) = ledger.retention.expired(policy)
    assert (planned.source, planned.bodies) == ("aws/1", 1)
    ledger.retention.delete(policy, {})
    (page,) = ledger.snapshot(NOON + 10 * HOUR).bodies(EVENT.name)
    assert [subject for subject, _ in page[1]] == ["e2"]
    assert ledger.verify().ok
    again = [row("e1", "old", NOON)]
    record(ledger, NOON + 7 * HOUR, again, source="aws/1", kind=EVENT)
    assert len(next(ledger.snapshot(NOON + 10 * HOUR).bodies(EVENT.name))[1]) == 1
    with pytest.raises(BodyDeleted):
        list(ledger.events(EVENT.name))


def test_a_held_population_keeps_everything_even_what_others_share(ledger: Ledger) -> None:
    record(ledger, NOON, {"x": "1", "a": SECRET}, source="mlflow/other")
    record(ledger, NOON + HOUR, {"x": "2"}, source="mlflow/other")

    def policy(source: str, kind: str) -> Cutoff:
        return Cutoff() if source == "mlflow/other" else Cutoff(state=NOON + 9 * HOUR)

    assert ledger.retention.expired(policy) == []
    assert ledger.retention.delete(policy, {}) is None
    assert ledger.history("mlflow/other", MODEL.name, "a")[0].deleted_in is None


def test_content_that_comes_again_is_kept_again(ledger: Ledger) -> None:
    ledger.retention.delete(ended_before(NOON + 9 * HOUR), {})
    record(ledger, NOON + 8 * HOUR, {"a": SECRET})
    assert held(ledger) == {"a": SECRET}
    assert ledger.verify().ok


def test_a_reading_that_found_what_was_then_deleted_is_dropped(ledger: Ledger) -> None:
    with ledger.begin("mlflow/prod", NOON + 8 * HOUR) as run:
        run.add(MODEL, [row("a", SECRET)])
        ledger.retention.delete(ended_before(NOON + 9 * HOUR), {})
        with pytest.raises(Overtaken, match="was deleted under a policy meanwhile"):
            run.commit(receipt("mlflow/prod", NOON + 8 * HOUR, {MODEL.name: "complete"}))
    assert ledger.verify().ok


def test_a_body_that_is_only_said_to_be_deleted_is_damage(ledger: Ledger, tmp_path: Path) -> None:
    ledger.retention.delete(ended_before(NOON + 9 * HOUR), {})
    with sqlite3.connect(tmp_path / "annexa.db") as sql:
        for (name,) in list(sql.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")):
            sql.execute(f"DROP TRIGGER {name}")
        leaf, last = sql.execute("SELECT leaf, max(body) FROM deleted").fetchone()
        sql.execute("INSERT INTO deleted VALUES (?, ?)", (last + 1, leaf))
    problem = ledger.verify().problem
    assert problem is not None
    assert f"body {last + 1}" in problem


def test_segments_cannot_be_changed_otherwise(ledger: Ledger, tmp_path: Path) -> None:
    with (
        sqlite3.connect(tmp_path / "annexa.db") as sql,
        pytest.raises(sqlite3.IntegrityError, match="only grows"),
    ):
        sql.execute("UPDATE segment SET data = x'00'")


def test_what_was_deleted_stays_deleted_in_a_ledger_from_an_older_archive(
    ledger: Ledger, tmp_path: Path
) -> None:
    store = FolderStore(tmp_path / "archive")
    archive(ledger, store)
    ledger.retention.delete(ended_before(NOON + 9 * HOUR), {"policy": "p"})
    archive(ledger, store)
    assert restore(store, tmp_path / "new.db").ok
    assert SECRET.encode() not in (tmp_path / "new.db").read_bytes()
    archive(ledger, FolderStore(tmp_path / "second"))
    assert restore(FolderStore(tmp_path / "second"), tmp_path / "again.db").ok
    with Ledger.open(tmp_path / "again.db", read_only=True) as again:
        assert held(again) == held(ledger)


def test_a_ledger_from_before_there_was_retention_can_delete(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": SECRET})
        record(ledger, NOON + HOUR, {"a": "1"})
    with sqlite3.connect(tmp_path / "annexa.db") as sql:
        for name in ("deleted_no_replace", "deleted_no_delete", "deleted_no_update"):
            sql.execute(f"DROP TRIGGER {name}")
        sql.execute("DROP TRIGGER segment_no_update")
        sql.execute("DROP TABLE deleted")
        sql.execute(
            "CREATE TRIGGER segment_no_update BEFORE UPDATE ON segment BEGIN"
            " SELECT RAISE(ABORT, 'the ledger only grows: segment'); END"
        )
        sql.execute("PRAGMA user_version = 2")
    with open_ledger(tmp_path, Clock(NOON + 3 * HOUR)) as ledger:
        assert ledger.retention.delete(ended_before(NOON + 9 * HOUR), {}) is not None
        report = ledger.verify()
        assert report.ok
        assert len(report.notes) == 1
