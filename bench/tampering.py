"""Does `annexa verify` find every change? Random ones, made without the key, until it does not.

    python bench/tampering.py [--bytes 10000] [--structural 1000] [--bundle FILE] [--seed 42]

A third of the single bytes is changed in the zip as it is, a third in a zip whose own digest is
made to fit again, a third in its unpacked files. The structural changes go through all kinds, and
through all that somebody without the key can do to cover them up; those that are signed anew with
another key are found by the fingerprint alone, which is given, as an auditor has it by another way.
Exit code: 0 all were found, 1 one was not; it is named with the seed that makes it again.

Not a change, and so not found: the very same files packed again, by somebody who also writes the
digest of that zip into its comment. What was signed are the files. A changed bit of deflate can do
that; such a case is unpacked, compared and counted apart.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from annexa.exporters.signature import BundleKey
from annexa.exporters.verify import verify_bundle

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.exporters import small_bundle
from tests.exporters.campaign import byte_change, is_found, structural
from tests.exporters.tampering import Original


def run_structural(
    original: Original, count: int, seed: int, folder: Path, fingerprint: str
) -> tuple[Counter[str], list[str]]:
    tried: Counter[str] = Counter()
    missed: list[str] = []
    cases = list(structural(original))
    path = folder / "tampered.zip"
    for number in range(count):
        kind, made = cases[number % len(cases)]
        data = made(Random(f"{seed} {number}"))
        if data == original.data:
            continue
        tried[kind] += 1
        path.write_bytes(data)
        if not is_found(path, fingerprint):
            missed.append(f"{kind}, number {number}")
    return tried, missed


def run_bytes(
    original: Original, count: int, seed: int, folder: Path, fingerprint: str
) -> tuple[Counter[str], list[str]]:
    tried: Counter[str] = Counter()
    missed: list[str] = []
    unpacked = folder / "unpacked"
    original.unpack(unpacked)
    for number in range(count):
        kind, found = byte_change(
            original, number, Random(f"{seed} byte {number}"), folder, fingerprint
        )
        tried[kind] += 1
        if not found:
            missed.append(f"{kind}, number {number}")
    return tried, missed


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--bytes", type=int, default=10_000)
    parser.add_argument("--structural", type=int, default=1_000)
    parser.add_argument("--bundle", type=Path, help="else one of some twenty files is made")
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bundle = folder / "bundle.zip"
        small_bundle.write(folder / "earlier.zip", folder / "keys", runs=2)
        if options.bundle:
            shutil.copy(options.bundle, bundle)
        else:
            small_bundle.write(bundle, folder / "keys")
        report = verify_bundle(bundle)
        if not report.ok or report.fingerprint is None:
            print("\n".join(report.lines()))
            return 1
        strangers = BundleKey(folder / "strangers")
        original = Original.read(bundle, folder / "earlier.zip", strangers)
        print(f"{report.files} files, {len(original.data):,} bytes packed, seed {options.seed}")
        missed: list[str] = []
        for title, run, count in (
            ("single bytes", run_bytes, options.bytes),
            ("structural changes", run_structural, options.structural),
        ):
            started = time.process_time()
            tried, not_found = run(original, count, options.seed, folder, report.fingerprint)
            spent = time.process_time() - started
            total = tried.total()
            print(f"{title}: {total - len(not_found):,} of {total:,} found, CPU {spent:.0f} s")
            for kind, number in sorted(tried.items()):
                print(f"  {number:6,}  {kind}")
            missed += not_found
        for one in missed:
            print(f"NOT FOUND: {one}")
        return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
