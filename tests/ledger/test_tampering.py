"""Somebody edits the database behind the API: verify names what does not fit."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from annexa.ledger import EvaluationRecord, GapNow, Ledger, LedgerError
from annexa.ledger.schema import metadata

from .sample import ENDPOINT, EVENT, HOUR, MODEL, NOON, Clock, open_ledger, receipt, record, row


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with something in every table."""
    folder = tmp_path_factory.mktemp("original")
    with open_ledger(folder, Clock()) as ledger:
        record(ledger, NOON, {"a": "1", "b": "1", "c": "1"})
        record(ledger, NOON + HOUR, {"a": "2", "b": "1"})
        record(ledger, NOON, [row("e1", "x", NOON)], kind=EVENT, source="aws/1", cursor="c1")
        record(ledger, NOON, {"d": "1"}, kind=ENDPOINT, source="kubernetes/eu", verdict="partial")
        ledger.claim_slot("kubernetes/eu", NOON + HOUR)
        ledger.miss_slot("kubernetes/eu", NOON + 2 * HOUR)
        gaps = [GapNow(rule="A.1", owner="ada", count=1), GapNow(rule="A.2", owner="bob", count=1)]
        for found in (gaps, gaps[:1]):
            ledger.save_evaluation(
                EvaluationRecord(
                    at=NOON,
                    run=4,
                    pack="p",
                    pack_digest="d",
                    config_sha256="c",
                    results_sha256="r",
                    gaps=found,
                    outcomes={("A.1", None): "fail", ("A.2", "x"): f"fail {len(found)}"},
                )
            )
        ledger.pending_notifications("webhook")
        assert ledger.verify().ok
    return folder


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "copy")
    return tmp_path / "copy" / "annexa.db"


def edit(database: Path, *statements: str) -> None:
    """Do it as an owner of the file would: without triggers."""
    with sqlite3.connect(database) as raw:
        for (name,) in raw.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            raw.execute(statement)
    raw.close()


def problem(database: Path) -> str:
    try:
        with Ledger.open(database, read_only=True) as ledger:
            return str(ledger.verify().problem)
    except LedgerError as error:
        return str(error)


