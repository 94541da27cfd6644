"""A bundle of records of the kinds' real shapes, and what it takes to verify it.

    python bench/export.py [--records 100000] [--keep FOLDER]

Floor in the same run: `sha256sum` and `zip -6` of the same files (Python's zlib where there is no
zip). Budgets, for 1,000,000 records in 38 controls: 0.8 times the floor; 150 MiB for records and
proofs, 400 MiB with the tables that DuckDB writes. The evaluation is not timed: `bench/evaluate.py`
does that. Times are on the clock and of the CPU, all threads: where others use the machine too,
only the second means something, and then says nothing of what two cores gain on one.
`bench/verify.py FOLDER/bundle.zip` measures the other half; `bench/README.md` has what came out.
"""

import argparse
import copy
import json
import os
import pickle
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from _estate import fill
from annexa.exporters.bundle import Organisation, export_bundle
from annexa.ledger import Ledger
from annexa.mappings.conventions import Conventions
from annexa.mappings.evaluation import evaluate
from annexa.mappings.pack import load_pack
from annexa.mappings.period import Period
from annexa.mappings.sealed import Limits

RATIO, PEAK_MIB, PEAK_TABLES_MIB = 0.8, 150, 400
_NOT_MEASURED = Limits(memory="4GB", timeout_s=3600)
"""Of the evaluation, which comes before: `bench/evaluate.py` is about it."""
_BEFORE_TABLES = 2
"""So many phases are over before DuckDB is opened."""


def prepare(folder: Path) -> None:
    """Judge the ledger, and keep that for the process that exports."""
    with Ledger.open(folder / "bench.db", keys=folder / "keys", read_only=True) as ledger:
        at = max(run.finished_at for run in ledger.runs()) + timedelta(hours=1)
        database = folder / "evaluation.duckdb"
        with evaluate(
            ledger, load_pack(), Conventions(), at=at, database=database, limits=_NOT_MEASURED
        ) as evaluation:
            evaluation.write()
            kept = copy.copy(evaluation)
            kept._scratch = None  # type: ignore[assignment]  # stays with the one that has the file
            (folder / "evaluation.pickle").write_bytes(pickle.dumps(kept))


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def export(folder: Path) -> dict[str, Any]:
    """Phases: name, seconds on the clock, of the CPU, and the highest memory so far in MiB."""
    evaluation = pickle.loads((folder / "evaluation.pickle").read_bytes())
    marks: list[tuple[str, float, float, float]] = []

    def phase(name: str, *_: object) -> None:
        marks.append((name, time.perf_counter(), time.process_time(), peak_mib()))

    with Ledger.open(folder / "bench.db", keys=folder / "keys", create=False) as ledger:
        phase("start")
        export_bundle(
            ledger,
            evaluation,
            period=Period.parse(str(evaluation.at.year)),
            out=folder / "bundle.zip",
            keys=folder / "keys",
            organisation=Organisation(name="Bench"),
            progress=phase,
        )
        phase("end")
    return {"marks": marks}


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of the CPU of processes that were waited for."""

    def cpu() -> float:
        times = os.times()
        return times.user + times.system + times.children_user + times.children_system

    started, spent = time.perf_counter(), cpu()
    work()
    return time.perf_counter() - started, cpu() - spent


def floor(folder: Path) -> tuple[str, tuple[float, float]]:
    with zipfile.ZipFile(folder / "bundle.zip") as archive:
        archive.extractall(folder / "unpacked")
    unpacked = folder / "unpacked"
    files = sorted(str(path) for path in unpacked.rglob("*") if path.is_file())

    def hashed() -> None:
        subprocess.run(
            ["xargs", "-0", "sha256sum"], input="\0".join(files).encode(), check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def packed() -> None:
        command = ["zip", "-6", "-q", "-r", str(folder / "floor.zip"), "."]
        subprocess.run(command, cwd=unpacked, check=True)

    def deflated() -> None:
        for name in files:
            deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
            deflate.compress(Path(name).read_bytes())
            deflate.flush()

    has_zip = shutil.which("zip") is not None
    hashing, packing = timed(hashed), timed(packed if has_zip else deflated)
    tool = "zip -6" if has_zip else "Python's zlib at level 6"
    return f"sha256sum and {tool}", (hashing[0] + packing[0], hashing[1] + packing[1])


def report(folder: Path, records: int, marks: Any) -> None:
    with zipfile.ZipFile(folder / "bundle.zip") as archive:
        sizes = [info.file_size for info in archive.infolist()]
    packed = (folder / "bundle.zip").stat().st_size
    wall, cpu = marks[-1][1] - marks[0][1], marks[-1][2] - marks[0][2]
    print(
        f"export {records:,} records: {len(sizes):,} files, {sum(sizes) / 1e6:,.0f} MB, packed "
        f"{packed / 1e6:,.0f} MB: {wall:.1f} s (CPU {cpu:.1f} s)"
    )
    for before, after in pairwise(marks[1:]):
        print(
            f"  {before[0]:20} {after[1] - before[1]:7.1f} s (CPU {after[2] - before[2]:6.1f} s), "
            f"peak {after[3]:.0f} MiB"
        )
    tool, (wall_floor, cpu_floor) = floor(folder)
    print(
        f"floor ({tool}): {wall_floor:.1f} s (CPU {cpu_floor:.1f} s); "
        f"ratio {wall / wall_floor:.2f} (CPU {cpu / cpu_floor:.2f}), budget {RATIO}"
    )
    print(
        f"peak {marks[_BEFORE_TABLES + 1][3]:.0f} MiB with records and proofs, budget {PEAK_MIB}; "
        f"{marks[-1][3]:.0f} MiB with all tables, budget {PEAK_TABLES_MIB}; "
        f"{marks[0][3]:.0f} MiB before it began"
    )
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"load of this machine in the last 1, 5 and 15 minutes: {load} on {os.cpu_count()} cores")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder for ledger and bundle, to use again")
    parser.add_argument("--step", choices=("prepare", "export"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step == "prepare":
        prepare(options.keep)
        return
    if options.step == "export":
        print(json.dumps(export(options.keep)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = options.keep or Path(name)
        folder.mkdir(exist_ok=True)
        if not (folder / "bench.db").exists():
            with Ledger.open(folder / "bench.db", keys=folder / "keys") as ledger:
                fill(ledger, options.records)
        command = [sys.executable, __file__, "--keep", str(folder), "--step"]
        if not (folder / "evaluation.pickle").exists():
            subprocess.run([*command, "prepare"], check=True)
        answer = subprocess.run([*command, "export"], check=True, stdout=subprocess.PIPE)
        report(folder, options.records, json.loads(answer.stdout)["marks"])
        shutil.rmtree(folder / "unpacked")
        (folder / "floor.zip").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
