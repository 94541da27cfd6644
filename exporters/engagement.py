"""One audit: who with whom, against what, over which period and what part of the house."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints, field_validator

from ..mappings.errors import PeriodError
from ..mappings.period import Period
from ..mappings.scope import Scope

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class Criterion(BaseModel, extra="forbid", frozen=True, coerce_numbers_to_str=True):
    standard: Text
    version: Text


class Contact(BaseModel, extra="forbid", frozen=True, coerce_numbers_to_str=True):
    name: Text
    role: Text
    email: Text | None = None


class Request(BaseModel, extra="forbid", frozen=True, coerce_numbers_to_str=True):
    """One entry of the auditor's request list."""

    id: Text
    wording: Text
    controls: tuple[Text, ...] = ()
    owner: Text | None = None
    due: date | None = None
    status: Text | None = None
    evidence: Text | None = None


class Engagement(BaseModel, extra="forbid", frozen=True, coerce_numbers_to_str=True):
    """The file of `annexa export --engagement`; its keys are public API."""

    title: Text
    parties: dict[Text, Text] = Field(min_length=1)
    """Role -> who: auditee, auditor …"""
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    period: Text
    systems: tuple[Text, ...] | None = Field(default=None, min_length=1)
    controls: tuple[Text, ...] | None = Field(default=None, min_length=1)
    contacts: tuple[Contact, ...] = ()
    confidentiality: Text | None = None
    requests: tuple[Request, ...] = ()

    @field_validator("period")
    @classmethod
    def _is_period(cls, value: str) -> str:
        try:
            Period.parse(value)
        except PeriodError as error:
            raise ValueError("no period; write 2026-Q4 or 2026-01-01..2026-04-01") from error
        return value

    @field_validator("requests")
    @classmethod
    def _are_distinct(cls, value: tuple[Request, ...]) -> tuple[Request, ...]:
        if len({request.id for request in value}) != len(value):
            raise ValueError("two requests have one id; give each its own")
        return value

    @property
    def scope(self) -> Scope:
        return Scope(systems=self.systems, controls=self.controls)

    def lines(self) -> list[tuple[str, str]]:
        """What stands on page one: (about, text)."""
        told = [("Engagement", self.title)]
        told += [(role.capitalize(), who) for role, who in self.parties.items()]
        told += [("Criteria", f"{one.standard}, {one.version}") for one in self.criteria]
        for contact in self.contacts:
            mail = f", {contact.email}" if contact.email else ""
            told.append(("Contact", f"{contact.name}, {contact.role}{mail}"))
        if self.confidentiality:
            told.append(("Confidentiality", self.confidentiality))
        return told
