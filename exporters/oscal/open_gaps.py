"""A gap as a plan of action has it: the item, and the risk that stays open until it is closed."""

from collections.abc import Mapping

from ...mappings.gaps import SOURCE_RULE
from ..facts import OpenGap, rfc3339
from .assessed import Assessed
from .findings import finding
from .identifiers import NAMESPACE
from .observations import observation, source_observation
from .parts import Json, markup, props
from .stream import given

_TO_DO: Mapping[str, str] = {
    "fail": "Correct what does not hold, or have a named person accept it until a day.",
    "inconclusive": "Make it known: grant the reading, repair the source, or record the fact.",
    "stale": "Read the source again, or review the document.",
    "attention": "Have a person look, and record what was decided.",
    "manual-pending": "Supply the document or the attestation that is needed.",
}


class OpenGaps:
    def __init__(self, assessed: Assessed) -> None:
        self._assessed = assessed
        self._cells = {(cell.rule_id, cell.system_id): cell for cell in assessed.cells}

    def item(self, gap: OpenGap) -> Json:
        fields = {
            "uuid": self._uuid("item", gap),
            "title": self._title(gap),
            "description": markup(gap.now.cause or gap.now.outcome),
            "props": props(
                episode=gap.id,
                since=rfc3339(gap.since) if gap.since else None,
                owner=gap.now.owner or None,
                outcome=gap.now.outcome,
                rule=gap.now.rule,
                system=gap.now.system,
                source=gap.now.source,
                count=gap.now.count or None,
            ),
            "related-findings": self._findings(gap),
            "related-observations": self._observations(gap),
            "related-risks": [{"risk-uuid": self._uuid("risk", gap)}],
        }
        return given(fields)

    def risk(self, gap: OpenGap) -> Json:
        fields = {
            "uuid": self._uuid("risk", gap),
            "title": self._title(gap),
            "description": markup(gap.now.cause or gap.now.outcome),
            "statement": "While it is open, the evidence does not support what it is about.",
            "status": "open",
            "origins": [self._origin],
            "characterizations": self._severity(gap),
            "remediations": [self._remediation(gap)],
            "risk-log": {"entries": [self._opened(gap)]} if gap.since else None,
            "related-observations": self._observations(gap),
        }
        return given(fields)

    @property
    def _origin(self) -> Json:
        return {"actors": [{"type": "tool", "actor-uuid": self._assessed.tool}]}

    def _uuid(self, what: str, gap: OpenGap) -> str:
        """The same for as long as the episode is open."""
        now = gap.now
        name = (gap.id,) if gap.id else (now.rule, now.system or "", now.source or "")
        return self._assessed.identifiers.lasting("gap", what, *name)

    def _title(self, gap: OpenGap) -> str:
        now = gap.now
        titles = {c.id: c.title for c in self._assessed.pack.catalogue.controls}
        rule = self._assessed.rules.get(now.rule)
        what = rule.title if rule else titles.get(now.rule, "A source could not be read in full")
        where = ", ".join(filter(None, (now.system, now.source))) or "the organisation"
        return markup(f"{now.rule}, {where}: {what}")

    def _findings(self, gap: OpenGap) -> list[Json]:
        """A control that waits for a person has a finding of its own."""
        if (gap.now.rule, None) not in self._assessed.states:
            return []
        return [{"finding-uuid": finding(self._assessed, gap.now.rule, None)}]

    def _observations(self, gap: OpenGap) -> list[Json]:
        cell = self._cells.get((gap.now.rule, gap.now.system))
        if cell is not None:
            return [{"observation-uuid": observation(self._assessed, cell)}]
        if gap.now.rule == SOURCE_RULE:
            seen = source_observation(self._assessed, gap.now.source or "")
            return [{"observation-uuid": seen}]
        return []

    def _severity(self, gap: OpenGap) -> list[Json]:
        rule = self._assessed.rules.get(gap.now.rule)
        if rule is None:
            return []
        facet = {"name": "severity", "system": NAMESPACE, "value": rule.severity}
        return [{"origin": self._origin, "facets": [facet]}]

    def _remediation(self, gap: OpenGap) -> Json:
        to_do = _TO_DO.get(gap.now.outcome, _TO_DO["attention"])
        task = {
            "uuid": self._uuid("task", gap),
            "type": "action",
            "title": to_do,
            "responsible-roles": self._assessed.people.owner(gap.now.owner),
        }
        return {
            "uuid": self._uuid("remediation", gap),
            "lifecycle": "recommendation",
            "title": "What closes it",
            "description": f"{to_do} It closes by itself when the evidence is there.",
            "tasks": [given(task)],
        }

    def _opened(self, gap: OpenGap) -> Json:
        assert gap.since is not None
        return {
            "uuid": self._uuid("opened", gap),
            "title": "Opened",
            "start": rfc3339(gap.since),
            "status-change": "open",
        }
