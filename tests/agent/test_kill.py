"""`annexa collect` may be killed at any instant: what is committed verifies, the next run is whole.

``ANNEXA_KILLS`` says how many random instants are tried.
"""

import os
import random
import subprocess
import sys
from itertools import count
from pathlib import Path

from annexa.agent.config import load
from annexa.ledger import Ledger

from ..collectors.misbehaving import Reply, Request
from .cluster import KSERVE, cluster, service, write_company

KILLS = int(os.environ.get("ANNEXA_KILLS", "50"))
SERVICES = 24


def test_killed_at_any_instant_the_ledger_verifies_and_the_next_run_completes_it(
    tmp_path: Path,
) -> None:
    with cluster() as there:
        listings = count()

        def changed(request: Request) -> Reply | None:
            """Every object changes each time, so that each run has much to write."""
            if request.path == KSERVE and "continue" not in request.query:
                number = next(listings)
                there.items[KSERVE] = [
                    service(f"s-{n}", f"s3://m/{n}/{number}") for n in range(SERVICES)
                ]
            return None

        there.answer = changed
        path = write_company(tmp_path, there.url)
        config = load(path)
        seed = random.randrange(2**32)
        program = [sys.executable, str(Path(__file__).with_name("killed.py"))]
        shown = subprocess.run(
            [*program, str(path), str(KILLS), str(seed)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert shown.returncode == 0, (seed, shown.stderr)
        assert shown.stdout == f"survived {KILLS} kills\n"
        with Ledger.open(config.ledger, keys=config.keys) as ledger:
            kind = "kubernetes.inference_service"
            stored = [record.subject for record in ledger.snapshot().records(kind)]
            runs = [(run.source, run.slot) for run in ledger.runs()]
    assert sorted(stored) == sorted(f"shop/s-{n}" for n in range(SERVICES)), seed
    assert len(runs) == len(set(runs))
    assert len(runs) > 2 * 2, "no kill came late enough, so nothing was tried"
