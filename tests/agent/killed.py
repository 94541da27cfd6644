"""A program that collects and is killed at random instants; prints how many it survived.

Run by ``test_kill.py`` as ``killed.py CONFIG KILLS SEED``. Collectors are forked from a process
that has imported all they need: so a kill costs no import, and none falls into one.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import annexa.agent.commands.collect
import annexa.agent.job
import annexa.mappings.evaluation
import annexa.mappings.pack_set  # noqa: F401 - for the forked
from annexa.agent.config import load
from annexa.agent.entry import run
from annexa.collectors.registry import all_kinds
from annexa.ledger import Ledger


def collecting(config: Path) -> int:
    """The process that does it."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os._exit(run(["collect", "-c", str(config), "--json"]))
    return child


def collected(config: Path) -> float:
    """Collect all; returns how long that took, in seconds."""
    began = time.monotonic()
    _, status = os.waitpid(collecting(config), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return time.monotonic() - began


def main() -> None:
    path, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    config = load(path)
    all_kinds()
    chance = random.Random(seed)
    whole_s = collected(path)
    for number in range(kills):
        after_s = chance.uniform(0, whole_s)
        child = collecting(path)
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with Ledger.open(config.ledger, keys=config.keys) as ledger:
            report = ledger.verify()
            assert report.ok, (number, after_s, report.problem)
    collected(path)
    with Ledger.open(config.ledger, keys=config.keys) as ledger:
        assert ledger.verify().ok
    print(f"survived {kills} kills")


if __name__ == "__main__":
    main()
