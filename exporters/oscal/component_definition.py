"""``component-definition.json``: what is asked of each system, and the rules that test it."""

from collections.abc import Iterator

from ...mappings.catalogue import Control
from ...mappings.rule import Rule
from .assessed import Assessed
from .components import RULES_NAMESPACE, Components
from .identifiers import control_id
from .metadata import metadata
from .parts import Json, markup, text
from .resources import FOLDER, Resources
from .stream import given

PROFILE = f"{FOLDER}/profile.json"


def component_definition(assessed: Assessed, resources: Resources) -> Json:
    return {
        "uuid": assessed.identifiers.here("component-definition"),
        "metadata": metadata(assessed, "Components", kind="component-definition"),
        "components": _components(assessed, resources),
        "back-matter": resources.back_matter(),
    }


def _components(assessed: Assessed, resources: Resources) -> Iterator[Json]:
    components = Components(assessed, resources)
    profile = resources.href(PROFILE, kind="profile")
    yield components.organisation() | _implementations(assessed, profile, None)
    for system in assessed.systems:
        yield components.system(system) | _implementations(assessed, profile, system)
    for name in assessed.sources:
        yield components.source(name)
    tool = components.tool()
    rules = [part for rule in assessed.pack.rules for part in _rule_set(rule)]
    yield given(tool | {"props": rules})


def _implementations(assessed: Assessed, profile: str, system: str | None) -> Json:
    scope = "organisation" if system is None else "system"
    asked = [_requirement(assessed, control, system, scope) for control in assessed.included]
    if not asked:
        return {}
    implementation = {
        "uuid": assessed.identifiers.lasting("implementation", assessed.pack.id, system or ""),
        "source": profile,
        "description": "How evidence for each control comes about. Whether it supports the control "
        "is in the assessment results.",
        "implemented-requirements": asked,
    }
    return {"control-implementations": [implementation]}


def _requirement(assessed: Assessed, control: Control, system: str | None, scope: str) -> Json:
    rules = [rule for rule in assessed.pack.rules_for(control.id) if rule.scope == scope]
    tested = (
        f"Tested by {', '.join(rule.id for rule in rules)}."
        if rules
        else f"No rule of the pack tests it for the {scope}."
    )
    by_person = f" By a person: {control.document}." if control.document else ""
    owners = assessed.facts.evaluation.owners
    owner = owners.of_system.get(system or "") or owners.of_control.get(control.id)
    fields = {
        "uuid": assessed.identifiers.lasting("requirement", system or "", control.id),
        "control-id": control_id(control.id),
        "description": markup(tested + by_person),
        "props": [_rule_prop("Rule_Id", rule.id) for rule in rules],
        "responsible-roles": assessed.people.owner(owner),
    }
    return given(fields)


def _rule_set(rule: Rule) -> Iterator[Json]:
    """What the rule says, and the check that tests it."""
    for name, value in (
        ("Rule_Id", rule.id),
        ("Rule_Description", rule.title),
        ("Check_Id", rule.id),
        ("Check_Description", f"{rule.population}: {rule.sql(rule.passes)}"),
    ):
        yield _rule_prop(name, value) | {"remarks": f"rule_set_{rule.id}"}


def _rule_prop(name: str, value: str) -> Json:
    return {"name": name, "ns": RULES_NAMESPACE, "value": text(value)}
