"""Gaps as episodes, and the evaluations that open and close them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

MAX_SUBJECTS = 50
"""So many subjects a gap names; ``count`` says how many there are."""


@dataclass(frozen=True, kw_only=True)
class GapNow:
    """What an evaluation found to be unsupported. Key: (rule, system, source)."""

    rule: str
    system: str | None = None
    source: str | None = None
    owner: str = ""
    outcome: str = "fail"
    cause: str = ""
    subjects: Sequence[str] = ()
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class Gap:
    """An episode: one key was unsupported from ``opened_at`` until ``closed_at``.

    Owner, outcome, cause, subjects and count are those of the newest evaluation that saw it.
    """

    id: str
    """``G1``, ``G2`` …: unique in this ledger."""
    rule: str
    system: str | None
    source: str | None
    owner: str
    outcome: str
    cause: str
    subjects: list[str]
    """At most 50 of ``count``."""
    count: int
    opened_at: datetime
    closed_at: datetime | None
    opened_leaf: int
    closed_leaf: int | None
    silenced_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class EvaluationRecord:
    """What is kept of an evaluation."""

    at: datetime
    run: int
    """The newest run it looked at."""
    pack: str
    pack_digest: str
    config_sha256: str
    results_sha256: str
    tally: Mapping[str, int] = field(default_factory=dict)
    gaps: Sequence[GapNow] = ()
    """Everything that is unsupported now: an open episode that is not among them closes."""
    outcomes: Mapping[tuple[str, str | None], str] = field(default_factory=dict)
    """(rule or control, system or None for the whole) -> where it stands now."""
    packs: Sequence[Mapping[str, str]] = ()
    """Of several packs that were judged together: pack, pack_digest and results_sha256 of each;
    the digests above are then over these. Empty: there is one."""


@dataclass(frozen=True, kw_only=True)
class EvaluationSaved:
    leaf: int
    opened: list[Gap]
    closed: list[Gap]


@dataclass(frozen=True, kw_only=True)
class Notification:
    """One thing to tell one target, once."""

    id: int
    event: Literal["opened", "closed"]
    target: str
    gap: Gap
