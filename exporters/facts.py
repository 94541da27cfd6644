"""What a bundle is about, gathered once; every page, sheet and file tells the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from ..ledger import Gap, GapNow, Ledger, RunInfo
from ..mappings.evaluation import Evaluation
from ..mappings.outcome import STATES, Cell, State
from ..mappings.period import Period
from .engagement import Engagement

if TYPE_CHECKING:
    from .changes import Changes
    from .coverage_calendar import CoverageCalendar


@dataclass(frozen=True, kw_only=True)
class Organisation:
    name: str
    timezone: str = "UTC"
    """IANA name; for display. Every time in a bundle is UTC."""


@dataclass(frozen=True, kw_only=True)
class OpenGap:
    """Something unsupported, and since when the ledger knows it."""

    now: GapNow
    id: str | None
    """Of the episode; None when no saved evaluation has seen it yet."""
    since: datetime | None


CLASS_WORDS = {
    "automated": "mostly from system records, whether it operated can be concluded",
    "partial": "system records prove a part; a document or a judgement by a person is needed too",
    "manual": "a document or an attestation is the evidence; only its existence, approval, age and "
    "integrity are checked here",
}
STATE_WORDS: Mapping[State, str] = {
    "supported": "evidence is there, fresh, and every rule holds",
    "stale": "evidence is older than it may be",
    "failing": "a rule found something that does not hold",
    "unread": "it could not be read, or a fact is missing; nothing is concluded",
    "waiting": "a document or a look by a person is needed",
    "excluded": "not applicable by the Statement of Applicability, with its reason",
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    organisation: Organisation
    period: Period
    evaluation: Evaluation
    key_fingerprint: str
    checkpoint: str
    """The signed note."""
    checkpoint_key: str
    log_size: int
    gaps: Sequence[OpenGap]
    latest: Mapping[str, RunInfo]
    """Source -> its newest run as of the evaluation."""
    calendar: "CoverageCalendar"
    changes: "Changes | None" = None
    """Since the bundle before this one; None when this is the first."""
    version: int = 1
    """This is the n-th bundle of its period."""
    engagement: Engagement | None = None
    other_packs: Sequence[str] = ()
    """Id and version of each that the organisation judges the same evidence by, beside this one."""
    has_summary: bool = False
    """There is a ``summary.pdf`` beside the page."""

    @property
    def pack_lines(self) -> Iterator[tuple[str, str]]:
        """This bundle's pack, and those that are not in it."""
        pack = self.evaluation.pack
        yield "Pack", f"{pack.id} {pack.version}, sha256 {pack.digest}"
        if self.other_packs:
            told = "judged too, and not in this bundle: each pack has one of its own"
            yield "Other packs", f"{', '.join(self.other_packs)}; {told}"

    @property
    def at(self) -> datetime:
        return self.evaluation.at

    @property
    def is_over(self) -> bool:
        """The period had ended when this was evaluated."""
        return self.at >= self.period.end

    @property
    def title(self) -> str:
        return f"Evidence for ISO/IEC 42001: {self.organisation.name}, {self.period.label}"

    @cached_property
    def columns(self) -> tuple[str | None, ...]:
        """The organisation (None) and its systems: the columns of the control matrix."""
        return (None, *self.evaluation.systems)

    @cached_property
    def classes(self) -> dict[str, int]:
        """How many controls are automated, partial and manual."""
        counted = dict.fromkeys(CLASS_WORDS, 0)
        for control in self.evaluation.pack.catalogue.controls:
            counted[control.kind] += 1
        return counted

    @cached_property
    def states(self) -> dict[State, int]:
        """How many controls are in each state, for the organisation as a whole."""
        return {state: self.evaluation.coverage.count(None)[state] for state in STATES}

    def cells_of(self, control: str) -> list[Cell]:
        rules = {rule.id for rule in self.evaluation.pack.rules_for(control)}
        return [cell for cell in self.evaluation.cells if cell.rule_id in rules]

    @property
    def unread_sources(self) -> Iterator[OpenGap]:
        return (gap for gap in self.gaps if gap.now.rule == "source")

    def owner_of(self, control: str) -> str:
        """Who answers for the control's gaps; empty when there is none."""
        rules = {rule.id for rule in self.evaluation.pack.rules_for(control)} | {control}
        owners = {gap.now.owner for gap in self.gaps if gap.now.rule in rules}
        return ", ".join(sorted(owner for owner in owners if owner))


def other_packs(ledger: Ledger, evaluation: Evaluation) -> list[str]:
    """What the last evaluation that was sealed before this one's instant names beside its pack."""
    sealed = ledger.evaluations(evaluation.at, evaluation.at)
    named = sealed[-1].pack.split("; ") if sealed else []
    return [name for name in named if name.partition(" ")[0] != evaluation.pack.id]


def open_gaps(ledger: Ledger, evaluation: Evaluation) -> list[OpenGap]:
    """The evaluation's gaps with the episodes that the ledger has for them."""
    episodes: dict[tuple[str, str, str], Gap] = {}
    for gap in ledger.gaps(since=evaluation.at):
        if gap.opened_at <= evaluation.at or gap.closed_at is None:
            episodes[gap.rule, gap.system or "", gap.source or ""] = gap
    found: list[OpenGap] = []
    for now in evaluation.gaps():
        episode = episodes.get((now.rule, now.system or "", now.source or ""))
        since = episode.opened_at if episode else None
        found.append(OpenGap(now=now, id=episode.id if episode else None, since=since))
    return found


def moment(instant: datetime | None) -> str:
    """``2026-11-24 06:00:00Z``; empty for None."""
    return "" if instant is None else instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def rfc3339(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
