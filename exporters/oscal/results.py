"""``assessment-results.json``: what was observed, and where each control stands."""

from collections.abc import Iterator

from ..facts import rfc3339
from ..words import PROVES_NOT
from .assessed import Assessed
from .components import Components
from .findings import Findings
from .metadata import NOT_AN_AUDIT, metadata
from .named_rows import things
from .observations import Observations, thing
from .parts import Json, core_prop, markup, props
from .resources import FOLDER, Resources
from .reviewed import reviewed_controls
from .stream import given

PLAN = f"{FOLDER}/assessment-plan.json"


def assessment_results(assessed: Assessed, resources: Resources) -> Json:
    facts = assessed.facts
    findings = Findings(assessed, resources)
    result = {
        "uuid": assessed.identifiers.here("result"),
        "title": markup(facts.title),
        "description": NOT_AN_AUDIT,
        "start": rfc3339(facts.period.start),
        "end": rfc3339(min(facts.period.end, facts.at)),
        "props": props(systems=len(assessed.systems), sources=len(assessed.sources)),
        "local-definitions": local_definitions(assessed, resources),
        "reviewed-controls": reviewed_controls(assessed),
        "observations": _observations(assessed, resources),
        "findings": findings.of_all(),
        "remarks": "\n".join(["It does not prove:", "", *(f"- {markup(n)}" for n in PROVES_NOT)]),
    }
    return {
        "uuid": assessed.identifiers.here("assessment-results"),
        "metadata": metadata(assessed, "Assessment results", kind="assessment-results"),
        "import-ap": {"href": resources.href(PLAN, kind="assessment-plan")},
        "results": [result],
        "back-matter": resources.back_matter(),
    }


def local_definitions(assessed: Assessed, resources: Resources) -> Json:
    """What observations speak about: systems, sources, and the things whose rows are named."""
    components = Components(assessed, resources)
    return {
        "components": components.in_operation(),
        "inventory-items": _things(assessed),
        "assessment-assets": components.assets(),
    }


def _things(assessed: Assessed) -> Iterator[Json]:
    known = set(assessed.sources)
    for subject, source in things(assessed.contents.rows):
        parts = [{"component-uuid": assessed.source(source)}] if source in known else None
        fields = {
            "uuid": thing(assessed, subject),
            "description": markup(subject),
            "props": [core_prop("asset-id", subject)],
            "implemented-components": parts,
        }
        yield given(fields)


def _observations(assessed: Assessed, resources: Resources) -> Iterator[Json]:
    observations = Observations(assessed, resources)
    yield from observations.of_rules(assessed.cells)
    for gap in assessed.facts.unread_sources:
        yield observations.of_source(gap)
