"""Works off a few long jobs side by side, so that one that hangs keeps no other waiting."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")

RELIEF_S = 15.0
"""A job that runs longer holds no place: the next waiting job gets a thread of its own."""
MOST_THREADS = 256


class Unfinished:
    """Stands in the place of a job that was left to itself."""


def side_by_side(
    jobs: Sequence[Job],
    work: Callable[[Job], Result],
    *,
    threads: int,
    relief_s: float | None = None,
    leave_s: float | None = None,
    afterwards: Callable[[Result | BaseException], None] | None = None,
) -> list[Result | BaseException | Unfinished]:
    """Results in the order of ``jobs``; what a job raised stands in its place.

    The threads are daemons: Ctrl-C in the calling thread goes through at once, even while a
    job waits for a network.

    Args:
        threads: At first; more come while jobs run longer than ``relief_s``, by default `RELIEF_S`,
            and others wait.
        leave_s: Wait no longer than this for any job; None: for all. One that is left goes on,
            and ``afterwards`` is called with its result, in its thread.
    """
    crew = _Crew(jobs, work, afterwards or (lambda result: None))
    crew.start(min(threads, len(jobs)))
    relief_s = RELIEF_S if relief_s is None else relief_s
    while (unfinished := len(jobs) - len(crew.results)) > 0:
        crew.take(timeout_s=min(1.0, relief_s))  # wakes up so that signals are seen
        running_s = crew.running_s()
        slow = sum(1 for seconds in running_s if seconds > relief_s)
        crew.start(min(threads + slow - crew.alive, crew.waiting.qsize()))
        is_waited_for = leave_s is None or not all(s > leave_s for s in running_s)
        if not is_waited_for and len(running_s) == unfinished and crew.leave():
            break
    return [crew.results.get(index, Unfinished()) for index in range(len(jobs))]


@dataclass
class _Crew(Generic[Job, Result]):
    jobs: Sequence[Job]
    work: Callable[[Job], Result]
    afterwards: Callable[[Result | BaseException], None]
    results: dict[int, Result | BaseException | Unfinished] = field(default_factory=dict)
    waiting: "queue.SimpleQueue[int]" = field(default_factory=queue.SimpleQueue)
    done: "queue.SimpleQueue[tuple[int, Result | BaseException]]" = field(
        default_factory=queue.SimpleQueue
    )
    began: dict[int, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    alive: int = 0
    """Threads that will look for a further job."""
    is_left: bool = False

    def __post_init__(self) -> None:
        for index in range(len(self.jobs)):
            self.waiting.put(index)

    def start(self, threads: int) -> None:
        for _ in range(min(threads, MOST_THREADS - self.alive)):
            with self.lock:
                self.alive += 1
            threading.Thread(target=self._work_off, name="source", daemon=True).start()

    def take(self, *, timeout_s: float) -> None:
        """One result, or none in that time."""
        try:
            index, result = self.done.get(timeout=timeout_s)
        except queue.Empty:
            return
        self.results[index] = result

    def running_s(self) -> list[float]:
        """For how long each running job has been at it."""
        now = time.monotonic()
        with self.lock:
            return [now - began for began in self.began.values()]

    def leave(self) -> bool:
        """From here on results go to ``afterwards``. False: there are some to take first."""
        with self.lock:
            self.is_left = self.done.empty()
        return self.is_left

    def _work_off(self) -> None:
        while True:
            with self.lock:
                try:
                    index = self.waiting.get_nowait()
                except queue.Empty:
                    self.alive -= 1
                    return
                self.began[index] = time.monotonic()
            try:
                result: Result | BaseException = self.work(self.jobs[index])
            except BaseException as error:
                result = error
            with self.lock:
                del self.began[index]
                is_late = self.is_left
                if not is_late:
                    self.done.put((index, result))
            if is_late:
                self.afterwards(result)
