"""`annexa collect` may be killed at any instant: what is committed verifies, the next run is whole.

``ANNEXA_KILLS`` says how many random instants are tried (8 by default, to be quick).
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from annexa.agent.config import load
from annexa.ledger import Ledger

from .cluster import KSERVE, cluster, service, write_company

KILLS = int(os.environ.get("ANNEXA_KILLS", "8"))
SERVICES = 60


def collect(config: Path) -> list[str]:
    return [sys.executable, "-m", "annexa.agent.entry", "collect", "-c", str(config), "--json"]


def test_killed_at_any_instant_the_ledger_verifies_and_the_next_run_completes_it(
    tmp_path: Path,
) -> None:
    with cluster() as there:
        config_path = write_company(tmp_path, there.url)
        there.items[KSERVE] = [service(f"s-{n}", f"s3://m/{n}") for n in range(SERVICES)]
        began = time.monotonic()
        subprocess.run(collect(config_path), check=True, stdout=subprocess.DEVNULL, timeout=120)
        whole_s = time.monotonic() - began
        config = load(config_path)
        seed = random.randrange(2**32)
        chance = random.Random(seed)
        for number in range(KILLS):
            # every object changes each time, so that each run has much to write
            there.items[KSERVE] = [
                service(f"s-{n}", f"s3://m/{n}/{number}") for n in range(SERVICES)
            ]
            after_s = chance.uniform(0, whole_s)
            with subprocess.Popen(collect(config_path), stdout=subprocess.DEVNULL) as process:
                time.sleep(after_s)
                process.kill()
            with Ledger.open(config.ledger, keys=config.keys) as ledger:
                report = ledger.verify()
                assert report.ok, (seed, number, after_s, report.problem)
        subprocess.run(collect(config_path), check=True, stdout=subprocess.DEVNULL, timeout=120)
        with Ledger.open(config.ledger, keys=config.keys) as ledger:
            assert ledger.verify().ok
            kind = "kubernetes.inference_service"
            stored = [record.subject for record in ledger.snapshot().records(kind)]
            runs = [(run.source, run.slot) for run in ledger.runs()]
    assert sorted(stored) == sorted(f"shop/s-{n}" for n in range(SERVICES)), seed
    assert len(runs) == len(set(runs))
