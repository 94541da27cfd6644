"""What another pack says about the same evidence: a comparison, never a replacement."""

from .difference import Moved, moved
from .evaluation import Evaluation


def comparison(own: Evaluation, other: Evaluation) -> list[Moved]:
    """Rules and controls that stand elsewhere under ``other``, by id and system.

    ``before`` is what the pack in force says, ``after`` what the other one says; None where one
    of them does not ask. Both look at the same instant of the same ledger.
    """
    return moved(own.outcomes, other.outcomes)
