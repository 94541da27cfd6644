"""The 38 controls of Annex A and the clauses 4 to 10: ids, titles and our own words.

No text of the standard is in here: ids and titles are facts, ``looked_for`` is a paraphrase of
what an auditor asks to see.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from pydantic import BaseModel

Class = Literal["automated", "partial", "manual"]


class Control(BaseModel, extra="forbid", frozen=True):
    id: str
    title: str
    kind: Class
    """Whether system records can show that it operated: mostly, in part, or not at all."""
    looked_for: str
    document: str | None = None
    """The document or attestation by a person that is needed, if any."""
    aliases: tuple[str, ...] = ()
    """Other forms of the title that circulate."""


class Clause(BaseModel, extra="forbid", frozen=True):
    id: str
    title: str
    documented: bool = False
    """Documented information has to exist."""


class Catalogue(BaseModel, extra="forbid", frozen=True):
    standard: str
    groups: Mapping[str, str]
    """``A.2`` -> title of the group."""
    controls: tuple[Control, ...]
    clauses: tuple[Clause, ...]

    @cached_property
    def _titles(self) -> dict[str, str]:
        titles = {control.id: control.title for control in self.controls}
        return titles | {clause.id: clause.title for clause in self.clauses}

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(self._titles)

    def control(self, wanted: str) -> Control:
        """One control by its id.

        Raises:
            KeyError: The catalogue has none of this id.
        """
        for control in self.controls:
            if control.id == wanted:
                return control
        raise KeyError(wanted)

    def title(self, wanted: str) -> str:
        """Title of a control or clause.

        Raises:
            KeyError: The catalogue has none of this id.
        """
        return self._titles[wanted]
