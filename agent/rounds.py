"""Which slots are due, and one round over them: read, judge, tell.

The slot table is the truth, whoever asks: a due slot is claimed by inserting it, once. Of
several that passed while nobody ran, the newest is read (it catches up with all of them) and the
older ones are written down as missed.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ..collectors.receipt import Receipt
from . import job
from .alerts.outbox import Outbox, facts_from
from .config import Config
from .packs import read_packs
from .reading import Due, Progress, collect_due
from .scope import discovered
from .sources import Source
from .timing import Rhythm, utc_now

if TYPE_CHECKING:
    from ..ledger import Ledger


@dataclass(frozen=True, kw_only=True)
class RoundResult:
    receipts: tuple[Receipt, ...]
    missed: int
    """Slots that nobody answered in time."""
    gaps: int
    """Open after this round."""
    sent: int
    unsent: int
    """Notifications that stay in the outbox."""

    @property
    def is_complete(self) -> bool:
        return all(receipt.kinds and receipt.complete for receipt in self.receipts)


class Rounds:
    """Rounds over one ledger. One judgement, and one reading of a source, at a time."""

    def __init__(
        self,
        config: Config,
        ledger: "Ledger",
        outbox: Outbox,
        *,
        clock: Callable[[], datetime] = utc_now,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
        later: "Callable[[RoundResult | BaseException], None]" = lambda result: None,
    ) -> None:
        """``later`` hears of sources that were left to themselves, when they are done."""
        self._config = config
        self._ledger = ledger
        self._outbox = outbox
        self._clock = clock
        self._progress = progress
        self._stop = stop or threading.Event()
        self._later = later
        self._late: list[Receipt] = []
        self._judging_late = threading.Lock()
        self._judging = threading.Lock()
        self._reading: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def run(
        self, sources: Sequence[Source], *, at_once: bool = False, leave_s: float | None = None
    ) -> RoundResult:
        """Read what is due of ``sources``, judge, and tell what opened and closed.

        A source that another round reads is left to that one.

        Args:
            at_once: Read all of them, due or not; now is their slot then. They are waited for.
            leave_s: Judge without a source that takes longer, and again when it is done.

        Raises:
            Stopped: The agent was told to end.
            LedgerError: The ledger took no more.
        """
        receipts, missed = self._read(sources, at_once=at_once, leave_s=leave_s)
        further = self._further(sources)
        if further:
            more, passed = self._read(further, at_once=at_once, leave_s=leave_s)
            receipts, missed = [*receipts, *more], missed + passed
        return self._judge(receipts, missed)

    def _judge(self, receipts: Sequence[Receipt], missed: int = 0) -> RoundResult:
        with self._judging:
            job.assess(self._config, self._ledger).close()
            gaps = len(self._ledger.open_gaps())
            facts = {k: v for pack in read_packs(self._config) for k, v in facts_from(pack).items()}
            sent, unsent = self._outbox.deliver(facts)
        return RoundResult(
            receipts=tuple(receipts), missed=missed, gaps=gaps, sent=sent, unsent=unsent
        )

    def _judge_later(self, result: Receipt | BaseException) -> None:
        """Runs in the thread of a source that nobody waited for; who comes first judges for all
        that came meanwhile."""
        if not isinstance(result, Receipt):
            self._later(result)
            return
        self._late.append(result)
        with self._judging_late:
            receipts, self._late = self._late, []
            try:
                if receipts:
                    self._later(self._judge(receipts))
            except Exception as error:  # it is told where the round's results are told
                self._later(error)

    def _further(self, sources: Sequence[Source]) -> list[Source]:
        """What ``sources`` have found, this time or before."""
        configured = {source.id for source in self._config.sources}
        found = {source.id: source for source in discovered(self._ledger, sources)}
        return [source for id_, source in found.items() if id_ not in configured]

    def _read(
        self, sources: Sequence[Source], *, at_once: bool, leave_s: float | None
    ) -> tuple[list[Receipt], int]:
        """What is due of ``sources``; and how many slots nobody answered."""
        due: list[Due] = []
        missed = 0
        for source in self._held(sources, wait=at_once):
            now = self._clock()
            slot, passed = self.claim(source, now)
            missed += passed
            if slot is None and at_once and self._ledger.claim_slot(source.id, now):
                slot = now
            if slot is not None:
                due.append(Due(source, slot))
            else:
                self._release(source)
        receipts = collect_due(
            self._config,
            self._ledger,
            due,
            progress=self._progress,
            clock=self._clock,
            stop=self._stop,
            done=self._release,
            leave_s=leave_s,
            later=self._judge_later,
        )
        return receipts, missed

    def _held(self, sources: Sequence[Source], *, wait: bool) -> list[Source]:
        """Those that this round may read: a slot that was claimed and not committed is taken as
        left over from a killed agent, so nobody else may. In order of ids: no two wait in a ring.
        """
        in_order = sorted(sources, key=lambda source: source.id)
        mine = {one.id for one in in_order if self._reading[one.id].acquire(blocking=wait)}
        return [source for source in sources if source.id in mine]

    def _release(self, source: Source) -> None:
        self._reading[source.id].release()

    def claim(self, source: Source, now: datetime) -> tuple[datetime | None, int]:
        """The slot of ``source`` that this round answers, and how many were missed before it."""
        rhythm = self._config.rhythm(source.settings)
        left_over, newest = self._known(source)
        if newest is None:
            slot = rhythm.last_until(now) or now
            return (slot, 0) if self._ledger.claim_slot(source.id, slot) else (None, 0)
        due = rhythm.between(newest, now)
        if not due:
            return left_over, 0
        passed = [*([left_over] if left_over else []), *due[:-1]]
        for slot in passed:
            self._ledger.miss_slot(source.id, slot)
        return (due[-1] if self._ledger.claim_slot(source.id, due[-1]) else None), len(passed)

    def _known(self, source: Source) -> tuple[datetime | None, datetime | None]:
        """A slot that was claimed and never committed (the agent was killed), and the newest."""
        slots = list(self._ledger.slots(source.id))
        if not slots:
            return None, None
        newest = max(slots, key=lambda slot: slot.due)
        return (newest.due if newest.state == "claimed" else None), newest.due


def by_rhythm(config: Config) -> list[tuple[Rhythm, list[Source]]]:
    """Sources that are due together are read in one round."""
    groups: dict[str, list[Source]] = {}
    rhythms: dict[str, Rhythm] = {}
    for source in config.sources:
        rhythm = config.rhythm(source.settings)
        rhythms[rhythm.text] = rhythm
        groups.setdefault(rhythm.text, []).append(source)
    return [(rhythms[text], sources) for text, sources in groups.items()]
