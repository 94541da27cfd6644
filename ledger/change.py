"""One thing that a run added, changed or closed; the leaf of the run commits to all of them."""

from typing import Literal

import msgspec

Operation = Literal["open", "change", "close", "event"]

ENCODE = msgspec.json.Encoder(order="sorted").encode
"""What `Change.entry` does, for whoever does it very often."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """One entry of a run's list of changes."""

    op: Operation
    kind: str
    subject: str
    sha256: str
    """Hex, of the new body; for ``close`` of the one that is no more."""
    previous: str | None = None
    """Hex, of the body before; for ``change`` only."""
    happened_at: str | None = None
    """RFC 3339 in UTC with six decimals; for ``event`` only."""

    def entry(self) -> bytes:
        """Canonical JSON: the i-th Merkle leaf under the run's ``changes_root``."""
        return ENCODE(self)
