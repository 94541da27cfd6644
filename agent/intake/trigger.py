"""Starts a source's round when something was pushed to it, and not for each push."""

import threading
import time
from collections.abc import Callable

SETTLE_S = 1.0
"""Pushes come in bursts: so long is waited for more."""
PAUSE_S = 5.0
"""From the end of one such round to the next; as long as the round took, if that is more."""


class Trigger:
    """One source's. ``later(seconds, call)`` is the clock's."""

    def __init__(
        self,
        call: Callable[[], None],
        later: Callable[[float, Callable[[], None]], None],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._call = call
        self._later = later
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._is_planned = False
        self._is_running = False
        self._not_before = 0.0

    def pull(self) -> None:
        """See that a round begins after now. One that is running may be past what just came."""
        with self._lock:
            if self._is_planned:
                return
            self._is_planned = True
            if not self._is_running:
                self._plan()

    def _plan(self) -> None:
        wait_s = max(SETTLE_S, self._not_before - self._monotonic())
        self._later(wait_s, self._run)

    def _run(self) -> None:
        with self._lock:
            self._is_planned, self._is_running = False, True
        began = self._monotonic()
        try:
            self._call()
        finally:
            with self._lock:
                now = self._monotonic()
                self._not_before = now + max(PAUSE_S, now - began)
                self._is_running = False
                if self._is_planned:
                    self._plan()
