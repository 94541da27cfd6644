"""``annexa run``: the agent that stays."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..exit_codes import ExitCode
from .options import ConfigOption, JsonOption

if TYPE_CHECKING:
    from ..rounds import RoundResult


def register(app: typer.Typer) -> None:
    app.command("run")(run)


def run(
    once: Annotated[bool, typer.Option("--once", help="One round, then end")] = False,
    grace: Annotated[
        float, typer.Option("--grace", min=0, metavar="S", help="Seconds to end in, on SIGTERM")
    ] = 25.0,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> int:
    """Read on schedule, judge after each round, tell of gaps that open and close.

    Ends with 0 on SIGTERM, after the page in hand or when --grace is over (Kubernetes kills
    after 30 s). One agent per ledger.
    """
    from ..logs import set_up
    from ..opening import for_writing
    from ..watch import Watch

    stop = threading.Event()
    with for_writing(config) as (settings, ledger), _until_told(stop):
        watch = Watch(settings, ledger, log=set_up(), stop=stop)
        with watch.alone():
            if not once:
                watch.run(grace_s=grace)
                return ExitCode.OK
            result = watch.one_round()
    if json and result is not None:
        _write(result)
    if result is None:
        return ExitCode.OK
    return ExitCode.OK if result.is_complete else ExitCode.INCOMPLETE


def _write(result: "RoundResult") -> None:
    from ..screen import write_json

    write_json(
        "run/1",
        {
            "receipts": [receipt.public() for receipt in result.receipts],
            "missed": result.missed,
            "gaps": result.gaps,
            "notified": result.sent,
            "waiting": result.unsent,
        },
    )


@contextmanager
def _until_told(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and Ctrl-C set ``stop``; a second Ctrl-C interrupts."""

    def tell(number: int, _frame: Any) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    before = {one: signal.signal(one, tell) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
