"""Works off a few long jobs side by side, and can be left without waiting for a stuck one."""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def side_by_side(
    jobs: Sequence[Job], work: Callable[[Job], Result], *, threads: int
) -> list[Result | BaseException]:
    """Results in the order of ``jobs``; what a job raised stands in its place.

    The threads are daemons: Ctrl-C in the calling thread goes through at once, even while a
    job waits for a network.
    """
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Result | BaseException]] = queue.SimpleQueue()
    for index in range(len(jobs)):
        waiting.put(index)

    def worker() -> None:
        while True:
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((index, work(jobs[index])))
            except BaseException as error:
                done.put((index, error))

    for number in range(min(threads, len(jobs))):
        threading.Thread(target=worker, name=f"source-{number}", daemon=True).start()
    results: dict[int, Result | BaseException] = {}
    while len(results) < len(jobs):
        try:
            index, result = done.get(timeout=1.0)  # wakes up so that signals are seen
        except queue.Empty:
            continue
        results[index] = result
    return [results[index] for index in range(len(jobs))]