EDITS = [
    ("UPDATE meta SET value = 'other' WHERE key = 'id'", "table meta: the ledger's id"),
    (
        "UPDATE leaf SET body = CAST(replace(body, 'mlflow', 'MLFLOW') AS BLOB) WHERE position = 1",
        "leaf 1: its hash",
    ),
    ("UPDATE leaf SET hash = zeroblob(32) WHERE position = 2", "leaf 2: its hash"),
    ("UPDATE leaf SET body = x'7b7d' WHERE position = 1", "leaf 1: its hash"),
    ("UPDATE leaf SET type = 'note' WHERE position = 1", "leaf 1: its type"),
    ("UPDATE leaf SET at = at + 1 WHERE position = 1", "leaf 1: its time"),
    ("DELETE FROM leaf WHERE position = 3", "leaf 3: the next position"),
    ("DELETE FROM leaf WHERE position = 9", "table node|table checkpoint"),
    ("UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND position = 1", "node 1/1: its hash"),
    ("DELETE FROM node WHERE level = 2 AND position = 0", "node 2/0: it is missing"),
    ("INSERT INTO node VALUES (5, 9, zeroblob(32))", "table node: the number of rows"),
    (
        "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 2) WHERE size = 3",
        "checkpoint 3: its size",
    ),
    ("UPDATE checkpoint SET note = 'x' WHERE size = 3", "checkpoint 3: it is not a signed note"),
    ("DELETE FROM checkpoint WHERE size = 10", "table checkpoint: the number of rows"),
    ("UPDATE segment SET data = zeroblob(50) WHERE id = 1", "segment 1: its bytes are damaged"),
    ("UPDATE segment SET length = length + 1 WHERE id = 1", "segment 1: its bytes are damaged"),
    ("DELETE FROM segment WHERE id = 1", "segment 1: it is missing|database file"),
    ("UPDATE body SET sha256 = zeroblob(32) WHERE id = 2", "body 2: its bytes are not those"),
    ("UPDATE body SET offset = 1 WHERE id = 1", "body 1: its place"),
    ("UPDATE body SET length = length - 1 WHERE id = 2", "body 2: its bytes"),
    ("DELETE FROM body WHERE id = 3", "segment 1: its length|database file"),
    ("INSERT INTO deleted VALUES (2, 1)", "body 2: that it was deleted"),
    ("UPDATE population SET kind = 'x.y' WHERE id = 1", "run 1: which kinds were read"),
    ("UPDATE population SET source = 'x/y' WHERE id = 1", "which run closed|run 1: which"),
    ("UPDATE run SET source = 'x/y' WHERE number = 1", "run 1: its source|slot"),
    ("UPDATE run SET slot = slot + 1 WHERE number = 1", "run 1: its slot"),
    ("UPDATE run SET started_at = started_at + 1 WHERE number = 1", "run 1: what its receipt says"),
    ("UPDATE run SET finished_at = finished_at + 1 WHERE number = 1", "run 1: when it finished"),
    ("UPDATE run SET sealed_at = sealed_at + 1 WHERE number = 1", "run 1: when it was sealed"),
    ("UPDATE run SET leaf = 2 WHERE number = 1", "run 1: its number"),
    ("UPDATE run SET receipt = zeroblob(9) WHERE number = 1", "run 1: its receipt is damaged"),
    (
        "UPDATE run SET receipt = (SELECT receipt FROM run WHERE number = 2) WHERE number = 1",
        "run 1: its receipt",
    ),
    ("UPDATE run SET salt = zeroblob(32) WHERE number = 1", "run 1: its salt"),
    ("UPDATE run SET end_interval = 3 WHERE number = 1", "run 1|run 2"),
    ("UPDATE run SET closed = 0 WHERE number = 2", "run 2: how many records it closed"),
    ("DELETE FROM run WHERE number = 4", "table interval|table run"),
    ("UPDATE reading SET verdict = 'complete' WHERE run = 4", "run 4: which kinds were read"),
    ("UPDATE reading SET cursor = 'c9' WHERE run = 3", "run 3: where the next goes on"),
    ("DELETE FROM reading WHERE run = 4", "run 4: which kinds were read"),
    ("UPDATE interval SET subject = 'z' WHERE id = 1", "run 1: its changes are not those"),
    ("UPDATE interval SET body = 2 WHERE id = 1", "run 1: its changes are not those"),
    ("UPDATE interval SET population = 3 WHERE id = 1", "which run closed|run 1: which records"),
    ("UPDATE interval SET opened_run = 2 WHERE id = 2", "run 1: which records"),
    ("UPDATE interval SET closed_run = 0 WHERE subject = 'c'", "run 2: how many records it closed"),
    ("UPDATE interval SET closed_run = 2 WHERE subject = 'b'", "run 2: how many records it closed"),
    ("UPDATE interval SET closed_run = 3 WHERE subject = 'b'", "table interval: which run closed"),
    ("DELETE FROM interval WHERE subject = 'd'", "run 4: its changes"),
    ("INSERT INTO interval VALUES (99, 1, 'y', 1, 1, 0)", "table interval: the number of rows"),
    ("UPDATE event SET happened_at = happened_at + 1", "run 3: its changes are not those"),
    ("UPDATE event SET subject = 'e2'", "run 3: its changes are not those"),
    ("UPDATE event SET run = 4", "run 3: which events"),
    ("DELETE FROM event", "run 3: its changes|table event"),
    ("UPDATE slot SET state = 'missed', run = NULL WHERE run = 1", "that it was missed"),
    ("UPDATE slot SET run = 2 WHERE run = 1", "which run answered it"),
    ("DELETE FROM slot WHERE state = 'missed'", "it was missed and is not in the table"),
    ("UPDATE slot SET state = 'claimed' WHERE state = 'missed'", "that it was not missed"),
    ("DELETE FROM slot WHERE run = 1", "table slot: the number of answered slots"),
    ("UPDATE gap SET rule = 'A.9' WHERE id = 1", "its gaps are not those"),
    ("UPDATE gap SET opened_at = opened_at + 1 WHERE id = 1", "gap G1: when it opened"),
    ("UPDATE gap SET closed_leaf = NULL, closed_at = NULL", "its gaps are not those"),
    ("UPDATE gap SET closed_at = closed_at + 1 WHERE id = 2", "gap G2: when it closed"),
    ("UPDATE gap SET silenced_until = 1 WHERE id = 1", "gap G1: until when it is silent"),
    ("DELETE FROM gap WHERE id = 2", "its gaps are not those"),
    ("UPDATE sighting SET owner = 'eve' WHERE gap = 1", "its gaps are not those"),
    ("DELETE FROM sighting WHERE gap = 1", "its gaps are not those"),
    ("UPDATE span SET outcome = 'pass' WHERE id = 1", "its spans are not those"),
    ("UPDATE span SET opened_at = opened_at + 1 WHERE id = 1", "span of A.1: when it began"),
    ("DELETE FROM span WHERE id = 3", "its spans are not those"),
    ("INSERT INTO sighting VALUES (1, 1, 'x', 'x', 'x', '[]', 1)", "comes from no evaluation"),
]


