"""APScheduler as the clock: it wakes the rounds up, and knows nothing that must outlive it."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from .timing import Rhythm


class _RhythmTrigger(BaseTrigger):  # type: ignore[misc]  # apscheduler ships no types
    """Due times of a rhythm, each up to ``jitter_s`` later."""

    def __init__(self, rhythm: Rhythm, jitter_s: float) -> None:
        self._rhythm = rhythm
        self._jitter_s = jitter_s

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        late = timedelta(seconds=random.uniform(0, self._jitter_s))  # noqa: S311 - spreads load
        return self._rhythm.next_after(now.astimezone(UTC)) + late


class Clockwork:
    """Calls each job when it is due; a job that is still running is not started again."""

    def __init__(self, *, jitter_s: float, threads: int = 4) -> None:
        self._jitter_s = jitter_s
        self._scheduler: Any = BackgroundScheduler(
            timezone=UTC,
            daemon=True,
            executors={"default": ThreadPoolExecutor(threads)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def add(self, rhythm: Rhythm, call: Callable[[], None], *, at_once: bool = False) -> None:
        """``at_once``: also now, to catch up with what passed while nobody ran."""
        first = {"next_run_time": datetime.now(UTC)} if at_once else {}
        trigger = _RhythmTrigger(rhythm, self._jitter_s)
        self._scheduler.add_job(call, trigger, name=rhythm.text, **first)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call once; from any thread."""
        self._scheduler.add_job(call, run_date=datetime.now(UTC) + timedelta(seconds=seconds))

    def run_until(self, stop: threading.Event, *, grace_s: float) -> bool:
        """Run until ``stop``; then wait for running jobs. False: some did not end in time."""
        self._scheduler.start()
        while not stop.wait(1.0):
            pass
        ended = threading.Event()

        def end() -> None:
            self._scheduler.shutdown(wait=True)
            ended.set()

        threading.Thread(target=end, daemon=True).start()
        return ended.wait(grace_s)
