"""What `Ledger.verify` found."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class VerifyReport:
    """``ok`` if everything fits. Otherwise ``problem`` names the first thing that does not."""

    ledger: str
    ok: bool
    problem: str | None = None
    leaves: int = 0
    runs: int = 0
    bodies: int = 0
    changes: int = 0
    evaluations: int = 0
    checkpoints: int = 0
    """Signatures checked inside the database."""
    checkpoints_outside: int = 0
    """Signatures checked in the file beside it."""
    notes: list[str] = field(default_factory=list)
    """What a reader should know although it fits."""
