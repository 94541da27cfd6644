"""``11_oscal``: the same evidence for programs that speak OSCAL, NIST's language for assessments.

Each document names the one it builds on, and every file of the bundle that it rests on, by hash.
"""

from collections.abc import Callable, Mapping

from ..contents import Contents
from ..facts import Facts
from .assessed import Assessed
from .catalogue import catalogue
from .component_definition import PROFILE, component_definition
from .named_rows import choose_rows
from .parts import Json
from .plan import DEFINITION, assessment_plan
from .poam import RESULTS, is_needed, plan_of_action
from .profile import CATALOGUE, profile
from .resources import FOLDER, Resources
from .results import PLAN, assessment_results
from .stream import document

POAM = f"{FOLDER}/poam.json"


def write_oscal(contents: Contents, facts: Facts, records: Mapping[tuple[str, str], str]) -> None:
    """Write the documents; what they refer to must be in the bag.

    Args:
        records: (control, subject) -> the file with that record.
    """
    assessed = Assessed(contents, facts, records)
    choose_rows(assessed)
    first = catalogue(assessed.pack, otherwise=facts.at)
    contents.bag.payload(CATALOGUE, document("catalog", first))
    _write(assessed, PROFILE, "profile", profile)
    _write(assessed, DEFINITION, "component-definition", component_definition)
    _write(assessed, PLAN, "assessment-plan", assessment_plan)
    _write(assessed, RESULTS, "assessment-results", assessment_results)
    if is_needed(assessed):
        _write(assessed, POAM, "plan-of-action-and-milestones", plan_of_action)


def _write(
    assessed: Assessed, name: str, root: str, make: Callable[[Assessed, Resources], Json]
) -> None:
    bag = assessed.contents.bag
    made = make(assessed, Resources(bag.files, assessed.identifiers))
    bag.payload(name, document(root, made))
