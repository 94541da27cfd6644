"""New records recorded and sealed, an unchanged round, and reading back, each beside its floor.

Floors, in the same run: SQLite taking (name, SHA-256, length) with one index, hashing and
compressing the same bytes; SQLite giving the names and hashes of 10,000 rows; SQLite giving the
columns of a record without its body. The machine's other work counts for both.

    python bench/ledger_write.py [--records 50000]
"""

import argparse
import contextlib
import hashlib
import random
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import zstandard
from annexa.collectors.contract import Kind, Record, Row
from annexa.collectors.receipt import KindReceipt, Receipt
from annexa.ledger import Ledger

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SOURCE = "mlflow/prod"
PAGE = 1000
ROUNDS = 20


class Version(Record):
    name: str


KIND = Kind(
    name="mlflow.model_version",
    record=Version,
    subject=lambda record: str(record.name),
    permission="READ",
    cross_check="none: a benchmark",
)


def bodies(count: int) -> list[Row]:
    """Model versions of 500 to 900 bytes with two random ids each, as MLflow has them."""
    chance = random.Random(42)
    return [_row(n, chance) for n in range(count)]


def _row(n: int, chance: random.Random) -> Row:
    model = f"credit-risk-{n % 97}"
    run = chance.randbytes(16).hex()
    names = ("ai-system-id", "approval_status", "approved_by", "environment", "owner")
    values = ("approved", "production", "staging", "team-credit@example.org", "credit-risk")
    body = msgspec.json.encode(
        {
            "aliases": ["champion"] if n % 9 == 0 else [],
            "creation_timestamp": 1_760_000_000_000 + n * 1371,
            "current_stage": "None",
            "description": "Gradient boosted trees over the monthly snapshot. " * (n % 5),
            "last_updated_timestamp": 1_760_000_000_000 + n * 1377,
            "metrics": {
                "auc": f"0.{chance.randrange(10**9)}",
                "ks": f"0.{chance.randrange(10**9)}",
            },
            "name": model,
            "run_id": run,
            "source": f"s3://nordlicht-models/{model}/{run}/artifacts/model",
            "status": "READY",
            "tags": {name: chance.choice(values) for name in names},
            "user_id": "svc-training",
            "version": str(n),
        },
        order="sorted",
    )
    return Row(f"{model}/{n}", hashlib.sha256(body).digest(), body)


def receipt(slot: datetime, items: int) -> Receipt:
    kind = KindReceipt(
        kind=KIND.name,
        verdict="complete",
        started_at=slot,
        finished_at=slot,
        pages=items // PAGE,
        items=items,
        permission=KIND.permission,
        cross_check=KIND.cross_check,
        schema_sha256="00" * 32,
    )
    return Receipt(
        source=SOURCE,
        slot=slot,
        started_at=slot,
        finished_at=slot,
        collector="bench",
        collector_version="1",
        agent_version="1",
        config_sha256="00" * 32,
        kinds=[kind],
        salt=random.Random(1).randbytes(32),
    )


def read_round(ledger: Ledger, slot: datetime, rows: list[Row]) -> float:
    """Seconds for one complete reading of ``rows``."""
    started = time.perf_counter()
    with ledger.begin(SOURCE, slot) as run:
        for start in range(0, len(rows), PAGE):
            run.add(KIND, rows[start : start + PAGE])
        run.commit(receipt(slot, len(rows)))
    return time.perf_counter() - started


def write_floor(folder: Path, rows: list[Row]) -> float:
    started = time.perf_counter()
    with contextlib.closing(sqlite3.connect(folder / "floor.db", isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("CREATE TABLE record (name TEXT PRIMARY KEY, sha256 BLOB, length INTEGER)")
        raw.execute("CREATE TABLE segment (data BLOB)")
        raw.execute("BEGIN")
        raw.executemany(
            "INSERT INTO record VALUES (?, ?, ?)",
            ((row.subject, hashlib.sha256(row.body).digest(), len(row.body)) for row in rows),
        )
        pack = zstandard.ZstdCompressor(level=1).compress
        for start in range(0, len(rows), 400):
            data = pack(b"".join(row.body for row in rows[start : start + 400]))
            raw.execute("INSERT INTO segment VALUES (?)", (data,))
        raw.execute("COMMIT")
    return time.perf_counter() - started


def look_floor(database: Path, columns: str) -> float:
    started = time.perf_counter()
    with contextlib.closing(sqlite3.connect(database)) as raw:
        rows = raw.execute(
            f"SELECT {columns} FROM interval i JOIN body b ON b.id = i.body WHERE i.closed_run = 0"
        )
        while rows.fetchmany(1000):
            pass
    return time.perf_counter() - started


def size(database: Path) -> int:
    """Pages of the database and the checkpoints beside it; the write-ahead log is reused."""
    with contextlib.closing(sqlite3.connect(database)) as raw:
        (pages,) = raw.execute("PRAGMA page_count").fetchone()
        (page,) = raw.execute("PRAGMA page_size").fetchone()
    return (
        int(pages) * int(page) + database.with_name(database.name + ".checkpoints").stat().st_size
    )


def measure_new(folder: Path, count: int) -> None:
    rows = bodies(count)
    raw_bytes = sum(len(row.body) for row in rows)
    database = folder / "new.db"
    with Ledger.open(database) as ledger:
        taken = min(
            read_round(ledger, NOON, rows),
            *(_again(folder / f"again{n}.db", rows) for n in range(2)),
        )
        floors = []
        for n in range(3):
            place = folder / f"floor{n}"
            place.mkdir()
            floors.append(write_floor(place, rows))
        floor = min(floors)
        print(f"new: {count} records of {raw_bytes / count:.0f} bytes, recorded and sealed")
        print(f"  {count / taken:,.0f} records/s, {taken / floor:.2f} x the floor")
        print(f"  {size(database) / raw_bytes:.2f} bytes on disk per raw byte")
        started = time.perf_counter()
        read = sum(1 for _ in ledger.snapshot().records(KIND.name))
        taken = time.perf_counter() - started
    columns = "i.subject, b.sha256, i.opened_run, b.segment, b.offset, b.length"
    floor = look_floor(database, columns)
    print(f"read back: {read / taken:,.0f} records/s, {taken / floor:.2f} x the floor")


def _again(database: Path, rows: list[Row]) -> float:
    with Ledger.open(database) as ledger:
        return read_round(ledger, NOON, rows)


def measure_unchanged(folder: Path) -> None:
    rows = bodies(10_000)
    database = folder / "same.db"
    with Ledger.open(database) as ledger:
        read_round(ledger, NOON, rows)
        before = size(database)
        slots = [NOON + timedelta(hours=n + 1) for n in range(ROUNDS)]
        taken = min(read_round(ledger, slot, rows) for slot in slots)
        growth = (size(database) - before) / ROUNDS
        changes = sum(len(ledger.changes(n + 2)) for n in range(ROUNDS))
    floor = min(look_floor(database, "i.subject, b.sha256") for _ in range(3))
    print(f"unchanged: a round of 10,000 objects, best of {ROUNDS}")
    print(f"  {taken * 1000:.0f} ms, {taken / floor:.2f} x the floor")
    print(f"  {growth / 1024:.1f} KiB of growth and {changes} changes a round")


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--records", type=int, default=50_000)
    count = options.parse_args().records
    with tempfile.TemporaryDirectory() as folder:
        measure_new(Path(folder), count)
        measure_unchanged(Path(folder))


if __name__ == "__main__":
    main()
