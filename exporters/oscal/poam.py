"""``poam.json``: open gaps with owner and beginning, and failures that somebody accepted."""

from collections.abc import Iterator

from ...mappings.outcome import Cell
from .accepted import AcceptedExceptions
from .assessed import Assessed
from .findings import Findings
from .metadata import metadata
from .observations import Observations
from .open_gaps import OpenGaps
from .parts import Json
from .resources import FOLDER, Resources
from .results import local_definitions

RESULTS = f"{FOLDER}/assessment-results.json"


def is_needed(assessed: Assessed) -> bool:
    """OSCAL has no plan without an item."""
    return bool(assessed.facts.gaps) or bool(AcceptedExceptions(assessed).all)


def plan_of_action(assessed: Assessed, resources: Resources) -> Json:
    """It repeats what it speaks about of the results, under the same UUIDs, and so can be read
    without them."""
    results: Json = {"href": resources.href(RESULTS, kind="assessment-results"), "rel": "reference"}
    return {
        "uuid": assessed.identifiers.here("plan-of-action"),
        "metadata": metadata(assessed, "Plan of action", kind="plan-of-action", links=[results]),
        "system-id": {
            "identifier-type": "http://ietf.org/rfc/rfc4122",
            "id": assessed.component(None),
        },
        "local-definitions": local_definitions(assessed, resources),
        "observations": _observations(assessed, resources),
        "risks": _risks(assessed),
        "findings": _findings(assessed, resources),
        "poam-items": _items(assessed),
        "back-matter": resources.back_matter(),
    }


def _waiting(assessed: Assessed) -> set[str]:
    """Controls that have a gap of their own."""
    controls = {control.id for control in assessed.pack.catalogue.controls}
    return controls & {gap.now.rule for gap in assessed.facts.gaps}


def _observations(assessed: Assessed, resources: Resources) -> Iterator[Json]:
    observations = Observations(assessed, resources)
    yield from observations.of_rules(_cells(assessed))
    for gap in assessed.facts.unread_sources:
        yield observations.of_source(gap)


def _cells(assessed: Assessed) -> list[Cell]:
    """What does not pass, and what the findings in here rest on."""
    under = {
        (cell.rule_id, cell.system_id)
        for control in _waiting(assessed)
        for cell in assessed.cells_for(control, None)
    }
    settled = ("pass", "not-applicable")
    return [
        cell
        for cell in assessed.cells
        if cell.outcome not in settled or (cell.rule_id, cell.system_id) in under
    ]


def _findings(assessed: Assessed, resources: Resources) -> Iterator[Json]:
    findings, waiting = Findings(assessed, resources), _waiting(assessed)
    for control in assessed.included:
        if control.id in waiting:
            yield findings.of(control, None)


def _risks(assessed: Assessed) -> Iterator[Json]:
    gaps, accepted = OpenGaps(assessed), AcceptedExceptions(assessed)
    yield from map(gaps.risk, assessed.facts.gaps)
    yield from map(accepted.risk, accepted.all)


def _items(assessed: Assessed) -> Iterator[Json]:
    gaps, accepted = OpenGaps(assessed), AcceptedExceptions(assessed)
    yield from map(gaps.item, assessed.facts.gaps)
    yield from map(accepted.item, accepted.all)
