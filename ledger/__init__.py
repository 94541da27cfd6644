"""Keeps what was read, provably. `Ledger` is the way in; ``errors.py`` says what can go wrong."""

from .archive import Bodies, Snapshot
from .change import Change
from .errors import BodyDeleted, LedgerBusy, LedgerError, LedgerTampered, Overtaken, SlotTaken
from .gap import EvaluationRecord, EvaluationSaved, Gap, GapNow, Notification
from .leaf import LeafInfo
from .parts import Reach
from .rebuilding import Rebuilding
from .record import Interval, StoredRecord
from .report import VerifyReport
from .retention import Cutoff, Expired
from .run import Reading, RunInfo, RunSummary
from .slot import Slot
from .span import EvaluationInfo, Span
from .store import Ledger
from .totals import ChangeTotal

__all__ = [
    "Bodies",
    "BodyDeleted",
    "Change",
    "ChangeTotal",
    "Cutoff",
    "EvaluationInfo",
    "EvaluationRecord",
    "EvaluationSaved",
    "Expired",
    "Gap",
    "GapNow",
    "Interval",
    "LeafInfo",
    "Ledger",
    "LedgerBusy",
    "LedgerError",
    "LedgerTampered",
    "Notification",
    "Overtaken",
    "Reach",
    "Reading",
    "Rebuilding",
    "RunInfo",
    "RunSummary",
    "Slot",
    "SlotTaken",
    "Snapshot",
    "Span",
    "StoredRecord",
    "VerifyReport",
]
