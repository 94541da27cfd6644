"""Failures that a named person has accepted, for a reason and until a day.

An exception is a leaf of the ledger. It counts from the instant at which it was sealed: what failed
before stays failed, and on the day named it fails again. One that was withdrawn counts until then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import msgspec

from ..ledger import Ledger
from .kind_table import literal
from .sealed import Sealed

LEAF = "exception"
WITHDRAWAL = "exception-withdrawn"

EXCEPTION_COLUMNS = {
    "leaf": "BIGINT",
    "rule_id": "VARCHAR",
    "system_id": "VARCHAR",
    "subject": "VARCHAR",
    "reason": "VARCHAR",
    "approved_by": "VARCHAR",
    "granted_at": "TIMESTAMPTZ",
    "until": "TIMESTAMPTZ",
}


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """One exception: a rule's failure for one subject, or for all of one system's."""

    leaf: int
    rule_id: str
    system_id: str | None
    subject: str | None
    reason: str
    approved_by: str
    granted_at: datetime
    until: datetime
    """The first instant at which it no longer counts."""

    @property
    def text(self) -> str:
        return f"accepted by {self.approved_by} until {self.until:%Y-%m-%d}: {self.reason}"


class _Body(msgspec.Struct):
    rule: str
    reason: str
    approved_by: str
    until: date
    system: str | None = None
    subject: str | None = None


class _Withdrawal(msgspec.Struct):
    exception: int


def accept(
    ledger: Ledger,
    *,
    rule: str,
    reason: str,
    approved_by: str,
    until: date,
    system: str | None = None,
    subject: str | None = None,
) -> int:
    """Seal an exception; returns its leaf. Corrections append: see `withdraw`."""
    body = {"rule": rule, "reason": reason, "approved_by": approved_by, "until": str(until)}
    about = {"system": system, "subject": subject}
    return ledger.append(LEAF, body | {key: value for key, value in about.items() if value})


def withdraw(ledger: Ledger, exception: int, reason: str) -> int:
    """Seal that an exception no longer counts; returns the new leaf."""
    return ledger.append(WITHDRAWAL, {"exception": exception, "reason": reason})


def exceptions(ledger: Ledger, at: datetime) -> list[Accepted]:
    """All that were sealed at ``at`` or before and not withdrawn by then, expired ones too."""
    found: dict[int, Accepted] = {}
    for leaf in ledger.log.of_type(LEAF, WITHDRAWAL):
        if leaf.at > at:
            break
        if leaf.type == WITHDRAWAL:
            found.pop(msgspec.json.decode(leaf.body, type=_Withdrawal).exception, None)
            continue
        body = msgspec.json.decode(leaf.body, type=_Body)
        found[leaf.index] = Accepted(
            leaf=leaf.index,
            rule_id=body.rule,
            system_id=body.system,
            subject=body.subject,
            reason=body.reason,
            approved_by=body.approved_by,
            granted_at=leaf.at,
            until=datetime.combine(body.until, time.min, tzinfo=UTC),
        )
    return list(found.values())


def read_exceptions(db: Sealed, as_of: datetime) -> dict[str, list[Accepted]]:
    """Rule -> the exceptions that count at that instant, from the table ``exception``."""
    columns = ", ".join(
        f"epoch_us({name})" if hint == "TIMESTAMPTZ" else name
        for name, hint in EXCEPTION_COLUMNS.items()
    )
    found: dict[str, list[Accepted]] = {}
    for row in db.trusted(f"select {columns} from exception order by leaf"):
        values = dict(zip(EXCEPTION_COLUMNS, row, strict=True))
        for name in ("granted_at", "until"):
            values[name] = datetime.fromtimestamp(values[name] / 1e6, tz=UTC)
        accepted = Accepted(**values)
        if accepted.granted_at <= as_of < accepted.until:
            found.setdefault(accepted.rule_id, []).append(accepted)
    return found


ExceptionsOf = Mapping[str, Iterable[Accepted]]
"""Rule -> its exceptions."""


def accepted_sql(accepted: Iterable[Accepted]) -> str:
    """SQL text that says by whom a row's failure was accepted, NULL where it was not."""
    cases = [
        f"when {'subject' if one.subject else 'system_id'} = "
        f"{literal(one.subject or one.system_id or '')} then {literal(one.text)}"
        for one in accepted
    ]
    return f"case {' '.join(cases)} end" if cases else "null::varchar"
