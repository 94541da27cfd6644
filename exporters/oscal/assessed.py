"""What the six documents are made from, gathered once."""

from collections.abc import Mapping, Sequence

from ... import __version__
from ...mappings.catalogue import Control
from ...mappings.outcome import UNASSIGNED, Cell, ControlState
from ..contents import Contents
from ..facts import Facts
from .freshness import Freshness
from .identifiers import Identifiers
from .people import People

TOOL = f"annexa {__version__}"


class Assessed:
    def __init__(
        self, contents: Contents, facts: Facts, records: Mapping[tuple[str, str], str]
    ) -> None:
        """``records``: (control, subject) -> the file with that record."""
        evaluation = facts.evaluation
        self.contents, self.facts, self.records = contents, facts, records
        self.pack, self.systems = evaluation.pack, evaluation.systems
        self.rules = {rule.id: rule for rule in self.pack.rules}
        self.identifiers = Identifiers(facts)
        self.people = People(facts, self.identifiers)
        self.freshness = Freshness(evaluation)
        self.states: Mapping[tuple[str, str | None], ControlState] = {
            (state.control, state.system_id): state for state in evaluation.coverage.states
        }
        self.sources = sorted({state.source for state in evaluation.sources} | facts.latest.keys())
        self.cells = sorted(evaluation.cells, key=lambda cell: (cell.rule_id, cell.system_id or ""))
        self._cells_of: dict[str, list[Cell]] = {}
        for cell in self.cells:
            self._cells_of.setdefault(cell.rule_id, []).append(cell)

    def is_excluded(self, control: Control) -> bool:
        return self.states[control.id, None].state == "excluded"

    @property
    def included(self) -> list[Control]:
        return [one for one in self.pack.catalogue.controls if not self.is_excluded(one)]

    @property
    def excluded(self) -> list[Control]:
        return [one for one in self.pack.catalogue.controls if self.is_excluded(one)]

    def cells_of_rule(self, rule: str) -> Sequence[Cell]:
        return self._cells_of.get(rule, ())

    def cells_for(self, control: str, system: str | None) -> Sequence[Cell]:
        """What the rules of a control said: for a system its own, else the organisation's, as
        coverage counts them; for the organisation all."""
        rules = self.pack.rules_for(control)
        found = [cell for rule in rules for cell in self.cells_of_rule(rule.id)]
        if system is None:
            return found
        mine = [cell for cell in found if cell.system_id == system]
        return mine or [cell for cell in found if cell.system_id is None]

    def component(self, system: str | None) -> str:
        """UUID of a system, or of the organisation's management system; rows that name no system
        are the organisation's."""
        if system is None or system == UNASSIGNED:
            return self.identifiers.lasting("management-system")
        return self.identifiers.lasting("system", system)

    def source(self, name: str) -> str:
        return self.identifiers.lasting("source", name)

    @property
    def tool(self) -> str:
        return self.identifiers.lasting("tool", TOOL)
