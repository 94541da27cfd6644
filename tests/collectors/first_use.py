"""``first_use.py``: uses each of many nested Structs for the first time in several threads at
once, and ends well if it can."""

import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

import msgspec
from annexa.collectors.shapes import learn

THREADS = 8
BODY = {"more": [{"f1": 2, "more": [{"more": []}], "one": {"more": []}}]}


def nested(number: int) -> Any:
    shape: Any = int
    for depth in range(6):
        fields: list[Any] = [(f"f{n}", "int | None", None) for n in range(5)]
        fields += [("more", list[shape]), ("one", shape | None, None)]
        shape = msgspec.defstruct(f"Shape{number}_{depth}", fields, kw_only=True)
    return shape


def use(shape: Any, together: threading.Barrier, used: list[Any]) -> None:
    together.wait()
    learn(shape)
    used.append(msgspec.convert(BODY, shape))


def main(shapes: int) -> None:
    sys.setswitchinterval(1e-6)
    used: list[Any] = []
    for number in range(shapes):
        given = nested(number), threading.Barrier(THREADS), used
        threads = [threading.Thread(target=use, args=given) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    sys.exit(len(used) != shapes * THREADS)


if __name__ == "__main__":
    main(100)
