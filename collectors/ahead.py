"""Reading ahead in a thread, bounded: the network waits while we hash, and memory stays small."""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class _Given(Generic[T]):
    value: T


def ahead(source: Iterable[T], *, head_start_s: float = 0.0) -> Generator[T, None, None]:
    """The items of ``source``, made in a thread of their own, one ahead of the consumer.

    The item after the next is not begun before the consumer has come back from the present one.
    An error is raised where its item would have come. Closing this iterator, or leaving it, stops
    the thread after the item that it is at; nobody waits for that, so Ctrl-C is prompt.

    With ``head_start_s`` the consumer waits that long before it goes on: long enough for the thread
    to send its next request. Otherwise the two fight for the interpreter just then, and the server
    idles while we compute.
    """
    results: SimpleQueue[_Given[T] | BaseException | None] = SimpleQueue()
    room = threading.Semaphore(2)
    stopped = threading.Event()

    def produce() -> None:
        iterator = iter(source)
        try:
            while room.acquire() and not stopped.is_set():
                try:
                    results.put(_Given(next(iterator)))
                except StopIteration:
                    return
        except BaseException as error:  # it is raised at the consumer
            results.put(error)
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
            results.put(None)

    threading.Thread(target=produce, name="annexa-ahead", daemon=True).start()
    try:
        while (result := results.get()) is not None:
            if isinstance(result, BaseException):
                raise result
            if head_start_s:
                time.sleep(head_start_s)
            yield result.value
            room.release()
    finally:
        stopped.set()
        room.release()


def in_order(
    items: Iterable[R], work: Callable[[R], T], *, threads: int
) -> Generator[T, None, None]:
    """``work`` over ``items`` on at most ``threads`` threads, results in the order of ``items``.

    At most ``4 * threads`` results are ahead of the consumer. The first error ends it. Threads are
    daemons: nobody waits for a request that no one wants any more.
    """
    tasks: SimpleQueue[tuple[R, Future[T]] | None] = SimpleQueue()
    pending: deque[Future[T]] = deque()
    iterator = iter(items)
    running = 0
    try:
        while True:
            for item in islice(iterator, 4 * threads - len(pending)):
                if running < threads:
                    labour = threading.Thread(target=_labour, args=(tasks, work), daemon=True)
                    labour.start()
                    running += 1
                future: Future[T] = Future()
                pending.append(future)
                tasks.put((item, future))
            if not pending:
                return
            yield pending.popleft().result()
    finally:
        for left in pending:
            left.cancel()
        for _ in range(running):
            tasks.put(None)


def _labour(tasks: "SimpleQueue[tuple[R, Future[T]] | None]", work: Callable[[R], T]) -> None:
    while (task := tasks.get()) is not None:
        item, future = task
        if not future.set_running_or_notify_cancel():
            continue
        try:
            future.set_result(work(item))
        except BaseException as error:  # it is raised at the consumer
            future.set_exception(error)
