"""The agent on duty: rounds when they are due, one agent per ledger, a log line for each thing."""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .. import AnnexaError
from .alerts.outbox import Outbox
from .alerts.targets import targets
from .archive_round import archive_round
from .config import Config
from .errors import AlertError, ConfigError
from .progress import summary
from .reading import Stopped
from .rounds import RoundResult, Rounds, by_rhythm
from .sources import Source
from .timing import Rhythm

if TYPE_CHECKING:
    from ..ledger.store import Ledger


LEAVE_S = 60.0
"""A source that takes longer is judged when it is done; the others are judged without it."""


class Watch:
    """Everything that `annexa run` needs, made before the first round: what is wrong with the
    configuration or a secret shows at the start, not at night."""

    def __init__(
        self, config: Config, ledger: "Ledger", *, log: Any, stop: threading.Event
    ) -> None:
        if not config.sources:
            raise ConfigError(
                f"{config.path.name}: sources", "there are none", remedy="add at least one"
            )
        self._config = config
        self._ledger = ledger
        self._log = log
        self._stop = stop
        lasts = 2 * max(rhythm.step for rhythm, _ in by_rhythm(config)) + timedelta(minutes=10)
        outbox = Outbox(
            ledger,
            targets(config, ledger, lasts=lasts, environment=os.environ),
            lasts=lasts,
            complain=self._undelivered,
        )
        self._rounds = Rounds(config, ledger, outbox, stop=stop, later=self._tell_later)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the ledger's agent lock; it is gone when the process is, however it ended.

        Raises:
            ConfigError: Another agent has it.
        """
        path = self._config.ledger.with_name(self._config.ledger.name + ".agent")
        with path.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ConfigError(
                    f"{self._config.path.name}: ledger",
                    "another `annexa run` works on it",
                    remedy="stop that one first",
                ) from error
            yield

    def one_round(self) -> RoundResult | None:
        """Everything that is due now; None when the agent was told to end meanwhile.

        Raises:
            AnnexaError: The ledger, or the pack, cannot be used.
        """
        try:
            result = self._rounds.run(self._config.sources)
        except Stopped:
            self._log.info("stopped")
            return None
        self._tell(result)
        return result

    def run(self, *, grace_s: float) -> bool:
        """Rounds until told to stop. False: one was still waiting when the time was up."""
        from .clockwork import Clockwork
        from .intake.reception import reception
        from .intake.trigger import Trigger

        clock = Clockwork(jitter_s=self._config.schedule.jitter_s)

        def trigger_of(source: Source) -> Trigger:
            return Trigger(self._round_of([source], at_once=True), clock.later)

        archive = self._config.archive
        if archive is not None and archive.every:
            later = archive_round(self._config, archive, self._ledger, self._log)
            clock.add(Rhythm(archive.every), later, at_once=True)
        groups = by_rhythm(self._config)
        for rhythm, sources in groups:
            clock.add(rhythm, self._round_of(sources), at_once=True)
            names = [source.id for source in sources]
            self._log.info("scheduled", rhythm=rhythm.text, sources=names)
        with reception(self._config, trigger_of, log=self._log):
            ended = clock.run_until(self._stop, grace_s=grace_s)
        self._log.info("stopped", in_time=ended)
        return ended

    def _round_of(self, sources: Sequence[Source], *, at_once: bool = False) -> Callable[[], None]:
        def call() -> None:
            try:
                self._tell(self._rounds.run(sources, at_once=at_once, leave_s=LEAVE_S))
            except Stopped:
                pass
            except Exception as error:  # one round must not end the agent
                self._explain(error)

        return call

    def _tell_later(self, result: RoundResult | BaseException) -> None:
        if isinstance(result, RoundResult):
            self._tell(result)
        elif not isinstance(result, Stopped):
            self._explain(result)

    def _explain(self, error: BaseException) -> None:
        if self._stop.is_set():  # the ledger may be closed already
            self._log.info("round abandoned", error=type(error).__name__)
        elif isinstance(error, AnnexaError):
            # The next round may find the disk free again; a ledger that cannot be opened
            # ends the agent at its start.
            self._log.error("round failed", problem=str(error), code=error.exit_code)
        else:
            self._log.exception("round failed by a bug", error=type(error).__name__)

    def _tell(self, result: RoundResult) -> None:
        for receipt in result.receipts:
            level = self._log.info if receipt.complete else self._log.warning
            level("read", source=receipt.source, result=summary(receipt))
        if result.receipts:
            self._log.info(
                "judged",
                gaps=result.gaps,
                missed=result.missed,
                notified=result.sent,
                waiting=result.unsent,
            )

    def _undelivered(self, target: str, error: AlertError) -> None:
        self._log.warning("not delivered", target=target, problem=str(error))
