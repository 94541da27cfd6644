"""How fast an operation may be asked: quick while AWS takes it, slower as soon as it says so.

AWS limits each operation per account and region, and for most it does not say how much. So an
operation starts at a rate that is known to be harmless and speeds up by half each second; when AWS
throttles it, it falls to half of what it was and from then on grows by one request a second each
second. Sixteen threads that are throttled at once count once.
"""

import threading
import time
from collections.abc import Callable

STARTS = {"sagemaker": 20.0, "bedrock": 10.0, "bedrock-agent": 10.0}
"""Requests a second of each operation of the service; others are not held back until throttled."""
SLOWEST, FASTEST = 0.5, 500.0


class Pace:
    """Of one operation. For use by several threads."""

    def __init__(
        self,
        start_per_s: float | None,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.per_s = start_per_s or FASTEST
        self._now, self._sleep = now, sleep
        self._lock = threading.Lock()
        self._changed_at = now()
        self._turn = self._changed_at - 1
        self._is_careful = False

    def wait(self) -> None:
        """Until it is this request's turn; what was not used for a second may come at once."""
        with self._lock:
            now = self._now()
            self._grow(now)
            self._turn = max(self._turn, now - 1) + 1 / self.per_s
            wait_s = self._turn - now
        if wait_s > 0:
            self._sleep(wait_s)

    def throttled(self) -> None:
        """AWS refused a request because there were too many."""
        with self._lock:
            now = self._now()
            if self._is_careful and now - self._changed_at < 1:
                return
            self.per_s = max(SLOWEST, self.per_s / 2)
            self._turn = max(self._turn, now + 1 / self.per_s)
            self._changed_at, self._is_careful = now, True

    def _grow(self, now: float) -> None:
        seconds = int(now - self._changed_at)
        if seconds < 1:
            return
        grown = self.per_s + seconds if self._is_careful else self.per_s * 1.5 ** min(seconds, 20)
        self.per_s = min(FASTEST, grown)
        self._changed_at = now


class Paces:
    """Of all operations of one source."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paces: dict[tuple[str, str | None], Pace] = {}

    def of(self, operation: str, region: str | None) -> Pace:
        """``operation`` is ``service:Operation``; ``region`` is None for the source's own."""
        with self._lock:
            key = operation, region
            if key not in self._paces:
                self._paces[key] = Pace(STARTS.get(operation.partition(":")[0]))
            return self._paces[key]
