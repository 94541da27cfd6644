"""One testable assertion over one view, as it is written in ``rules/*.yaml``."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from .kind_table import literal

Expected = Literal["pass", "fail", "inconclusive", "attention", "outside"]

_DURATION = re.compile(r"(\d+)([hd])")
_PARAMETER = re.compile(r"\$([a-z_]+)")


class Example(BaseModel, extra="forbid", frozen=True):
    """A row and what the rule has to say about it; ``annexa mapping test`` runs it."""

    given: Mapping[str, Any]
    """Column -> value; what is left out is NULL."""
    expect: Expected
    tables: Mapping[str, tuple[Mapping[str, Any], ...]] = {}
    """Rows of further views that the rule's ``with`` reads."""
    as_of: datetime | None = None
    """Noon of 2026-07-01 UTC when left out."""


class Disabled(BaseModel, extra="forbid", frozen=True):
    """An overlay has switched the rule off."""

    overlay: str
    reason: str
    approved_by: str
    until: date | None
    """The first day on which it counts again."""

    def holds(self, as_of: datetime) -> bool:
        return self.until is None or as_of.date() < self.until

    def __str__(self) -> str:
        until = f" until {self.until}" if self.until else ""
        return f"switched off by {self.overlay}{until} ({self.approved_by}): {self.reason}"


def is_duration(text: str) -> bool:
    return _DURATION.fullmatch(text) is not None


class Rule(BaseModel, extra="forbid", frozen=True, populate_by_name=True):
    """Data, not code: every SQL text is one expression, or for ``with`` one query."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    title: str
    controls: tuple[str, ...]
    """Ids of controls or clauses of the catalogue."""
    population: str
    """The view whose rows are judged."""
    query: str | None = Field(default=None, alias="with")
    """The rows to judge when a row of ``population`` is not enough: subject, source, system_id
    and what the expressions need."""
    where: str = "true"
    """TRUE belongs to the population, FALSE does not; NULL is inconclusive, never left out."""
    passes: str = Field(alias="pass")
    """TRUE passes, FALSE fails, NULL is inconclusive."""
    attention: str | None = None
    """TRUE turns a pass into something that a person should look at."""
    reason: str
    """What is wrong with a row that fails, as SQL text."""
    unknown: str | None = None
    """What is not known about an inconclusive row, as SQL text."""
    until: str | None = None
    """The instant after which a row that passes no longer will, if nothing is done, as SQL; NULL:
    time alone changes nothing. It decides no outcome: ``annexa upcoming`` reads it."""
    renew: str | None = None
    """What to do before ``until``."""
    scope: Literal["system", "organisation"] = "system"
    on_empty: Literal["inconclusive", "fail", "manual-pending"] = "inconclusive"
    """When no system has a row. Never a pass. The others need a complete reading;
    ``manual-pending`` says that the rule judges what a person owes, and nobody gave it yet."""
    without_rows: Literal["skip", "inconclusive", "fail"] = "skip"
    """When this system has none, though everything was read."""
    freshness: str = "24h"
    severity: Literal["minor", "major", "critical"]
    rows: tuple[str, ...] | None = None
    """Kinds, or views for theirs, without which the population is not complete; those of
    ``population`` when left out."""
    facts: tuple[str, ...] | None = None
    """Kinds, or views for theirs, without which a FALSE is not certain; all others that the SQL
    reads when left out."""
    parameters: Mapping[str, int | str] = {}
    """``$name`` in the SQL; an overlay may change them."""
    step: str
    """How an auditor walks through one row by hand."""
    examples: tuple[Example, ...]
    disabled: Disabled | None = None
    """Set by an overlay, never written in a pack."""

    @field_validator("freshness")
    @classmethod
    def _is_duration(cls, value: str) -> str:
        if not is_duration(value):
            raise ValueError("is not a time like 24h or 7d")
        return value

    @model_validator(mode="after")
    def _examples_suffice(self) -> "Rule":
        missing = {"pass", "fail", "inconclusive"} - {example.expect for example in self.examples}
        if self.where.strip().lower() != "true" and not any(
            example.expect == "outside" for example in self.examples
        ):
            missing.add("outside")
        if missing:
            raise ValueError(f"there is no example that expects {', '.join(sorted(missing))}")
        if (self.until is None) != (self.renew is None):
            raise ValueError("`until` and `renew` belong together: when, and what to do before")
        return self

    @property
    def asks_a_person(self) -> bool:
        """It judges documents or attestations that a person owes, not what a system recorded."""
        return self.on_empty == "manual-pending"

    @property
    def max_age(self) -> timedelta:
        match = _DURATION.fullmatch(self.freshness)
        assert match is not None  # the validator has seen it
        hours = int(match[1]) * (24 if match[2] == "d" else 1)
        return timedelta(hours=hours)

    def sql(self, text: str) -> str:
        """``text`` with the parameters put in.

        Raises:
            KeyError: It names a parameter that the rule does not have.
        """

        def value(match: re.Match[str]) -> str:
            found = self.parameters[match[1]]
            return literal(found) if isinstance(found, str) else str(found)

        return _PARAMETER.sub(value, text)

    @property
    def texts(self) -> dict[str, str]:
        """Every SQL text by its key in the file, parameters put in."""
        written = {
            "with": self.query,
            "where": self.where,
            "pass": self.passes,
            "attention": self.attention,
            "reason": self.reason,
            "unknown": self.unknown,
            "until": self.until,
        }
        return {key: self.sql(text) for key, text in written.items() if text is not None}
