"""Records of the kinds' real shapes under all rules, from a real ledger.

    python bench/evaluate.py [--records 300000] [--runs 3]

Then the same with the tables of the evaluation before: written, with nothing new, and with 1,000
model versions that changed.

Floor: DuckDB reading the same newline-delimited JSON into typed tables, and nothing else. Times
are medians, on the clock and of the CPU (user and system, all threads): on a machine that others
use too, trust the second.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from _estate import NOW, fill, records
from _per_record import RULES, compare
from annexa.collectors import canonical
from annexa.collectors.contract import Kind
from annexa.ledger import Ledger
from annexa.mappings import evaluation as engine
from annexa.mappings.conventions import Conventions
from annexa.mappings.kind_table import columns, identifier, literal, table_name
from annexa.mappings.pack import load_pack
from annexa.mappings.sealed import Sealed

BUDGETS = {300_000: (4.0, None), 1_000_000: (8.0, 512)}
"""Records -> seconds and MiB; the seconds of a million are for 60 rules."""
PHASES = (
    "load_records",
    "load_states",
    "build_views",
    "evaluate_scope",
    "gaps",
    "results_sha256",
    "store_outcomes",
)
_SLOWEST = 8
_CHANGED = 1000


def write_files(total: int, folder: Path) -> list[tuple[Kind, Path]]:
    """The same bodies as newline-delimited JSON, one file a kind; not timed."""
    files = []
    for _, kind, found in records(total):
        file = folder / f"{kind.name}.ndjson"
        with file.open("wb") as out:
            for record in found:
                out.write(canonical.encode(record) + b"\n")
        files.append((kind, file))
    return files


def floor(files: Sequence[tuple[Kind, Path]], folder: Path) -> tuple[float, float]:
    """Seconds on the clock and of the CPU."""
    started, cpu = time.perf_counter(), time.process_time()
    with duckdb.connect(str(folder / "floor.duckdb")) as db:
        db.execute("set memory_limit = '512MB'; set preserve_insertion_order = false")
        for kind, file in files:
            own = {name: hint for name, hint in columns(kind).items() if not name.startswith("_")}
            listed = ", ".join(f"{literal(n)}: {literal(h)}" for n, h in own.items())
            db.execute(
                f"create temp table {identifier(table_name(kind.name))} as select * from read_json("
                f"{literal(str(file))}, format = 'newline_delimited', columns = {{{listed}}})"
            )
    return time.perf_counter() - started, time.process_time() - cpu


def watch(owner: Any, name: str, label: Callable[..., str], seconds: dict[str, float]) -> None:
    """Add the time that each call of ``owner.name`` takes to ``seconds``."""
    inner = getattr(owner, name)

    def timed(*given: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return inner(*given, **named)
        finally:
            seconds[label(*given, **named)] += time.perf_counter() - started

    setattr(owner, name, timed)


def evaluate_once(path: Path, *, with_ratio: bool, kept: Path | None) -> dict[str, Any]:
    """One evaluation, to be run in a process of its own: its peak memory is its own."""
    phases: dict[str, float] = defaultdict(float)
    statements: dict[str, float] = defaultdict(float)
    for phase in PHASES:
        watch(engine, phase, lambda *_, _name=phase, **__: _name, phases)
    watch(Sealed, "run", lambda *_, where, **__: where, statements)
    started, cpu = time.perf_counter(), time.process_time()
    with (
        Ledger.open(path, create=False, read_only=True) as ledger,
        engine.evaluate(ledger, load_pack(), Conventions(), at=NOW, kept=kept) as evaluation,
    ):
        took, used = time.perf_counter() - started, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        started = time.perf_counter()
        database = evaluation.database
        copied = time.perf_counter() - started
        with duckdb.connect(str(database), read_only=True) as db:
            ((rows,),) = db.execute("select count(*) from result").fetchall()
        found: dict[str, Any] = {
            "took": took, "cpu": used, "peak": peak, "copied": copied, "rows": rows,
            "rules": len(evaluation.pack.rules), "phases": phases, "statements": statements,
        }  # fmt: skip
        if kept is not None:
            return found
        if with_ratio:
            found["ratio"] = compare(database, evaluation.pack, NOW)
        return found


def report(total: int, size: int, floors: Sequence[tuple[float, float]], runs: Any) -> None:
    def median(key: str) -> float:
        return float(statistics.median(run[key] for run in runs))

    took, cpu, rules = median("took"), median("cpu"), runs[0]["rules"]
    wall_floor, cpu_floor = (statistics.median(times) for times in zip(*floors, strict=True))
    print(
        f"evaluate {total:,} records ({size / 1e6:.0f} MB) under {rules} rules, "
        f"{runs[0]['rows']:,} rows judged: {took:.2f} s (CPU {cpu:.2f} s), "
        f"best {min(run['took'] for run in runs):.2f} s, "
        f"peak {max(run['peak'] for run in runs):.0f} MiB\n"
        f"floor (DuckDB reads the same JSON, typed): {wall_floor:.2f} s (CPU {cpu_floor:.2f} s); "
        f"ratio {took / wall_floor:.1f} (CPU {cpu / cpu_floor:.1f})"
    )
    _report_parts(runs, rules)
    slow, fast, judged = next(run["ratio"] for run in runs if "ratio" in run)
    print(
        f"{len(RULES)} rules in plain Python, a record at a time, rows joined for it: "
        f"{slow:.2f} s of CPU, {slow / judged * 1e6:.1f} µs a row; DuckDB on one core, rule by "
        f"rule: {fast:.2f} s; ratio {slow / fast:.1f}"
    )
    if total in BUDGETS:
        _report_budget(*BUDGETS[total], took, max(run["peak"] for run in runs), rules)


def _report_parts(runs: Sequence[Mapping[str, Any]], rules: int) -> None:
    phases = {
        name: statistics.median(run["phases"].get(name, 0) for run in runs) for name in PHASES
    }
    phases["rest"] = statistics.median(run["took"] - sum(run["phases"].values()) for run in runs)
    print("phases: " + ", ".join(f"{name} {spent:.2f} s" for name, spent in phases.items()))
    print(
        f"judging costs {phases['evaluate_scope'] / rules * 1000:.1f} ms a rule; the DuckDB file, "
        f"when an export asks for it: {statistics.median(run['copied'] for run in runs):.2f} s more"
    )
    slowest = sorted(runs[-1]["statements"].items(), key=lambda one: -one[1])[:_SLOWEST]
    print("slowest statements: " + ", ".join(f"{where} {spent:.2f} s" for where, spent in slowest))


def _report_budget(
    seconds: float, memory: int | None, took: float, peak: float, rules: int
) -> None:
    allowed = seconds if memory is None else seconds * max(rules / 60, 1)
    kept = took < allowed and (memory is None or peak <= memory)
    also = "" if memory is None else f" and {memory} MiB"
    print(f"budget {allowed:.1f} s{also}: {'kept' if kept else 'MISSED'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ledger", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--kept", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--ratio", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ledger:
        found = evaluate_once(options.ledger, with_ratio=options.ratio, kept=options.kept)
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "bench.db"
        with Ledger.open(path, keys=folder / "keys") as ledger:
            size = fill(ledger, options.records)
        files = write_files(options.records, folder)
        floors = [floor(files, Path(tempfile.mkdtemp(dir=folder))) for _ in range(options.runs)]
        runs = [evaluate_apart(path, "--ratio")]
        runs += [evaluate_apart(path) for _ in range(1, options.runs)]
        kept = ["--kept", str(folder / "kept")]
        again = {
            "writing the tables": evaluate_apart(path, *kept),
            "nothing new": evaluate_apart(path, *kept),
        }
        with Ledger.open(path, keys=folder / "keys") as ledger:
            fill(ledger, options.records, slot=NOW + timedelta(seconds=1), changed=_CHANGED)
        again[f"{_CHANGED:,} versions changed"] = evaluate_apart(path, *kept)
        again["the same from the beginning"] = evaluate_apart(path)
    report(options.records, size, floors, runs)
    for name, run in again.items():
        print(
            f"kept tables, {name}: {run['took']:.2f} s (CPU {run['cpu']:.2f} s), "
            f"peak {run['peak']:.0f} MiB"
        )


def evaluate_apart(path: Path, *options: str) -> dict[str, Any]:
    """In a process of its own: its peak memory is its own."""
    command = [sys.executable, __file__, "--ledger", str(path), *options]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


if __name__ == "__main__":
    main()
