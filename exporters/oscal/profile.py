"""``profile.json``: the Statement of Applicability, which controls count here and why."""

from collections.abc import Iterator
from itertools import groupby

from ..contents import among
from .assessed import Assessed
from .identifiers import control_id
from .metadata import metadata
from .parts import Json, markup, prop
from .resources import FOLDER, Resources

CATALOGUE = f"{FOLDER}/catalog.json"
_STATEMENT = "02_scope_soa/statement_of_applicability.csv"
_COLUMNS = (
    "control",
    "applicable",
    "justification",
    "owner",
    "soa_version",
    "approved_by",
    "source",
)


def profile(assessed: Assessed, resources: Resources) -> Json:
    excluded = [control_id(control.id) for control in assessed.excluded]
    imported: Json = {"href": resources.href(CATALOGUE, kind="catalog"), "include-all": {}}
    if excluded:
        imported["exclude-controls"] = [{"with-ids": excluded}]
    statement: Json = {
        "href": resources.href(_STATEMENT),
        "rel": "reference",
        "text": "All its rows",
    }
    return {
        "uuid": assessed.identifiers.here("profile"),
        "metadata": metadata(
            assessed,
            "Statement of Applicability",
            kind="profile",
            more=_exclusions(assessed),
            links=[statement],
        ),
        "imports": [imported],
        "merge": {"as-is": True},
        "modify": {"alters": _alters(assessed)},
        "back-matter": resources.back_matter(),
    }


def _exclusions(assessed: Assessed) -> Iterator[Json]:
    """Why controls are left out; an import has no room for it."""
    for control in assessed.excluded:
        reason = assessed.states[control.id, None].reason
        yield prop("excluded-control", control_id(control.id), remarks=markup(reason))


def _alters(assessed: Assessed) -> Iterator[Json]:
    """Why controls count, one group of properties for each entry of a statement."""
    listed = among("control", (control.id for control in assessed.included))
    found = assessed.contents.rows.table(f"select {', '.join(_COLUMNS)} from soa where {listed}")
    for control, rows in groupby(found.rows, key=lambda row: str(row[0])):
        properties = [
            prop(name.replace("_", "-"), value, group=f"entry-{number}")
            for number, row in enumerate(rows, 1)
            for name, value in zip(_COLUMNS[1:], row[1:], strict=True)
            if value is not None
        ]
        yield {"control-id": control_id(control), "adds": [{"props": properties}]}
