"""Ten rules of the pack as an engine sees them that takes one record at a time: plain Python.

It is given its rows joined and decoded, which such an engine cannot do for itself; what is timed
is the judging alone, one outcome and one reason for each row and rule.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from annexa.mappings.judgement import rule_sql
from annexa.mappings.kind_table import identifier, literal
from annexa.mappings.macros import rule_macros
from annexa.mappings.pack import Pack

Row = Mapping[str, Any]
Three = bool | None
Judge = tuple[Callable[[Row], Three], Callable[[Row], Three], Callable[[Row], str]]
"""What belongs to the population, what passes, and the reason of what fails."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _both(one: Three, other: Three) -> Three:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _production(row: Row) -> Three:
    return None if row["environment"] is None else row["environment"] == "production"


def _at_most(one: int | None, other: int | None) -> Three:
    return None if one is None or other is None else one <= other


def _same_person(one: str | None, other: str | None) -> Three:
    if one is None or other is None:
        return None
    one, other = one.strip().lower(), other.strip().lower()
    alone = ("@" in one) != ("@" in other)
    return one == other or (alone and one.partition("@")[0] == other.partition("@")[0])


def _not(value: Three) -> Three:
    return None if value is None else not value


def _traced(row: Row) -> Three:
    if row["run_found"] is None:
        return None
    named = None if row["datasets_with_source"] is None else row["datasets_with_source"] > 0
    return _both(row["run_found"], named)


def _in_time(row: Row) -> Three:
    if row["deployed_at"] is not None:
        return _at_most(row["approved_at"], row["deployed_at"])
    return True if _at_most(row["approved_at"], row["created_at"]) else None


def _version(row: Row) -> str:
    return f"{row['model']} {row['version']}"


def _minute(microseconds: int) -> str:
    return f"{_EPOCH + timedelta(microseconds=microseconds):%Y-%m-%d %H:%M} UTC"


def _approved_version(row: Row) -> Three:
    return _both(row["in_production"], row["approved"])


def _approved_deployment(row: Row) -> Three:
    return _both(_production(row), row["approved"])


RULES: Mapping[str, Judge] = {
    "A.7.5-1": (
        lambda r: r["in_production"],
        _traced,
        lambda r: f"{_version(r)} comes from a run whose datasets have no source",
    ),
    "A.6.2.4-1": (
        _approved_version,
        lambda r: _at_most(r["evaluated_at"], r["approved_at"]),
        lambda r: (
            f"{_version(r)} was approved {_minute(r['approved_at'])}, before its evaluation "
            f"ended {_minute(r['evaluated_at'])}"
        ),
    ),
    "A.6.2.4-2": (
        lambda r: r["in_production"],
        lambda r: None if r["metrics"] is None else r["metrics"] > 0,
        lambda r: f"{_version(r)} has no metric on record",
    ),
    "A.6.2.4-3": (
        _approved_version,
        lambda r: _not(_same_person(r["approved_by"], r["trained_by"])),
        lambda r: f"{r['approved_by']} trained and approved {_version(r)}",
    ),
    "A.6.1.3-1": (
        lambda r: r["in_production"],
        lambda r: r["commit_id"] is not None,
        lambda r: f"{_version(r)} names no commit of its training code",
    ),
    "A.6.2.5-1": (
        _production,
        lambda r: r["model_version_id"] is not None,
        lambda r: (
            f"{r['name']} serves {r['model_uri'] or r['image'] or 'a model'}, "
            "which no registry knows"
        ),
    ),
    "A.6.2.5-2": (
        _production,
        lambda r: r["approved"],
        lambda r: (
            f"{r['name']} serves {_version(r)}, whose approval status is {r['approval_status']}"
        ),
    ),
    "A.6.2.5-3": (
        _approved_deployment,
        _in_time,
        lambda r: (
            f"{r['name']} was deployed {_minute(r['deployed_at'])}, and {_version(r)} was "
            f"approved {_minute(r['approved_at'])}"
        ),
    ),
    "A.6.2.6-1": (
        _production,
        lambda r: r["monitored_by"] is not None,
        lambda r: f"{r['name']} names no monitor",
    ),
    "A.4.4-1": (
        lambda r: _both(_production(r), bool(r["image"])),
        lambda r: None if r["image"] is None else "@sha256:" in r["image"],
        lambda r: f"{r['name']} runs {r['image']}, which names no digest",
    ),
}


def judged(row: Row, judge: Judge) -> tuple[str, str | None] | None:
    """Outcome and reason; None when the row does not belong to the population."""
    belongs, holds, reason = judge
    inside = belongs(row)
    if inside is False:
        return None
    if inside is None:
        return "inconclusive", "a fact that decides whether this row counts is not on record"
    passes = holds(row)
    if passes is None:
        return "inconclusive", "a fact that the rule needs is not on record"
    return ("pass", None) if passes else ("fail", reason(row))


def compare(database: Path, pack: Pack, at: datetime) -> tuple[float, float, int]:
    """Seconds of the engine for each record, seconds of DuckDB, and rows judged by each.

    DuckDB judges here one rule after the other and on one core, as the other does.

    Raises:
        AssertionError: The two do not come to the same outcomes.
    """
    slow = fast = 0.0
    total = 0
    with duckdb.connect(":memory:") as db:
        db.execute("set timezone = 'UTC'; set threads = 1; set memory_limit = '1GB'")
        db.execute(f"attach {literal(str(database))} as evaluation (read_only)")
        db.execute("set search_path = 'memory.main,evaluation.main'")
        for macro in rule_macros(at):
            db.execute(macro)
        for population in sorted({pack.rule(rule).population for rule in RULES}):
            rows = _rows(db, population)
            for rule in (rule for rule in RULES if pack.rule(rule).population == population):
                started = time.process_time()
                found = [judged(row, RULES[rule]) for row in rows]
                slow += time.process_time() - started
                counts = Counter(one[0] for one in found if one is not None)
                started = time.process_time()
                db.execute(f"create temp table judged as {rule_sql(pack.rule(rule))}")
                fast += time.process_time() - started
                told = db.execute("select outcome, count(*) from judged group by all").fetchall()
                assert counts == dict(told), f"{rule}: {dict(counts)} is not {dict(told)}"
                db.execute("drop table judged")
                total += counts.total()
    return slow, fast, total


def _rows(db: duckdb.DuckDBPyConnection, population: str) -> list[Row]:
    """A view as dictionaries; times as microseconds."""
    table = identifier(population)
    kinds = db.execute(f"describe {table}").fetchall()
    listed = ", ".join(
        f"epoch_us({identifier(name)})" if kind.startswith("TIMESTAMP") else identifier(name)
        for name, kind, *_ in kinds
    )
    names = [kind[0] for kind in kinds]
    found = db.execute(f"select {listed} from {table}").fetchall()
    return [dict(zip(names, row, strict=True)) for row in found]
