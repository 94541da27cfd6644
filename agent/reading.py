"""Reads due sources side by side; what cannot be read becomes a receipt that says why."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from .. import AnnexaError, __version__
from ..collectors.contract import Collector, Kind, Row, Sink
from ..collectors.errors import CollectionError
from ..collectors.people import People
from ..collectors.receipt import KindReceipt, Receipt
from ..collectors.runner import read_source
from .config import Config
from .crew import side_by_side
from .sources import Source
from .timing import utc_now

if TYPE_CHECKING:
    from ..ledger.store import Ledger

Clock = Callable[[], datetime]


class Progress(Protocol):
    """Told from the reading threads, several at a time."""

    def started(self, source: str) -> None: ...

    def page(self, source: str, kind: str, items: int) -> None:
        """``items`` so far of this kind."""
        ...

    def finished(self, source: str, receipt: Receipt) -> None: ...


class Silent:
    """Progress for nobody."""

    def started(self, source: str) -> None: ...

    def page(self, source: str, kind: str, items: int) -> None: ...

    def finished(self, source: str, receipt: Receipt) -> None: ...


class Stopped(KeyboardInterrupt):
    """The page in hand is staged; nothing of this run is committed."""


@dataclass(frozen=True)
class Due:
    """A source to read and the due time that the run answers."""

    source: Source
    slot: datetime


def collect_due(
    config: Config,
    ledger: "Ledger",
    due: Sequence[Due],
    *,
    progress: Progress | None = None,
    clock: Clock = utc_now,
    stop: threading.Event | None = None,
    threads: int = 8,
    done: Callable[[Source], None] = lambda source: None,
    leave_s: float | None = None,
    later: Callable[[Receipt | BaseException], None] = lambda result: None,
) -> list[Receipt]:
    """Read the sources side by side, each on its own: none can keep another from being read.

    A slot that is committed already is left out of the answer.

    Args:
        done: Hears of each source when its reading has ended, however it did.
        leave_s: A source that takes longer is left to itself; ``later`` hears how it ended.

    Raises:
        Stopped: ``stop`` was set; sources that were done before are committed.
        LedgerError: The ledger took no more; runs that were committed before stay.
    """
    from ..ledger.errors import SlotTaken

    crew = _Round(
        config,
        ledger,
        progress or Silent(),
        clock,
        stop or threading.Event(),
        done,
        _people(config),
    )
    results = side_by_side(due, crew.read, threads=threads, leave_s=leave_s, afterwards=later)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, SlotTaken):
            raise result
    return [result for result in results if isinstance(result, Receipt)]


def _people(config: Config) -> People | None:
    if config.people == "named":
        return None
    from .pseudonyms import people

    return people(config.keys, config.conventions)


class _Watched:
    """A sink that tells the progress and stops between two pages."""

    def __init__(self, sink: Sink, source: str, told: Progress, halt: threading.Event) -> None:
        self._sink = sink
        self._source = source
        self._told = told
        self._halt = halt
        self._items: dict[str, int] = {}

    def cursor(self, kind: Kind) -> str | None:
        return self._sink.cursor(kind)

    def add(self, kind: Kind, rows: Sequence[Row]) -> None:
        self._sink.add(kind, rows)
        self._items[kind.name] = self._items.get(kind.name, 0) + len(rows)
        self._told.page(self._source, kind.name, self._items[kind.name])
        if self._halt.is_set():
            raise Stopped

    def restart(self, kind: Kind) -> None:
        self._sink.restart(kind)
        self._items[kind.name] = 0

    def move_cursor(self, kind: Kind, cursor: str) -> None:
        self._sink.move_cursor(kind, cursor)


@dataclass(frozen=True)
class _Round:
    config: Config
    ledger: "Ledger"
    told: Progress
    clock: Clock
    halt: threading.Event
    done: Callable[[Source], None]
    people: People | None

    def read(self, job: Due) -> Receipt:
        try:
            return self._read(job)
        finally:
            self.done(job.source)

    def _read(self, job: Due) -> Receipt:
        source = job.source
        if self.halt.is_set():
            raise Stopped
        self.told.started(source.id)
        with self.ledger.begin(source.id, job.slot) as run:
            collector, problem = made(source)
            if collector is None:
                receipt = _unread(source, job.slot, self.clock(), problem)
            else:
                keep = self.config.conventions.keys(source.platform)
                receipt = read_source(
                    collector,
                    source.settings,
                    slot=job.slot,
                    sink=_Watched(run, source.id, self.told, self.halt),
                    keep=frozenset(source.settings.keep) | keep,
                    people=self.people,
                    clock=self.clock,
                    agent_version=__version__,
                )
            run.commit(receipt)
        self.told.finished(source.id, receipt)
        return receipt


def made(source: Source) -> tuple[Collector | None, AnnexaError | None]:
    if source.collector is None or source.problem is not None:
        return None, source.problem
    try:
        return source.collector(source.settings), None  # type: ignore[call-arg]  # a Protocol has no __init__
    except AnnexaError as error:
        return None, error
    except Exception as error:  # a plugin's constructor may raise anything
        return None, CollectionError(
            source.id,
            f"its collector could not be made ({type(error).__name__})",
            remedy="report this as a bug of the collector",
        )


def _unread(source: Source, slot: datetime, now: datetime, problem: AnnexaError | None) -> Receipt:
    """The receipt of a source whose collector cannot even start: a gap like any other."""
    kinds = source.collector.kinds if source.collector else ()
    permission = {kind.name: (kind.permission, kind.cross_check) for kind in kinds}
    return Receipt(
        source=source.id,
        slot=slot,
        started_at=now,
        finished_at=now,
        collector=source.platform,
        collector_version=source.collector.version if source.collector else "none",
        agent_version=__version__,
        config_sha256="",
        systems=list(source.settings.systems) if source.settings.systems else None,
        kinds=[
            KindReceipt(
                kind=name,
                verdict="unavailable",
                started_at=now,
                finished_at=now,
                pages=0,
                items=0,
                permission=permission.get(name, ("unknown", ""))[0],
                cross_check=permission.get(name, ("", "none: not read"))[1],
                schema_sha256="",
                problem=problem.problem if problem else "its collector could not be loaded",
                remedy=problem.remedy if problem else "install it",
            )
            for name in source.kind_names
        ],
    )
