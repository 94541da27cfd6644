"""What another pack says about the same evidence: a comparison, never a replacement."""

from .difference import Moved
from .evaluation import Evaluation


def comparison(own: Evaluation, other: Evaluation) -> list[Moved]:
    """Rules and controls that stand elsewhere under ``other``, by id and system.

    ``before`` is what the pack in force says, ``after`` what the other one says; None where one
    of them does not ask. Both look at the same instant of the same ledger.
    """
    before, after = own.outcomes, other.outcomes
    differing = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    return [
        Moved(about=key[0], system=key[1], before=before.get(key), after=after.get(key))
        for key in sorted(differing, key=lambda key: (key[0], key[1] or ""))
    ]
