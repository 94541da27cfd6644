"""What a rule says about a row, a system and a control: plain values that others read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

Outcome = Literal[
    "pass",
    "fail",
    "attention",
    "inconclusive",
    "stale",
    "manual-pending",
    "not-applicable",
    "accepted-exception",
]

WORST_FIRST: tuple[Outcome, ...] = (
    "not-applicable",
    "fail",
    "inconclusive",
    "stale",
    "attention",
    "manual-pending",
    "accepted-exception",
    "pass",
)
"""Which outcome of its rows and sources a cell takes."""

State = Literal["supported", "stale", "failing", "unread", "waiting", "excluded"]
STATES: tuple[State, ...] = ("supported", "stale", "failing", "unread", "waiting", "excluded")
"""Coverage of a control; the six are never added up into one number."""

UNASSIGNED = "unassigned"
"""The cell of rows that name no AI system."""


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """One row of a rule's population."""

    rule_id: str
    subject: str
    source: str | None
    system_id: str | None
    outcome: Outcome
    reason: str | None
    """A sentence for a person; None where the rule passed."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One rule for one system, or for the organisation (``system_id`` None)."""

    rule_id: str
    system_id: str | None
    outcome: Outcome
    n_pass: int = 0
    n_fail: int = 0
    n_inconclusive: int = 0
    n_attention: int = 0
    n_not_evaluated: int = 0
    """Of the inconclusive ones, those whose expression ended in an error (a cast, an overflow)."""
    n_accepted: int = 0
    """Failures that somebody accepted, for now."""
    reason: str | None = None
    """Why it is not a pass; None for a pass."""
    blame: str | None = None
    """The source whose reading is in doubt, if that decided the outcome."""
    blame_run: int | None = None

    @property
    def population(self) -> int:
        found = self.n_pass + self.n_fail + self.n_inconclusive + self.n_attention
        return found + self.n_accepted


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """How well one kind of one source was read, as of the evaluation."""

    source: str
    kind: str
    verdict: str
    """Of the newest run; ``never`` when a configured source was not read yet."""
    finished_at: datetime | None
    last_complete_at: datetime | None
    systems: tuple[str, ...] | None
    """The systems that live in this source; None: any."""
    problem: str | None
    remedy: str | None
    run: int | None

    @property
    def is_read(self) -> bool:
        """Complete, or the source does not offer the kind at all."""
        return self.verdict in ("complete", "unsupported")


@dataclass(frozen=True, kw_only=True)
class ControlState:
    """One control for one system, or for the organisation (``system_id`` None); or one clause,
    which is about the management system and so about the organisation."""

    control: str
    system_id: str | None
    state: State
    reason: str
    rules: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    """Subjects of the approved, current documents that name the control."""
    by_person: bool = False
    """What decided is a document or a judgement by a person, not a rule."""


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Every control of the catalogue for every system and for the organisation, and the clauses."""

    states: Sequence[ControlState]
    clauses: Sequence[ControlState]
    """Not counted among the controls."""

    def of(self, control: str, system_id: str | None = None) -> ControlState:
        """The state of one cell of the table, or of a clause.

        Raises:
            KeyError: There is no such control, clause or system.
        """
        return self._by_place[control, system_id]

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, str | None], ControlState]:
        return {(one.control, one.system_id): one for one in (*self.states, *self.clauses)}

    def count(self, system_id: str | None = None) -> dict[State, int]:
        """How many controls are in each state; all six are listed, zeros too."""
        seen: dict[State, int] = dict.fromkeys(STATES, 0)
        for state in self.states:
            if state.system_id == system_id:
                seen[state.state] += 1
        return seen
