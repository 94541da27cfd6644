"""What comes out of the ledger again: records, and the intervals in which they were so."""

from dataclasses import dataclass
from datetime import datetime

import msgspec


class StoredRecord(msgspec.Struct, frozen=True, gc=False):
    """One subject of one kind as it was read."""

    source: str
    kind: str
    subject: str
    """Local name inside the source, ``credit-risk/7``."""
    sha256: bytes
    """Of ``body``; 32 bytes."""
    run: int
    """The run that saw this version first."""
    observed_at: datetime
    """When that run finished reading."""
    happened_at: datetime | None
    """Of an event; None for state."""
    body: bytes
    """Canonical JSON, byte for byte as it was recorded."""

    @property
    def full_subject(self) -> str:
        """``mlflow/prod:model_version:credit-risk/7``: unique in the ledger."""
        return f"{self.source}:{self.kind.partition('.')[2]}:{self.subject}"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """One version of a subject: it was so from ``opened_at`` until ``closed_at``."""

    sha256: bytes
    opened_run: int
    opened_at: datetime
    """When the run that saw it first finished."""
    closed_run: int | None
    closed_at: datetime | None
    """When the run finished that saw it changed or gone; None: it is so now."""
    deleted_in: int | None = None
    """The leaf that deleted the body under a policy; it is ``{}`` then."""
    body: bytes
