"""What the rows of a rule said, counted for each system."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .judgement import RuleGroup
from .outcome import UNASSIGNED, Outcome
from .outcome_codes import numbers_sql, unpacked
from .sealed import Sealed

_SYSTEM = f"coalesce(system_id, '{UNASSIGNED}')"
_FIELDS: dict[Outcome, tuple[str, str | None]] = {
    "pass": ("passed", None),
    "fail": ("failed", "first_fail"),
    "inconclusive": ("inconclusive", "first_inconclusive"),
    "attention": ("attention", "first_attention"),
    "accepted-exception": ("accepted", "first_accepted"),
}
"""Outcome of a row -> where `Tally` counts it and keeps its first row."""

First = tuple[str, str | None] | None
"""The subject that comes first, and the reason given for it."""


@dataclass(frozen=True)
class Tally:
    """What the rows of one rule and system said."""

    passed: int = 0
    failed: int = 0
    inconclusive: int = 0
    attention: int = 0
    broken: int = 0
    accepted: int = 0
    first_fail: First = None
    first_inconclusive: First = None
    first_attention: First = None
    first_accepted: First = None

    @property
    def rows(self) -> int:
        return self.passed + self.failed + self.inconclusive + self.attention + self.accepted

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.passed + other.passed,
            self.failed + other.failed,
            self.inconclusive + other.inconclusive,
            self.attention + other.attention,
            self.broken + other.broken,
            self.accepted + other.accepted,
            _first(self.first_fail, other.first_fail),
            _first(self.first_inconclusive, other.first_inconclusive),
            _first(self.first_attention, other.first_attention),
            _first(self.first_accepted, other.first_accepted),
        )


def _first(one: First, other: First) -> First:
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda found: (found[0], found[1] or ""))


Tallies = dict[tuple[str, str], Tally]
"""(rule, system or `UNASSIGNED`) -> what its rows said."""


def tallies(db: Sealed, group: RuleGroup) -> Tallies:
    """The rows of these rules, counted.

    Few combinations of outcomes occur, however many rows there are: DuckDB counts those.
    """
    numbers = ", ".join(numbers_sql(len(group.rules)))
    counted: dict[tuple[str, str], Counter[str]] = {}
    seen = set[tuple[int, Outcome]]()
    for system, *codes, rows in db.trusted(
        f"select {_SYSTEM}, {numbers}, count(*) from {group.table} group by all"
    ):
        for n, (outcome, evaluated) in enumerate(unpacked(codes, len(group.rules))):
            if outcome is not None:
                seen.add((n, outcome))
                counts = counted.setdefault((group.rules[n].id, system), Counter())
                counts[_FIELDS[outcome][0]] += rows
                counts["broken"] += 0 if evaluated else rows
    firsts = _firsts(db, group, sorted(seen))
    told: dict[tuple[str, str], dict[str, Any]] = {
        key: {**counts, **firsts.get(key, {})} for key, counts in counted.items()
    }
    return {key: Tally(**fields) for key, fields in told.items()}


def _firsts(
    db: Sealed, group: RuleGroup, seen: Sequence[tuple[int, Outcome]]
) -> dict[tuple[str, str], dict[str, First]]:
    """The first row of each outcome that occurs, by rule and system."""
    asked = [(n, outcome, field) for n, outcome in seen if (field := _FIELDS[outcome][1])]
    if not asked:
        return {}
    least = ", ".join(
        f"min(row(subject, reason_{n})) filter (where outcome_{n} = '{outcome}')"
        for n, outcome, _ in asked
    )
    found: dict[tuple[str, str], dict[str, First]] = {}
    for system, *firsts in db.trusted(f"select {_SYSTEM}, {least} from {group.table} group by all"):
        for (n, _, field), first in zip(asked, firsts, strict=True):
            found.setdefault((group.rules[n].id, system), {})[field] = _pair(first)
    return found


def _pair(found: dict[str, Any] | tuple[Any, ...] | None) -> First:
    """A struct as DuckDB's Python gives it."""
    if found is None:
        return None
    subject, reason = found.values() if isinstance(found, dict) else found
    return str(subject), reason
