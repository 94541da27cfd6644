"""A program that writes runs and is killed at random instants; prints what it found wrong.

Run by ``test_kill.py`` as ``killed.py FOLDER KILLS SEED``. Writers are forked, so that a kill
costs no import.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from annexa.collectors.contract import Row
from annexa.collectors.errors import Verdict
from annexa.ledger import Ledger
from sample import EVENT, HOUR, MODEL, NOON, held, receipt, row  # type: ignore[import-not-found]  # on the path when run as a program

SOURCE = "mlflow/prod"


def state(hour: int) -> dict[str, str]:
    """What there is at that hour: most stays, some changes, some comes and goes."""
    return {
        f"s{i}": f"{'x' * 200}{hour // (1 + i % 7)}" for i in range(300) if (i + hour) % 11 != 0
    }


def happened(hour: int) -> list[Row]:
    """Windows of three hours that overlap."""
    return [
        row(f"e{h}-{i}", "x", NOON + h * HOUR)
        for h in range(max(0, hour - 2), hour + 1)
        for i in range(9)
    ]


def write(path: Path, hour: int) -> None:
    slot = NOON + hour * HOUR
    with Ledger.open(path) as ledger, ledger.begin(SOURCE, slot) as run:
        items = [row(subject, value) for subject, value in state(hour).items()]
        for start in range(0, len(items), 60):
            run.add(MODEL, items[start : start + 60])
        run.add(EVENT, happened(hour))
        run.move_cursor(EVENT, str(hour))
        verdicts: dict[str, Verdict] = {MODEL.name: "complete", EVENT.name: "complete"}
        run.commit(receipt(SOURCE, slot, verdicts))


def done(path: Path) -> int:
    """How many hours are committed; complains about anything that is not as it should be."""
    if not path.exists():
        return 0
    with Ledger.open(path) as ledger:
        report = ledger.verify()
        assert report.ok, report.problem
        hours = report.runs
        assert [run.slot for run in ledger.runs()] == [NOON + h * HOUR for h in range(hours)]
        if hours:
            assert held(ledger) == state(hours - 1)
            seen = sorted(event.subject for event in ledger.events(EVENT.name))
            assert seen == sorted(f"e{h}-{i}" for h in range(hours) for i in range(9))
            with ledger.begin(SOURCE, NOON - HOUR) as run:
                assert run.cursor(EVENT) == str(hours - 1)
    return hours


def killed_writer(path: Path, first: int, after_s: float) -> None:
    """Write hour after hour in a process that is killed after a while."""
    child = os.fork()
    if child == 0:
        hour = first
        while True:
            write(path, hour)
            hour += 1
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def main() -> None:
    path = Path(sys.argv[1]) / "annexa.db"
    chance = random.Random(int(sys.argv[3]))
    hours = 0
    for _ in range(int(sys.argv[2])):
        killed_writer(path, hours, chance.uniform(0.0, 0.35))
        now = done(path)
        assert now >= hours, "a committed run is lost"
        hours = now
    write(path, hours)
    assert done(path) == hours + 1
    print(f"{hours} runs survived {sys.argv[2]} kills")


if __name__ == "__main__":
    main()
