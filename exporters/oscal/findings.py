"""Where each control stands for each system, and for the organisation as a whole."""

from collections.abc import Iterator, Mapping

from ...mappings.catalogue import Control
from ...mappings.outcome import ControlState, State
from ..contents import among
from ..facts import STATE_WORDS
from .assessed import Assessed
from .identifiers import objective_id
from .observations import observation
from .parts import Json, markup, prop, props
from .resources import Resources
from .stream import given

_REASON: Mapping[State, str] = {"supported": "pass", "failing": "fail"}


class Findings:
    def __init__(self, assessed: Assessed, resources: Resources) -> None:
        self._assessed, self._resources = assessed, resources
        self._places = _places(assessed)

    def of_all(self) -> Iterator[Json]:
        """Excluded controls have none: nothing was found out about them."""
        for control in self._assessed.included:
            for system in self._assessed.facts.columns:
                yield self.of(control, system)

    def of(self, control: Control, system: str | None) -> Json:
        state = self._assessed.states[control.id, system]
        seen = self._assessed.cells_for(control.id, system)
        about = system or "the organisation"
        fields = {
            "uuid": finding(self._assessed, control.id, system),
            "title": markup(f"{control.id} {control.title}: {about}"),
            "description": markup(f"{state.state}: {STATE_WORDS[state.state]}. {state.reason}."),
            "props": [
                prop("control", control.id),
                *props(system=system),
                prop("component", self._assessed.component(system)),
                prop("state", state.state),
            ],
            "links": list(self._papers(state)),
            "origins": [{"actors": [{"type": "tool", "actor-uuid": self._assessed.tool}]}],
            "target": {
                "type": "objective-id",
                "target-id": objective_id(control.id),
                "status": {
                    "state": "satisfied" if state.state == "supported" else "not-satisfied",
                    "reason": _REASON.get(state.state, "other"),
                    "remarks": markup(state.reason),
                },
            },
            "related-observations": [
                {"observation-uuid": observation(self._assessed, cell)} for cell in seen
            ],
        }
        return given(fields)

    def _papers(self, state: ControlState) -> Iterator[Json]:
        """The approved and current documents and attestations that name the control."""
        for subject in state.documents:
            if subject in self._places:
                file, line = self._places[subject]
                href = self._resources.href(file)
                text = markup(f"{subject}, line {line}")
                yield {"href": href, "rel": "evidence", "text": text}


def finding(assessed: Assessed, control: str, system: str | None) -> str:
    """UUID of where a control stands for a system."""
    return assessed.identifiers.now("finding", control, system or "")


def _places(assessed: Assessed) -> Mapping[str, tuple[str, int]]:
    """Document or attestation -> where its record lies."""
    named = {paper for state in assessed.states.values() for paper in state.documents}
    listed = among("subject", sorted(named))
    found = assessed.contents.rows.run(f"select subject, file, line from location where {listed}")
    return {subject: (file, line) for subject, file, line in found}
