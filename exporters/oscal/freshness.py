"""When the evidence of an observation was read, and until when it counts."""

from datetime import datetime, timedelta

from ...mappings.evaluation import Evaluation
from ...mappings.outcome import UNASSIGNED, Cell

Reading = tuple[datetime, tuple[str, ...] | None]
"""(when a kind of a source was read, the systems that live there or None for any)"""


class Freshness:
    def __init__(self, evaluation: Evaluation) -> None:
        self._at, self._pack, self._needs = evaluation.at, evaluation.pack, evaluation.needs
        self._of_kind: dict[str, list[Reading]] = {}
        for state in evaluation.sources:
            if state.finished_at is not None:
                reading = (state.finished_at, state.systems)
                self._of_kind.setdefault(state.kind, []).append(reading)
        self._of_rule: dict[str, list[Reading]] = {}

    def of(self, cell: Cell) -> tuple[datetime, datetime | None]:
        """The oldest of the readings that the cell rests on, and when that one is too old.

        The instant of the evaluation and no end when nothing was read for it.
        """
        asked = None if cell.system_id in (None, UNASSIGNED) else cell.system_id
        for read_at, systems in self._readings(cell.rule_id):
            if systems is None or asked is None or asked in systems:
                return read_at, read_at + self._max_age(cell.rule_id)
        return self._at, None

    def _max_age(self, rule: str) -> timedelta:
        return self._pack.rule(rule).max_age

    def _readings(self, rule: str) -> list[Reading]:
        """Oldest first."""
        if rule not in self._of_rule:
            needs = self._needs[rule]
            found = [
                reading
                for kind in needs.rows | needs.facts
                for reading in self._of_kind.get(kind, ())
            ]
            self._of_rule[rule] = sorted(found, key=lambda reading: reading[0])
        return self._of_rule[rule]
