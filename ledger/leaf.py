"""An entry of the ledger's log."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class LeafInfo:
    index: int
    type: str
    """``ledger`` (the first), ``run``, ``evaluation``, ``missed``, or what `append` was given."""
    body: bytes
    """Canonical JSON; the leaf hash is SHA-256 of 0x00 and these bytes."""
    hash: bytes
    at: datetime
    """When it was sealed; also in the body."""
