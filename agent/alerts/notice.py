"""What a target is told about one gap; the same for all targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from ...ledger import Gap

Event = Literal["opened", "closed"]


@dataclass(frozen=True, kw_only=True)
class RuleFacts:
    """What the pack says about a rule; the same at the opening and at the closing of a gap."""

    title: str
    controls: tuple[str, ...]
    severity: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One event of one gap."""

    id: str
    """The same on every try: a receiver that sees it twice may drop the second."""
    event: Event
    gap: "Gap"
    facts: RuleFacts

    @property
    def summary(self) -> str:
        where = self.gap.system or self.gap.source or "the organisation"
        return f"{self.facts.title}: {self.gap.outcome} for {where}"

    def labels(self) -> dict[str, str]:
        """Few values each: never a subject, an ARN or a model's name."""
        found = {
            "rule": self.gap.rule,
            "control": ",".join(self.facts.controls),
            "system": self.gap.system or "",
            "source": self.gap.source or "",
            "severity": self.facts.severity,
            "owner": self.gap.owner or "",
        }
        return {name: value for name, value in found.items() if value}


class Target(Protocol):
    """Somewhere that notices go."""

    @property
    def name(self) -> str:
        """Stable: what was sent is remembered under it."""
        ...

    def send(self, notice: Notice) -> None:
        """Deliver one notice.

        Raises:
            AlertError: It did not arrive; the outbox keeps it.
        """
        ...

    def remind(self, open_now: Sequence[Notice], until: datetime) -> None:
        """Say again which gaps are open, where a target forgets them by itself.

        Raises:
            AlertError: It did not arrive.
        """
        ...


def facts_of(rules: Mapping[str, RuleFacts], rule: str) -> RuleFacts:
    return rules.get(rule) or RuleFacts(title=rule, controls=(), severity="major")
