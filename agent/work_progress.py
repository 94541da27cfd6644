"""How far one long job is, on standard error and with an estimate: a bar on a terminal, elsewhere
a plain line now and then."""

import sys
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from .screen import clean

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_EVERY_S = 10.0
"""Between two plain lines; what is done sooner needs none."""
EXPORT_STEPS: Mapping[str, float] = {
    "records": 0.0,
    "proofs": 0.07,
    "populations": 0.1,
    "controls": 0.3,
    "oscal": 0.75,
    "workbook and pages": 0.85,
}
"""What was done of an export when a step begins, as `bench/export.py` found it."""


class WorkProgress:
    """A context manager that is told what part is done."""

    def __init__(
        self, what: str, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what, self._quiet, self._clock = what, quiet, clock
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._started = self._told = clock()

    def __enter__(self) -> "WorkProgress":
        if sys.stderr.isatty() and not self._quiet:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.percentage:.0f} %"),
                TimeRemainingColumn(),
                console=Console(stderr=True, markup=False, highlight=False),
                transient=True,
            )
            self._task = self._bar.add_task(self._what, total=1.0)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def step(self, name: str) -> None:
        """A step of an export begins."""
        self.reached(EXPORT_STEPS.get(name, 0.0), name)

    def bytes_done(self, done: int, todo: int) -> None:
        self.reached(done / todo if todo else 1.0)

    def reached(self, part: float, step: str = "") -> None:
        """``part`` of the whole is done, from 0 to 1."""
        text = f"{self._what}: {clean(step)}" if step else self._what
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=part, description=text)
        elif not self._quiet and self._clock() - self._told >= _EVERY_S:
            self._told = self._clock()
            spent = self._told - self._started
            left = f", about {spent / part - spent:,.0f} s left" if part else ""
            sys.stderr.write(f"annexa: {text}, {part:.0%} done{left}\n")
            sys.stderr.flush()
