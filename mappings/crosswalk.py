"""Other frameworks through which the same evidence can be looked at: aids, not equivalence.

A crosswalk file names, for each reference of a framework (an article, a subcategory), the controls
and clauses whose evidence may be asked for there too, with the strength of that claim.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import BaseModel, model_validator

Strength = Literal["listed", "practice", "judgement"]
STRENGTHS: tuple[Strength, ...] = ("listed", "practice", "judgement")
"""From a crosswalk that the framework's owner lists, from practitioners, our own judgement."""


@dataclass(frozen=True, kw_only=True)
class Link:
    control: str
    """Of the catalogue: a control or a clause."""
    strength: Strength


class Reference(BaseModel, extra="forbid", frozen=True):
    id: str
    """As the framework writes it: ``Art. 12``, ``GOVERN 1.6``."""
    title: str | None = None
    listed: tuple[str, ...] = ()
    practice: tuple[str, ...] = ()
    judgement: tuple[str, ...] = ()

    @property
    def links(self) -> Iterator[Link]:
        """The strongest first."""
        for strength in STRENGTHS:
            for control in getattr(self, strength):
                yield Link(control=control, strength=strength)


class DutyDate(BaseModel, extra="forbid", frozen=True):
    what: str
    applies_from: date
    source: str


class Framework(BaseModel, extra="forbid", frozen=True):
    """One file of ``crosswalk/``; it has a version of its own."""

    id: str
    version: str
    reviewed: date
    title: str
    note: str
    """What the reader must not conclude from it."""
    dates: tuple[DutyDate, ...] = ()
    sources: Mapping[Strength, str]
    references: tuple[Reference, ...]

    @model_validator(mode="after")
    def _each_link_has_a_source(self) -> "Framework":
        ids = [reference.id for reference in self.references]
        if len(set(ids)) < len(ids):
            raise ValueError("Two references have one id")
        for reference in self.references:
            links = list(reference.links)
            if not links:
                raise ValueError(f"{reference.id} names no control")
            if len({link.control for link in links}) < len(links):
                raise ValueError(f"{reference.id} names a control twice")
            for link in links:
                if link.strength not in self.sources:
                    raise ValueError(f"{reference.id}: no source for {link.strength!r}")
        return self
