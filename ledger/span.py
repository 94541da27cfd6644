"""How long a rule or a control stood at one outcome, and the evaluations that said so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Span:
    """A rule or control, for a system or as a whole, was found at ``outcome`` by every evaluation
    from ``opened_at`` up to, and not including, the one at ``closed_at``."""

    about: str
    """The id of a rule, ``A.6.2.5-1``, or of a control, ``A.6.2.5``."""
    system: str | None
    outcome: str
    """Of a rule an outcome, of a control one of the six states."""
    opened_at: datetime
    closed_at: datetime | None
    opened_leaf: int
    closed_leaf: int | None


@dataclass(frozen=True, kw_only=True)
class EvaluationInfo:
    """What the leaf of an evaluation says."""

    leaf: int
    at: datetime
    """When it was sealed."""
    evaluated_at: datetime
    run: int
    pack: str
    pack_digest: str
    config_sha256: str
    results_sha256: str
    tally: Mapping[str, int]
