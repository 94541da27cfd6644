"""Which controls are looked at, as plan and results both say it."""

from .assessed import Assessed
from .identifiers import control_id
from .parts import Json
from .stream import given


def reviewed_controls(assessed: Assessed) -> Json:
    """Controls of Annex A that apply, and clauses that a rule speaks about."""
    clauses = [one.id for one in assessed.pack.catalogue.clauses if assessed.pack.rules_for(one.id)]
    wanted = [*(control.id for control in assessed.included), *clauses]
    selection = {
        "description": "Findings are about controls of Annex A. About clauses there are "
        "observations only: rules look at parts of them.",
        "include-controls": _listed(wanted),
        "exclude-controls": _listed([control.id for control in assessed.excluded]),
    }
    return {
        "description": "Why a control is left out is in the profile.",
        "control-selections": [given(selection)],
        "control-objective-selections": [{"include-all": {}}],
    }


def _listed(controls: list[str]) -> list[Json]:
    return [{"control-id": control_id(control)} for control in controls]
