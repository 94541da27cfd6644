"""What can go wrong with the ledger itself.

LedgerError                  it cannot be opened, read or written (exit code 5)
├── LedgerTampered           its content does not fit its own log and signatures
├── BodyDeleted              a policy deleted what was to be read (see ``retention.py``)
├── LedgerBusy               another process holds it; nothing was written
├── KeyRefused               a key file is missing, unreadable, too open, or not this ledger's
└── SlotTaken                that slot of that source is committed already
    └── Overtaken            another run of the same source was committed while this one was reading
"""

from .. import AnnexaError


class LedgerError(AnnexaError):
    """The ledger cannot be opened, read or written. What was committed before is still there."""

    exit_code = 5


class LedgerTampered(LedgerError):
    """Something in the ledger does not fit the rest of it."""


class BodyDeleted(LedgerError):
    """The hash of the record is there, its content was deleted under a policy."""


class LedgerBusy(LedgerError):
    """Another process is writing and did not finish in time."""


class KeyRefused(LedgerError):
    """A key cannot be used."""


class SlotTaken(LedgerError):
    """The slot has its run already: whoever comes second has nothing to do."""


class Overtaken(SlotTaken):
    """A newer reading of the same source is in the ledger; this one would turn time back."""
