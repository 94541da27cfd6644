"""What differs from an earlier instant: evidence, outcomes, gaps, pack and configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ..ledger import ChangeTotal, Gap, Ledger

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A rule or control that stands elsewhere; None: it was not judged."""

    about: str
    system: str | None
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """Another pack or another configuration judges since then."""

    what: str
    """``pack`` or ``configuration``."""
    at: datetime
    leaf: int
    before: str | None
    after: str
    name: str | None
    """Of the pack, with its version."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    since: datetime
    until: datetime
    moved: tuple[Moved, ...]
    """By rule or control and system."""
    opened: tuple[Gap, ...]
    """Gaps that opened and are open at the end."""
    closed: tuple[Gap, ...]
    """Gaps that were open at the start and closed."""
    passing: tuple[Gap, ...]
    """Gaps that opened and closed in between."""
    evidence: tuple[ChangeTotal, ...]
    replaced: tuple[Replaced, ...]


def difference(ledger: Ledger, since: datetime, until: datetime) -> Difference:
    """Compare two instants of the ledger; nothing is judged again."""
    gaps = [gap for gap in ledger.gaps(since=since) if gap.opened_at <= until]
    is_new = [gap for gap in gaps if gap.opened_at > since]
    return Difference(
        since=since,
        until=until,
        moved=tuple(moved(standings(ledger, since), standings(ledger, until))),
        opened=tuple(gap for gap in is_new if not _closed(gap, until)),
        closed=tuple(gap for gap in gaps if gap.opened_at <= since and _closed(gap, until)),
        passing=tuple(gap for gap in is_new if _closed(gap, until)),
        evidence=tuple(ledger.change_totals(since, until)),
        replaced=tuple(_replaced(ledger, since, until)),
    )


def standings(ledger: Ledger, at: datetime) -> dict[tuple[str, str | None], str]:
    """Where each rule and control stood, by id and system, as the last evaluation before said."""
    return {(span.about, span.system): span.outcome for span in ledger.spans(at, at + _INSTANT)}


def moved(
    before: Mapping[tuple[str, str | None], str], after: Mapping[tuple[str, str | None], str]
) -> list[Moved]:
    """What stands elsewhere, by id and system; None where it was not judged."""
    differing = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    return [
        Moved(about=key[0], system=key[1], before=before.get(key), after=after.get(key))
        for key in sorted(differing, key=lambda key: (key[0], key[1] or ""))
    ]


def _closed(gap: Gap, until: datetime) -> bool:
    return gap.closed_at is not None and gap.closed_at <= until


def _replaced(ledger: Ledger, since: datetime, until: datetime) -> list[Replaced]:
    found = []
    for leaf in ledger.log.of_type("pack", "configuration"):
        if since < leaf.at <= until:
            body: dict[str, Any] = msgspec.json.decode(leaf.body)
            found.append(
                Replaced(
                    what=leaf.type,
                    at=leaf.at,
                    leaf=leaf.index,
                    before=body["from"],
                    after=body["to"],
                    name=body.get("pack"),
                )
            )
    return found
