"""The Statement of Applicability: one YAML file, an entry for each control.

::

    version: 3
    approved_by: board@example.com
    approved_at: 2026-01-15
    controls:
      A.2.2: {applicable: true, justification: …, owner: …}
      A.10.4: {applicable: false, justification: …}

``controls`` may as well be a list of entries that have their id under ``control``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .records import Commit, SoaEntry
from .yaml_text import NotReadable, text, truth

# Annex A as it is numbered: the last number under each heading, the first being 2.
_LAST = {
    "A.2": 4,
    "A.3": 3,
    "A.4": 6,
    "A.5": 5,
    "A.6.1": 3,
    "A.6.2": 8,
    "A.7": 6,
    "A.8": 5,
    "A.9": 4,
    "A.10": 4,
}
CONTROLS = tuple(f"{head}.{n}" for head, last in _LAST.items() for n in range(2, last + 1))
_CONTROL = re.compile(r"(?:A\.)?(\d+(?:\.\d+)+)")


def entries(fields: Mapping[str, Any], path: str, commit: Commit | None) -> list[SoaEntry]:
    """All entries of a statement.

    Raises:
        NotReadable: It has no ``controls``, or one of them has the wrong shape or stands twice.
    """
    found: dict[str, SoaEntry] = {}
    for control, entry in _pairs(fields):
        if control in found:
            raise NotReadable(None, f"{control} stands twice")
        try:
            found[control] = SoaEntry(
                control=control,
                path=path,
                applicable=truth(entry, "applicable"),
                justification=text(entry, "justification"),
                owner=text(entry, "owner"),
                soa_version=text(fields, "version"),
                approved_by=text(fields, "approved_by"),
                approved_at=text(fields, "approved_at"),
                commit=commit,
            )
        except NotReadable as error:
            raise NotReadable(error.line, f"{control}: {error.problem}") from None
    return list(found.values())


def _pairs(fields: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    controls = fields.get("controls", fields.get("entries"))
    if isinstance(controls, dict):
        pairs = [(str(name), entry) for name, entry in controls.items()]
    elif isinstance(controls, list):
        pairs = [
            (str(entry.get("control") or entry.get("id") or ""), entry)
            for entry in controls
            if isinstance(entry, dict)
        ]
        if len(pairs) != len(controls):
            raise NotReadable(None, "an entry of controls is not a mapping")
    else:
        raise NotReadable(None, "there is no list or mapping under controls")
    for name, entry in pairs:
        number = _CONTROL.fullmatch(name.strip())
        if number is None:
            raise NotReadable(None, "an entry of controls does not name its control, as in A.2.2")
        if not isinstance(entry, dict):
            raise NotReadable(None, f"A.{number[1]}: the entry is not a mapping")
        yield f"A.{number[1]}", entry
