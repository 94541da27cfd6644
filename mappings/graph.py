"""Work in which one piece needs others done before it."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter


def work_off(
    needs: Mapping[str, Iterable[str]], work: Callable[[str], None], *, threads: int
) -> None:
    """Call ``work`` for every name, on at most so many threads, after all that it needs.

    Raises:
        Exception: The first that ``work`` raised, once the pieces that had begun are done.
    """
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    with ThreadPoolExecutor(threads, thread_name_prefix="duckdb") as pool:
        running: dict[Future[None], str] = {}
        while sorter.is_active():
            running |= {pool.submit(work, name): name for name in sorter.get_ready()}
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
                sorter.done(running.pop(future))
