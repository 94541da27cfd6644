"""Sends what is pending, once per target; what does not arrive stays and is tried next round.

A notice is marked as sent after the target took it. Should the agent die between the two, the
notice goes out again with the same id, so a receiver can tell.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..errors import AlertError
from ..timing import utc_now
from .notice import Notice, RuleFacts, Target, facts_of

if TYPE_CHECKING:
    from ...ledger import Ledger, Notification
    from ...mappings.pack import Pack

Complain = Callable[[str, AlertError], None]


class Outbox:
    """The ledger's outbox and the targets that it is for."""

    def __init__(
        self,
        ledger: "Ledger",
        targets: Sequence[Target],
        *,
        lasts: timedelta,
        complain: Complain = lambda _target, _error: None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """``lasts``: until when a target that forgets may take an open gap as open."""
        self._ledger = ledger
        self._targets = targets
        self._lasts = lasts
        self._complain = complain
        self._clock = clock

    def deliver(self, facts: Mapping[str, RuleFacts]) -> tuple[int, int]:
        """Send everything that is pending; how many arrived, and how many stay."""
        sent = unsent = 0
        for target in self._targets:
            arrived, left = self._deliver_to(target, facts)
            sent, unsent = sent + arrived, unsent + left
        return sent, unsent

    def _deliver_to(self, target: Target, facts: Mapping[str, RuleFacts]) -> tuple[int, int]:
        pending = self._ledger.pending_notifications(target.name)
        arrived = 0
        try:
            for one in pending:
                target.send(_notice(one, facts))
                self._ledger.mark_sent(one.id)
                arrived += 1
            target.remind(self._open(facts), self._clock() + self._lasts)
        except AlertError as error:
            self._complain(target.name, error)
        return arrived, len(pending) - arrived

    def _open(self, facts: Mapping[str, RuleFacts]) -> list[Notice]:
        return [
            Notice(id=f"{gap.id}/opened", event="opened", gap=gap, facts=facts_of(facts, gap.rule))
            for gap in self._ledger.open_gaps()
        ]


def _notice(pending: "Notification", facts: Mapping[str, RuleFacts]) -> Notice:
    gap = pending.gap
    return Notice(
        id=f"{gap.id}/{pending.event}",
        event=pending.event,
        gap=gap,
        facts=facts_of(facts, gap.rule),
    )


def facts_from(pack: "Pack") -> dict[str, RuleFacts]:
    """What a pack says about whatever can have a gap: rules, controls, and sources."""
    from ...mappings.gaps import SOURCE_RULE

    facts = {
        SOURCE_RULE: RuleFacts(
            title="Every source can be read in full", controls=(), severity="major"
        )
    }
    for control in pack.catalogue.controls:
        facts[control.id] = RuleFacts(title=control.title, controls=(control.id,), severity="minor")
    for rule in pack.rules:
        facts[rule.id] = RuleFacts(title=rule.title, controls=rule.controls, severity=rule.severity)
    return facts
