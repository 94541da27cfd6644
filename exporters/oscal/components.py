"""What is assessed and with what: the management system, the AI systems, the sources, the rules."""

from collections.abc import Iterator, Mapping

from ..verify import RECEIPTS, run_file
from .assessed import TOOL, Assessed
from .parts import Json, core_prop, markup, props, text
from .resources import Resources
from .stream import given

RULES_NAMESPACE = "https://oscal-compass.github.io/compliance-trestle/schemas/oscal"
"""Whose words for rules and checks are taken, so that tools which know them find ours."""
_TOLD = ("name", "purpose", "role", "tier", "stage")
_STATES = {"production": "operational", "development": "under-development"}


class Components:
    """As a component definition describes them; see `in_operation` for the other documents."""

    def __init__(self, assessed: Assessed, resources: Resources) -> None:
        self._assessed, self._resources = assessed, resources
        self._told = _told(assessed)

    def organisation(self) -> Json:
        name = self._assessed.facts.organisation.name
        return {
            "uuid": self._assessed.component(None),
            "type": "process-procedure",
            "title": markup(f"AI management system of {name}"),
            "description": markup(f"What is done once for all AI systems of {name}"),
        }

    def system(self, system: str) -> Json:
        """Owner and purpose as the organisation declared them."""
        told = self._told.get(system, {})
        purpose = told.get("purpose")
        owner = self._assessed.facts.evaluation.owners.of_system.get(system)
        described = props(role=told.get("role"), tier=told.get("tier"), stage=told.get("stage"))
        fields = {
            "uuid": self._assessed.component(system),
            "type": "software",
            "title": markup(told.get("name") or system),
            "description": markup(f"AI system {system}"),
            "purpose": markup(purpose) if purpose else None,
            "props": [core_prop("asset-id", system), *described],
            "responsible-roles": self._assessed.people.owner(owner),
        }
        return given(fields)

    def source(self, name: str) -> Json:
        info = self._assessed.facts.latest.get(name)
        identity = info.receipt.identity if info else None
        described = (
            props(read_as=identity.caller, endpoint=identity.endpoint, server=identity.server)
            if identity
            else []
        )
        fields = {
            "uuid": self._assessed.source(name),
            "type": "service",
            "title": markup(name),
            "description": markup(f"Source of evidence {name}"),
            "props": [core_prop("asset-id", name), *described],
            "links": self._receipt(info.number) if info else [],
        }
        return given(fields)

    def _receipt(self, run: int) -> list[Json]:
        file = run_file(RECEIPTS, run, "json").removeprefix("data/")
        return [
            {
                "href": self._resources.href(file),
                "rel": "reference",
                "text": f"Receipt of run {run}",
            }
        ]

    def tool(self) -> Json:
        pack = self._assessed.pack
        return {
            "uuid": self._assessed.tool,
            "type": "validation",
            "title": text(TOOL),
            "description": markup(
                f"Reads the sources, keeps the evidence, and tests it with the rules of the pack "
                f"{pack.id} {pack.version}"
            ),
        }

    def in_operation(self) -> Iterator[Json]:
        yield _in_operation(self.organisation(), "operational")
        for system in self._assessed.systems:
            stage = self._told.get(system, {}).get("stage")
            yield _in_operation(self.system(system), _STATES.get(stage or "", "other"))
        for name in self._assessed.sources:
            yield _in_operation(self.source(name), "operational")

    def assets(self) -> Json:
        """``assessment-assets``: what the assessment was made with."""
        platform = {
            "uuid": self._assessed.identifiers.lasting("platform", TOOL),
            "title": text(TOOL),
            "uses-components": [{"component-uuid": self._assessed.tool}],
        }
        return {
            "components": [_in_operation(self.tool(), "operational")],
            "assessment-platforms": [platform],
        }


def _told(assessed: Assessed) -> Mapping[str, Mapping[str, str | None]]:
    """System -> what the inventory says of it; of several entries the first in order."""
    rows = assessed.contents.rows
    known = rows.columns("select * from evaluation.main.system")
    columns = [name for name in _TOLD if name in known]
    listed = ", ".join(("system_id", *(f"min({name}) as {name}" for name in columns)))
    found = rows.run(
        f"select {listed} from evaluation.main.system where system_id is not null group by 1"
    )
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in found}


def _in_operation(component: Json, state: str) -> Json:
    """With the status that the other documents ask for, in OSCAL's order."""
    status: Json = {"state": state}
    if state == "other":
        status["remarks"] = "The inventory does not say at which stage it is."
    last = {name: component[name] for name in ("responsible-roles",) if name in component}
    first = {name: value for name, value in component.items() if name not in last}
    return first | {"status": status} | last
