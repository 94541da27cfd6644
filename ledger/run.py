"""A run as the ledger tells of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..collectors.errors import Verdict
from ..collectors.receipt import Receipt


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """One committed reading of one source."""

    number: int
    """1, 2, 3 … in the order of commitment, over all sources."""
    source: str
    slot: datetime
    started_at: datetime
    finished_at: datetime
    sealed_at: datetime
    """When it was committed; never before that of an earlier run."""
    leaf: int
    """Index in the log."""
    receipt: Receipt
    """Without its salt."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How one run read one kind: `RunInfo` without its receipt, for long series."""

    run: int
    verdict: Verdict
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """What a commit did; each mapping is kind -> how many, and holds every kind of the receipt."""

    run: int
    leaf: int
    opened: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    closed: Mapping[str, int] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    """New ones; those that an earlier run brought are under ``unchanged``."""
    unchanged: Mapping[str, int] = field(default_factory=dict)
