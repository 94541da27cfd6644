"""``assessment-plan.json``: one activity for each rule, and how often it is due."""

from collections.abc import Iterator

from ...mappings.rule import Rule
from ..words import PROVES_NOT
from .assessed import Assessed
from .component_definition import PROFILE
from .components import Components
from .identifiers import control_id
from .metadata import metadata
from .parts import Json, core_prop, markup, props, text
from .resources import FOLDER, Resources
from .reviewed import reviewed_controls

DEFINITION = f"{FOLDER}/component-definition.json"
_REPLAY = "10_mapping/replay.sql"
_METHOD = (
    "Each rule is one statement in SQL over a population that was read from the sources. TRUE is a "
    "pass, FALSE a failure, and NULL is inconclusive, as is everything that was not read in full. "
    "An empty population is never a pass."
)


def assessment_plan(assessed: Assessed, resources: Resources) -> Json:
    components = Components(assessed, resources)
    profile: Json = {"href": resources.href(PROFILE, kind="profile"), "rel": "reference"}
    systems = [assessed.component(system) for system in (None, *assessed.systems)]
    subjects = [{"subject-uuid": component, "type": "component"} for component in systems]
    return {
        "uuid": assessed.identifiers.here("assessment-plan"),
        "metadata": metadata(assessed, "Assessment plan", kind="assessment-plan", links=[profile]),
        "import-ssp": {
            "href": resources.href(DEFINITION, kind="no-oscal-ssp"),
            "remarks": "There is no system security plan; the component definition describes the "
            "systems, and the profile which controls apply.",
        },
        "local-definitions": {
            "components": components.in_operation(),
            "activities": _activities(assessed, resources),
        },
        "terms-and-conditions": {"parts": _terms()},
        "reviewed-controls": reviewed_controls(assessed),
        "assessment-subjects": [{"type": "component", "include-subjects": subjects}],
        "assessment-assets": components.assets(),
        "tasks": _tasks(assessed),
        "back-matter": resources.back_matter(),
    }


def task(assessed: Assessed, rule: str) -> str:
    """UUID of the task that evaluates a rule."""
    return assessed.identifiers.lasting("task", rule)


def _activities(assessed: Assessed, resources: Resources) -> Iterator[Json]:
    replay = {"href": resources.href(_REPLAY), "rel": "reference", "text": "All rules as SQL"}
    for rule in assessed.pack.rules:
        controls = [{"control-id": control_id(control)} for control in rule.controls]
        step = {
            "uuid": assessed.identifiers.lasting("step", rule.id),
            "title": "Walk through one by hand",
            "description": markup(rule.step),
        }
        yield {
            "uuid": _activity(assessed, rule),
            "title": markup(rule.title),
            "description": markup(f"{rule.population}: {rule.sql(rule.passes)}"),
            "props": [
                core_prop("method", "EXAMINE" if rule.asks_a_person else "TEST"),
                *props(rule=rule.id, severity=rule.severity, freshness=rule.freshness),
            ],
            "links": [replay],
            "steps": [step],
            "related-controls": {"control-selections": [{"include-controls": controls}]},
        }


def _tasks(assessed: Assessed) -> Iterator[Json]:
    for rule in assessed.pack.rules:
        hours = max(1, int(rule.max_age.total_seconds()) // 3600)
        everything = [{"type": "component", "include-all": {}}]
        yield {
            "uuid": task(assessed, rule.id),
            "type": "action",
            "title": text(f"Evaluate {rule.id}"),
            "timing": {"at-frequency": {"period": hours, "unit": "hours"}},
            "associated-activities": [
                {"activity-uuid": _activity(assessed, rule), "subjects": everything}
            ],
        }


def _activity(assessed: Assessed, rule: Rule) -> str:
    return assessed.identifiers.lasting("activity", rule.id)


def _terms() -> list[Json]:
    limits = "\n".join(f"- {markup(line)}" for line in PROVES_NOT)
    return [
        {"name": "methodology", "title": "How it is tested", "prose": _METHOD},
        {"name": "disclosures", "title": "What it does not prove", "prose": limits},
    ]
