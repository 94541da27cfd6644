"""A failure that a named person accepted: a deviation with a deadline."""

from collections.abc import Sequence

from ...mappings.exceptions import Accepted
from ...mappings.outcome import Cell
from ..facts import rfc3339
from .assessed import Assessed
from .observations import observation
from .parts import APPROVER, Json, markup, props
from .stream import given

_STATUS = "deviation-approved"


class AcceptedExceptions:
    """Those that count at the evaluation's instant."""

    def __init__(self, assessed: Assessed) -> None:
        self._assessed = assessed
        by_rule = assessed.facts.evaluation.accepted
        self.all = [one for rule in sorted(by_rule) for one in by_rule[rule]]

    def item(self, accepted: Accepted) -> Json:
        fields = {
            "uuid": self._uuid("item", accepted),
            "title": self._title(accepted),
            "description": markup(accepted.text),
            "props": props(
                leaf=accepted.leaf,
                since=rfc3339(accepted.granted_at),
                until=rfc3339(accepted.until),
                approved_by=accepted.approved_by,
                outcome="accepted-exception",
                rule=accepted.rule_id,
                system=accepted.system_id,
                subject=accepted.subject,
            ),
            "related-observations": self._observations(accepted),
            "related-risks": [{"risk-uuid": self._uuid("risk", accepted)}],
            "remarks": None if self._cells(accepted) else "At present it accepts nothing.",
        }
        return given(fields)

    def risk(self, accepted: Accepted) -> Json:
        party = self._assessed.people.uuid(accepted.approved_by)
        entry = {
            "uuid": self._uuid("accepted", accepted),
            "title": "Accepted",
            "description": markup(accepted.reason),
            "start": rfc3339(accepted.granted_at),
            "logged-by": [{"party-uuid": party, "role-id": APPROVER}],
            "status-change": _STATUS,
        }
        fields = {
            "uuid": self._uuid("risk", accepted),
            "title": self._title(accepted),
            "description": markup(accepted.text),
            "statement": "The rule does not hold; from the deadline on it counts as a failure.",
            "status": _STATUS,
            "origins": [{"actors": [{"type": "party", "actor-uuid": party}]}],
            "deadline": rfc3339(accepted.until),
            "risk-log": {"entries": [entry]},
            "related-observations": self._observations(accepted),
        }
        return given(fields)

    def _uuid(self, what: str, accepted: Accepted) -> str:
        return self._assessed.identifiers.lasting("exception", what, str(accepted.leaf))

    def _title(self, accepted: Accepted) -> str:
        about = accepted.subject or accepted.system_id or "the organisation"
        rule = self._assessed.rules.get(accepted.rule_id)
        title = rule.title if rule else "a rule that the pack does not have"
        until = accepted.until.date()
        return markup(f"{accepted.rule_id}, {about}: accepted until {until}: {title}")

    def _observations(self, accepted: Accepted) -> list[Json]:
        return [
            {"observation-uuid": observation(self._assessed, cell)}
            for cell in self._cells(accepted)
        ]

    def _cells(self, accepted: Accepted) -> Sequence[Cell]:
        """Those of its rule with accepted rows; of its system where it names one."""
        found = [c for c in self._assessed.cells_of_rule(accepted.rule_id) if c.n_accepted]
        mine = [cell for cell in found if cell.system_id == accepted.system_id]
        return mine or [cell for cell in found if cell.system_id is None or accepted.subject]