@pytest.mark.parametrize(("statement", "named"), EDITS)
def test_an_edit_is_named(copy: Path, statement: str, named: str) -> None:
    edit(copy, statement)
    found = problem(copy)
    assert any(part in found for part in named.split("|")), found


def test_every_table_of_evidence_is_among_the_edits() -> None:
    edited = {
        table
        for table in metadata.tables
        for statement, _ in EDITS
        if f" {table} " in f"{statement} "
    }
    assert set(metadata.tables) - edited == {"target", "notification"}  # what was sent to whom


def test_an_index_that_hides_a_row_is_found(copy: Path) -> None:
    edit(copy, "PRAGMA writable_schema = ON", "DELETE FROM sqlite_schema WHERE name = 'gap_open'")
    with Ledger.open(copy, read_only=True) as ledger:
        report = ledger.verify()
        assert not report.ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE interval SET subject = 'z'",
        "UPDATE interval SET closed_run = 0 WHERE closed_run > 0",
        "DELETE FROM body",
        "UPDATE leaf SET body = x'00'",
        "INSERT OR REPLACE INTO leaf VALUES (1, 'run', 0, x'00', x'00')",
        "INSERT OR REPLACE INTO interval VALUES (1, 1, 'z', 1, 1, 0)",
        "INSERT OR REPLACE INTO interval VALUES (999, 1, 'b', 1, 1, 0)",
        "INSERT OR REPLACE INTO node VALUES (1, 0, x'00')",
        "INSERT OR REPLACE INTO meta VALUES ('id', 'x')",
        "UPDATE slot SET state = 'claimed' WHERE state = 'committed'",
        "UPDATE gap SET closed_leaf = NULL",
        "UPDATE notification SET gap = 2",
        "DELETE FROM slot",
    ],
)
def test_a_careless_hand_is_stopped_by_triggers(copy: Path, statement: str) -> None:
    with sqlite3.connect(copy) as raw, pytest.raises(sqlite3.IntegrityError, match="only grows"):
        raw.execute(statement)
    raw.close()


def test_missing_triggers_are_a_note(copy: Path) -> None:
    edit(copy)
    with Ledger.open(copy, read_only=True) as ledger:
        report = ledger.verify()
    assert report.ok
    assert report.notes == ["54 of the triggers that refuse changes are not there"]


def test_everything_signed_anew_with_the_right_key_still_differs_from_the_file_beside(
    copy: Path,
) -> None:
    """The owner of key and database rewrites history; only the copy outside shows it."""
    beside = copy.with_name("annexa.db.checkpoints").read_bytes()
    folder = copy.parent
    id_ = sqlite3.connect(copy)
    (name,) = id_.execute("SELECT value FROM meta WHERE key = 'id'").fetchone()
    id_.close()
    copy.unlink()
    copy.with_name("annexa.db.checkpoints").unlink()
    with open_ledger(folder, Clock()) as ledger:
        record(ledger, NOON, {"a": "forged"})
        assert ledger.id != name
    copy.with_name("annexa.db.checkpoints").write_bytes(beside)
    assert "annexa.db.checkpoints, checkpoint 1: it is of another ledger" in problem(copy)


def test_a_receipt_of_the_wrong_run_is_refused(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger, ledger.begin("mlflow/prod", NOON) as run:
        run.add(MODEL, [])
        with pytest.raises(ValueError, match="the receipt is not"):
            run.commit(receipt("mlflow/other", NOON, {MODEL.name: "complete"}))
