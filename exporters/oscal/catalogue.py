"""``catalog.json``: ids and titles of the standard, and what is looked for in our own words.

Without overlays it holds nothing of one organisation: the same pack gives it to everybody.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from ...mappings.catalogue import Catalogue, Clause, Control
from ...mappings.pack import Pack
from ..facts import CLASS_WORDS, rfc3339
from .identifiers import VERSION, control_id, everywhere, objective_id
from .parts import Json, core_prop, markup, prop, text
from .stream import given

_EXTERNAL = {"ISO/IEC 42001:2023": "urn:intuitem:risk:req_node:iso42001-2023:"}
"""Standard -> CISO Assistant's names of its controls begin with it."""


def catalogue(pack: Pack, *, otherwise: datetime) -> Json:
    """``otherwise``: its date, when the pack does not say from which day it counts."""
    standard = pack.catalogue.standard
    return {
        "uuid": everywhere("catalogue", pack.id, pack.digest),
        "metadata": {
            "title": text(f"{standard}: ids and titles, and what is looked for"),
            "last-modified": rfc3339(_effective(pack, otherwise)),
            "version": text(pack.version),
            "oscal-version": VERSION,
            "document-ids": [{"identifier": text(f"annexa pack {pack.id}")}],
            "props": [prop("pack-sha256", pack.digest)],
            "remarks": markup(
                f"Ids and titles of {standard} only; its text is not in here. Guidance and "
                "objectives are in the words of the pack's authors and no part of the standard."
            ),
        },
        "groups": _groups(pack),
    }


def _effective(pack: Pack, otherwise: datetime) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(pack.header.effective), time.min, tzinfo=UTC)
    except ValueError:
        return otherwise


def _groups(pack: Pack) -> Iterator[Json]:
    """The groups of controls, those below another inside it; the clauses; the organisation's."""
    added = {control.id for layer in pack.overlays for control in layer.header.controls}
    mine = tuple(control for control in pack.catalogue.controls if control.id in added)
    theirs = tuple(control for control in pack.catalogue.controls if control.id not in added)
    found = pack.catalogue.model_copy(update={"controls": theirs})
    for name in found.groups:
        if _parent(name, found) is None:
            yield _group(name, found)
    if found.clauses:
        yield {
            "id": "clauses",
            "class": "clauses",
            "title": "Clauses",
            "controls": [_clause(clause, found.standard) for clause in found.clauses],
        }
    if mine:
        yield {
            "id": "own",
            "class": "own",
            "title": "Controls of the organisation's own",
            "controls": [_control(control) for control in mine],
        }


def _parent(name: str, found: Catalogue) -> str | None:
    """The longest group whose name begins this one's."""
    above = [group for group in found.groups if name.startswith(f"{group}.")]
    return max(above, key=len, default=None)


def _group(name: str, found: Catalogue) -> Json:
    group: Json = {
        "id": control_id(name),
        "class": "objective",
        "title": markup(found.groups[name]),
        "props": [core_prop("label", name)],
    }
    inner = [_group(below, found) for below in found.groups if _parent(below, found) == name]
    mine = [control for control in found.controls if _parent(control.id, found) == name]
    controls = [_control(control, found.standard) for control in mine]
    return given(group | {"groups": inner, "controls": controls})


def _control(control: Control, standard: str | None = None) -> Json:
    """``standard``: None when it is none of the standard's."""
    name = control_id(control.id)
    urn = _EXTERNAL.get(standard or "")
    external = [core_prop("alt-identifier", f"{urn}{name}")] if urn else []
    pointer = [_pointer(control.id, standard)] if standard else []
    by_person = f" By a person: {control.document}." if control.document else ""
    return {
        "id": name,
        "class": "control" if standard else "own",
        "title": markup(control.title),
        "props": [
            core_prop("label", control.id),
            core_prop("sort-id", _sortable(control.id)),
            *external,
            prop("evidence-class", control.kind),
        ],
        "parts": [
            *pointer,
            {"id": f"{name}_gdn", "name": "guidance", "prose": markup(control.looked_for)},
            {
                "id": objective_id(control.id),
                "name": "assessment-objective",
                "prose": markup(
                    "The evidence is there and fresh, and every rule about it holds. "
                    f"Class {control.kind}: {CLASS_WORDS[control.kind]}.{by_person}"
                ),
            },
        ],
    }


def _clause(clause: Clause, standard: str) -> Json:
    return {
        "id": control_id(clause.id),
        "class": "clause",
        "title": markup(clause.title),
        "props": [
            core_prop("label", clause.id),
            core_prop("sort-id", f"clause-{_sortable(clause.id)}"),
            prop("documented-information", clause.documented),
        ],
        "parts": [_pointer(clause.id, standard)],
    }


def _pointer(wanted: str, standard: str) -> Json:
    prose = f"See {standard}, {wanted}. The text of the standard is not reproduced."
    return {"id": f"{control_id(wanted)}_smt", "name": "statement", "prose": markup(prose)}


def _sortable(wanted: str) -> str:
    """``A.10.2`` -> ``a.10.02``."""
    parts = wanted.lower().split(".")
    return ".".join(part.zfill(2) if part.isdigit() else part for part in parts)
