"""How many items a sample has. No body fixes such numbers: every one of them can be changed.

`Sampling` is the section ``sampling:`` of annexa.yaml; its defaults are what auditors commonly
use. The auditor's own ``--size`` goes before all of them.
"""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, Field

Risk = Literal["low", "moderate", "high"]
RISKS: tuple[Risk, ...] = ("low", "moderate", "high")
EVENT = "event"
SYSTEMS = "systems"
MOST = 2000
"""Items of one sample: what is recorded of it is small, and so is what a person walks through."""

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1, le=MOST)]


class Step(BaseModel, extra="forbid", frozen=True):
    """Of a population of up to ``up_to`` events, so many are drawn."""

    up_to: int = Field(ge=1)
    size: Count | None = None
    share: Share | None = None


class Sampling(BaseModel, extra="forbid", frozen=True):
    confidence: Share = 0.95
    tolerable: Share = 0.05
    """The rate of deviations from which on a control is not relied upon."""
    expected: float = Field(default=0.0, ge=0, lt=1)
    """The rate of deviations that is expected."""
    risk: Risk = "moderate"
    frequency: Mapping[str, tuple[Count, Count, Count]] = {
        "annual": (2, 2, 2),
        "quarterly": (2, 2, 2),
        "monthly": (2, 3, 4),
        "weekly": (5, 7, 9),
        "daily": (20, 25, 40),
        EVENT: (25, 40, 60),
        "automated": (1, 1, 1),
    }
    """How often a control operates in a year -> items at low, moderate and high risk."""
    few_events: tuple[Step, ...] = (
        Step(up_to=4, size=4),
        Step(up_to=50, size=5),
        Step(up_to=250, share=0.1),
    )
    """For `EVENT`, before the table: smaller populations, whatever the risk."""

    @property
    def frequencies(self) -> tuple[str, ...]:
        return (*self.frequency, SYSTEMS)

    def by_frequency(self, frequency: str, risk: Risk, rows: int) -> int:
        """Items for a population of ``rows``; for `SYSTEMS` about the square root of it."""
        if frequency == SYSTEMS:
            return min(rows, math.ceil(math.sqrt(rows)))
        if frequency == EVENT:
            for step in self.few_events:
                if rows <= step.up_to:
                    wanted = step.size or math.ceil(_exact(step.share or 1) * rows)
                    return min(rows, wanted)
        return min(rows, self.frequency[frequency][RISKS.index(risk)])


def attribute_size(
    rows: int, *, confidence: float, tolerable: float, expected: float = 0.0
) -> tuple[int, int]:
    """The smallest sample, and the deviations it may have, that shows a rate below ``tolerable``.

    Found exactly by the hypergeometric distribution: if ⌈tolerable x rows⌉ items deviated, so few
    would turn up with a chance of at most 1 - confidence. All rows when no smaller number does; the
    search ends beyond `MOST`.
    """
    deviating = math.ceil(_exact(tolerable) * rows)
    for allowed in range(deviating):
        size = _smallest(rows, deviating, allowed, 1 - confidence)
        if size is None:
            break
        if allowed >= _exact(expected) * size or size > MOST:
            return size, allowed
    return rows, math.floor(_exact(expected) * rows)


def _smallest(rows: int, deviating: int, allowed: int, chance: float) -> int | None:
    low, high = allowed + 1, rows
    if _at_most(rows, deviating, allowed, rows) > chance:
        return None
    while low < high:
        middle = (low + high) // 2
        if _at_most(rows, deviating, allowed, middle) <= chance:
            high = middle
        else:
            low = middle + 1
    return low


def _at_most(rows: int, deviating: int, allowed: int, size: int) -> float:
    """The chance that a sample holds at most ``allowed`` of the ``deviating`` rows."""
    total = 0.0
    for found in range(allowed + 1):
        if found <= size and size - found <= rows - deviating:
            total += math.exp(
                _log_choose(deviating, found)
                + _log_choose(rows - deviating, size - found)
                - _log_choose(rows, size)
            )
    return total


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _exact(rate: float) -> Fraction:
    """0.05 as five hundredths, not as the nearest binary fraction."""
    return Fraction(str(rate))


def shared_out(size: int, strata: Mapping[str, int], whole: frozenset[str]) -> dict[str, int]:
    """``size`` items over the strata in proportion, by largest remainder, one of each at least.

    Args:
        strata: Stratum -> rows.
        whole: Strata that are taken whole, beside the ``size`` items.
    """
    rest = {name: rows for name, rows in strata.items() if name not in whole}
    total = sum(rest.values())
    wanted = min(size, total)
    exact = {name: Fraction(wanted * rows, total) for name, rows in rest.items()}
    given = {name: max(1, math.floor(share)) for name, share in exact.items()}
    by_rest = sorted(exact, key=lambda name: (math.floor(exact[name]) - exact[name], name))
    for name in by_rest:
        if sum(given.values()) < wanted and given[name] < rest[name]:
            given[name] += 1
    return given | {name: strata[name] for name in whole}
