"""Damaged, locked, full, read-only, foreign files: one clear line, and nothing half-written."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from annexa.ledger import Ledger, LedgerBusy, LedgerError

from .sample import HOUR, MODEL, NOON, Clock, held, open_ledger, receipt, record, row, rows


@pytest.fixture
def database(tmp_path: Path) -> Path:
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {f"s{i}": os.urandom(100).hex() for i in range(300)})
    return tmp_path / "annexa.db"


def complaint(database: Path) -> str:
    """What opening and verifying says; always one line with exit code 5, or a named misfit."""
    try:
        with Ledger.open(database) as ledger:
            said, code = str(ledger.verify().problem), 5
    except LedgerError as error:
        said, code = str(error), error.exit_code
    assert (code, "\n" in said) == (5, False)
    return said


def content(database: bytes) -> list[str]:
    """Everything that can be read from a database file but its triggers: they are no evidence, and
    one that is not as it was made is a note of `verify`."""
    plain = bytearray(database)
    plain[18:20] = b"\x01\x01"  # without a write-ahead log it can be opened in memory
    with contextlib.closing(sqlite3.connect(":memory:")) as raw:
        raw.deserialize(bytes(plain))
        return [line for line in raw.iterdump() if not line.startswith("CREATE TRIGGER")]


def test_a_ledger_that_is_cut_off_is_refused(database: Path) -> None:
    whole = database.read_bytes()
    for keep in (len(whole) - 1, len(whole) // 2, 4096, 200):
        database.write_bytes(whole[:keep])
        assert "is cut off; restore it from a copy" in complaint(database)
    database.write_bytes(whole[:50])
    assert "is not a ledger" in complaint(database)
    database.write_bytes(b"")
    assert "is empty" in complaint(database)


def test_garbage_in_the_middle_is_named(database: Path) -> None:
    whole = database.read_bytes()
    for place in range(8192, len(whole) - 4096, len(whole) // 12):
        spoiled = bytearray(whole)
        spoiled[place : place + 2048] = os.urandom(2048)
        database.write_bytes(spoiled)
        if complaint(database) == "None":  # it was free space within a page
            assert content(bytes(spoiled)) == content(whole)


def test_every_flipped_byte_of_evidence_is_found(database: Path) -> None:
    whole = database.read_bytes()
    for place in range(4096 + 13, len(whole), len(whole) // 25):
        flipped = bytearray(whole)
        flipped[place] ^= 0x20
        database.write_bytes(flipped)
        if complaint(database) == "None":  # it was free space within a page
            assert content(bytes(flipped)) == content(whole)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "annexa.db"
    with sqlite3.connect(other) as raw:
        raw.execute("CREATE TABLE t (x)")
    raw.close()
    with pytest.raises(LedgerError, match="is a database of another program"):
        open_ledger(tmp_path)
    other.write_text("organisation: x\n" * 100)
    with pytest.raises(LedgerError, match="is not a ledger"):
        open_ledger(tmp_path)


def test_a_newer_schema_is_refused(database: Path) -> None:
    with sqlite3.connect(database) as raw:
        raw.execute("PRAGMA user_version = 4")
    raw.close()
    assert "was written by a newer annexa (schema 4, this one knows 3); update" in complaint(
        database
    )


def test_a_ledger_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    for create, read_only in ((False, False), (True, True)):
        with pytest.raises(LedgerError, match="is not there"):
            Ledger.open(tmp_path / "x" / "annexa.db", create=create, read_only=read_only)
    assert list(tmp_path.iterdir()) == []


def test_a_locked_ledger_says_so_and_loses_nothing(database: Path) -> None:
    blocker = sqlite3.connect(database, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with Ledger.open(database, patience_s=0.1, clock=Clock()) as ledger:
        with ledger.begin("mlflow/prod", NOON + HOUR) as run:
            run.add(MODEL, rows({"a": "1"}))
            with pytest.raises(LedgerBusy, match="another process is writing to it"):
                run.commit(receipt("mlflow/prod", NOON + HOUR, {MODEL.name: "complete"}))
        assert len(held(ledger)) == 300  # readers are not kept out
        blocker.close()
        record(ledger, NOON + HOUR, {"a": "1"})
        assert held(ledger) == {"a": "1"}
        assert ledger.verify().ok


def test_what_was_opened_for_reading_cannot_be_written(database: Path) -> None:
    with Ledger.open(database, read_only=True) as ledger:
        assert len(held(ledger)) == 300
        assert ledger.verify().ok
        with pytest.raises(LedgerError, match=r"may not be written to|opened for reading only"):
            ledger.append("note", {})


_AS_NOBODY = """
import os, sys
from pathlib import Path
from datetime import datetime, UTC
from annexa.ledger import Ledger, LedgerError, verification
from sqlalchemy.dialects.sqlite import pysqlite
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
path = Path(sys.argv[1])
with Ledger.open(path, read_only=True) as ledger:
    print(ledger.verify().ok, sum(1 for _ in ledger.snapshot().records("mlflow.model_version")))
try:
    Ledger.open(path, keys=Path(sys.argv[2])).append("note", {})
except LedgerError as error:
    print(error)
"""


def test_a_read_only_folder_can_be_read_and_says_why_it_cannot_be_written(
    database: Path, tmp_path: Path
) -> None:
    folder = Path("/tmp") / f"annexa-read-only-{os.getpid()}"
    shutil.copytree(tmp_path, folder, ignore=shutil.ignore_patterns("keys"))
    try:
        for path in (*folder.rglob("*"), folder):
            path.chmod(0o555 if path.is_dir() else 0o444)
        shown = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(folder / "annexa.db"), str(folder / "none")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert shown.stdout, shown.stderr
        assert shown.stdout.splitlines()[0] == "True 300", shown.stderr
        assert "may not be written to" in shown.stdout.splitlines()[1]
    finally:
        folder.chmod(0o755)
        for path in folder.rglob("*"):
            path.chmod(0o755)
        shutil.rmtree(folder)


def test_a_full_disk_leaves_the_ledger_as_it_was(database: Path) -> None:
    with Ledger.open(database, clock=Clock()) as ledger:
        with ledger.begin("mlflow/prod", NOON + HOUR) as run:
            run.add(MODEL, [row(f"n{i}", os.urandom(400).hex()) for i in range(800)])
            connection = run._open()
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")
            with pytest.raises(LedgerError, match="no space is left, nothing was written"):
                run.commit(receipt("mlflow/prod", NOON + HOUR, {MODEL.name: "complete"}))
        assert len(held(ledger)) == 300
        assert ledger.verify().leaves == 2
        record(ledger, NOON + HOUR, {"a": "1"})
        assert ledger.verify().ok


_LIMITED = """
import os, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from annexa.collectors.contract import Row
from annexa.ledger import Ledger, LedgerError
from sample import MODEL, NOON, HOUR, record, row
with Ledger.open(Path(sys.argv[1])) as ledger:
    limit = Path(sys.argv[1]).stat().st_size + 100_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        record(ledger, NOON + HOUR, [row(f"n{i}", os.urandom(400).hex()) for i in range(3000)])
    except LedgerError as error:
        print(error.exit_code, error)
"""


def test_a_file_that_may_not_grow_is_one_clear_line(database: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(database), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.stdout.startswith("5 "), shown.stderr
    assert "nothing was written" in shown.stdout
    with Ledger.open(database, clock=Clock()) as ledger:
        assert len(held(ledger)) == 300
        assert ledger.verify().ok
