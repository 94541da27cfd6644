"""`annexa verify` and the stand-alone `verify.py` on one bundle.

    python bench/verify.py BUNDLE.zip [--runs 3]

Floor: `openssl dgst -sha256` of the same bytes, unpacked. That only hashes; a zip also has to be
unpacked, and each record followed to the ledger's log, so the parts are shown too: inflating alone,
and the same bundle as a folder. Budgets: 1.2 times the floor, `verify.py` 2 times.
`bench/export.py --keep FOLDER` makes a bundle of any size.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from annexa.exporters import verify

_PIECE = 1 << 20


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of the CPU, with those of processes that were waited for."""

    def cpu() -> float:
        times = os.times()
        return times.user + times.system + times.children_user + times.children_system

    started, spent = time.perf_counter(), cpu()
    work()
    return time.perf_counter() - started, cpu() - spent


def inflated(bundle: Path) -> None:
    """What zlib alone needs."""
    with zipfile.ZipFile(bundle) as archive, bundle.open("rb") as file:
        for info in archive.infolist():
            file.seek(info.header_offset + 26)
            name, extra = file.read(2), file.read(2)
            file.seek(int.from_bytes(name, "little") + int.from_bytes(extra, "little"), 1)
            if info.compress_type == zipfile.ZIP_STORED:
                continue
            inflate, left = zlib.decompressobj(-15), info.compress_size
            while left:
                packed = file.read(min(_PIECE // 4, left))
                left -= len(packed)
                while packed:
                    inflate.decompress(packed, _PIECE)
                    packed = inflate.unconsumed_tail


def checked(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.bundle.parent) as name:
        with zipfile.ZipFile(options.bundle) as archive:
            archive.extractall(name)
            size = sum(info.file_size for info in archive.infolist())
        (folder,) = Path(name).iterdir()
        files = "\0".join(sorted(str(p) for p in folder.rglob("*") if p.is_file())).encode()
        hashing = ["xargs", "-0", "openssl", "dgst", "-sha256"]
        ours, alone = [sys.executable, "-m", "annexa.agent.entry", "verify"], verify.__file__
        given = str(options.bundle)
        works: dict[str, Callable[[], object]] = {
            "openssl dgst -sha256": lambda: subprocess.run(
                hashing, input=files, check=True, stdout=subprocess.DEVNULL
            ),
            "zlib inflates it": lambda: inflated(options.bundle),
            "annexa verify, zip": lambda: checked([*ours, given]),
            "annexa verify, folder": lambda: checked([*ours, str(folder)]),
            "verify.py, zip": lambda: checked([sys.executable, "-I", alone, given]),
            "verify.py, folder": lambda: checked([sys.executable, "-I", alone, str(folder)]),
        }
        floor = (0.0, 0.0)
        print(
            f"{options.bundle.stat().st_size / 1e6:,.0f} MB packed, {size / 1e6:,.0f} MB of files"
        )
        for title, work in works.items():
            times = [timed(work) for _ in range(options.runs)]
            wall, cpu = (statistics.median(column) for column in zip(*times, strict=True))
            floor = floor if floor[0] else (wall, max(cpu, 0.01))  # one tick of that clock
            print(
                f"{title:24} {wall:7.2f} s (CPU {cpu:6.2f} s); "
                f"ratio {wall / floor[0]:.1f} (CPU {cpu / floor[1]:.1f})"
            )
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"load of this machine in the last 1, 5 and 15 minutes: {load} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
