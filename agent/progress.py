"""Progress on standard error: a live line per source on a terminal, else one line at its end."""

import sys
import threading
from types import TracebackType
from typing import TYPE_CHECKING

from ..collectors.receipt import Receipt
from .screen import clean

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


class SourceProgress:
    """A context manager that `reading.collect_due` tells what happens."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._lock = threading.Lock()
        self._quiet = quiet
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._items: dict[tuple[str, str], int] = {}

    def __enter__(self) -> "SourceProgress":
        if sys.stderr.isatty() and not self._quiet:
            from rich.console import Console
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            self._bars = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                TimeElapsedColumn(),
                console=Console(stderr=True, markup=False, highlight=False),
            )
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def started(self, source: str) -> None:
        if self._bars is not None:
            with self._lock:
                self._tasks[source] = self._bars.add_task(f"{clean(source)}  connecting", total=1)

    def page(self, source: str, kind: str, items: int) -> None:
        with self._lock:
            self._items[source, kind] = items
            total = sum(n for (name, _), n in self._items.items() if name == source)
        if self._bars is not None:
            text = f"{clean(source)}  {total:,} records  {clean(kind)}"
            self._bars.update(self._tasks[source], description=text)

    def finished(self, source: str, receipt: Receipt) -> None:
        text = f"{clean(source)}  {summary(receipt)}"
        if self._bars is not None:
            self._bars.update(self._tasks[source], description=text, completed=1)
        elif not self._quiet:
            with self._lock:
                sys.stderr.write(f"annexa: {text}\n")
                sys.stderr.flush()


def summary(receipt: Receipt) -> str:
    """``1,234 records of 5 kinds in 2.1 s``, and what could not be read."""
    items = sum(kind.items for kind in receipt.kinds)
    seconds = (receipt.finished_at - receipt.started_at).total_seconds()
    unread = [k.kind for k in receipt.kinds if k.verdict not in ("complete", "unsupported")]
    text = f"{items:,} records of {len(receipt.kinds)} kinds in {seconds:.1f} s"
    return f"{text}; not read in full: {', '.join(unread)}" if unread else text
