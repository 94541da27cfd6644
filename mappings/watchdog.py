"""Stops a statement that runs too long, or makes the process grow beyond its limit.

DuckDB has no statement timeout, and does not count text that one expression builds against its own
limit of memory. So somebody outside of the statement looks at the clock and at the process.
"""

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Literal

_LOOK_S = 0.05
_SLACK_BYTES = 256 << 20
"""What Python and others in this process may take meanwhile."""
_STATM = Path("/proc/self/statm")
_SIZE = re.compile(r"(\d+)\s*([KMGT]?)I?B", re.IGNORECASE)

Why = Literal["time", "memory"]


class Watchdog:
    """Calls ``stop`` once if need be, as a context manager around a statement.

    Args:
        memory: DuckDB's limit, such as ``384MB``; the process may grow by twice that and 256 MiB.
            Where the system does not tell its size (elsewhere than on Linux), it may grow.
    """

    why: Why | None = None
    """Why the statement was stopped."""

    def __init__(self, stop: Callable[[], None], *, timeout_s: float, memory: str) -> None:
        self._stop, self._over = stop, threading.Event()
        self._until, self._most = monotonic() + timeout_s, _most(memory)
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Watchdog":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(min(_LOOK_S, max(0.0, self._until - monotonic()))):
            late = monotonic() >= self._until
            if late or (self._most is not None and (resident_bytes() or 0) > self._most):
                self.why = "time" if late else "memory"
                self._stop()
                return


def resident_bytes() -> int | None:
    """How much memory this process has now; None where the system does not tell."""
    try:
        return int(_STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def _most(memory: str) -> int | None:
    """The size from which on a statement is stopped."""
    size, now = _SIZE.fullmatch(memory.strip()), resident_bytes()
    if size is None or now is None:
        return None
    limit = int(size[1]) << {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}[size[2].upper()]
    return now + 2 * limit + _SLACK_BYTES
