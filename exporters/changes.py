"""What is otherwise than in the bundle before this one, as rows that sheet, CSV and text share."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..ledger import ChangeTotal, Gap, Ledger
from ..mappings.difference import Moved, Replaced, difference, moved, standings
from ..mappings.evaluation import Evaluation
from .earlier import Earlier
from .facts import OpenGap, moment
from .markdown import md
from .rows import Value

CHANGE_COLUMNS = ("what", "about", "system", "source", "before", "after", "at", "detail")
CHANGES = "07_exceptions_findings/changes_since_last_bundle"
"""Without ``.md`` or ``.csv``."""
FIRST = "This is the first bundle of this ledger: there is none to compare it with."


@dataclass(frozen=True, kw_only=True)
class Changes:
    earlier: Earlier
    moved: Sequence[Moved]
    """Rules, controls and clauses; ``after`` is what this bundle says."""
    opened: Sequence[OpenGap]
    closed: Sequence[Gap]
    passing: Sequence[Gap]
    """Gaps that opened and closed in between."""
    evidence: Sequence[ChangeTotal]
    replaced: Sequence[Replaced]
    """The pack, the configuration."""
    named: Mapping[str, str]
    """What each control and each clause is called; everything else that moved is a rule."""

    def rows(self) -> Iterator[tuple[Value, ...]]:
        """In the order of `CHANGE_COLUMNS`."""
        for one in self.replaced:
            detail = f"{one.name or ''} leaf {one.leaf}".strip()
            yield one.what, None, None, None, one.before, one.after, one.at, detail
        for move in self.moved:
            what = self.named.get(move.about, "rule")
            before, after = (state or "not judged" for state in (move.before, move.after))
            yield what, move.about, move.system, None, before, after, None, None
        for gap in self.opened:
            now = gap.now
            where = (now.rule, now.system, now.source)
            yield "gap opened", *where, None, now.outcome, gap.since, now.cause
        for what, gaps in (("gap closed", self.closed), ("gap that came and went", self.passing)):
            for old in gaps:
                where = (old.rule, old.system, old.source)
                yield what, *where, old.outcome, "closed", old.closed_at, old.cause
        for total in self.evidence:
            detail = (
                f"{total.opened} new, {total.changed} changed, {total.closed} gone, "
                f"{total.events} events"
            )
            yield "evidence", total.kind, None, total.source, None, None, None, detail


def changes(
    ledger: Ledger,
    evaluation: Evaluation,
    earlier: Earlier | None,
    gaps: Sequence[OpenGap],
) -> Changes | None:
    """From the earlier bundle's instant to this evaluation's; None when there is no earlier one.

    Args:
        gaps: Those of this evaluation.
    """
    if earlier is None:
        return None
    judged = _judged_at(ledger, earlier.as_of, evaluation.at)
    found = difference(ledger, judged, evaluation.at)
    catalogue = evaluation.pack.catalogue
    before = standings(ledger, judged) if earlier.outcomes is None else earlier.outcomes
    return Changes(
        earlier=earlier,
        moved=moved(before, evaluation.outcomes),
        opened=[gap for gap in gaps if gap.since is None or gap.since > judged],
        closed=found.closed,
        passing=found.passing,
        evidence=ledger.change_totals(earlier.as_of, evaluation.at),
        replaced=[one for one in found.replaced if one.before is not None],
        named={one.id: "control" for one in catalogue.controls}
        | {one.id: "clause" for one in catalogue.clauses},
    )


def _judged_at(ledger: Ledger, as_of: datetime, at: datetime) -> datetime:
    """When the evaluation was sealed that the bundle of ``as_of`` could know.

    An evaluation looks at an instant and is sealed a little later; gaps and spans begin with the
    seal.
    """
    known = [one.at for one in ledger.evaluations(as_of, at) if one.evaluated_at <= as_of]
    return max([as_of, *known])


def change_rows(found: Changes | None) -> Iterator[tuple[Value, ...]]:
    """The rows, or one that says why there are none."""
    if found is None:
        yield "none", None, None, None, None, None, None, FIRST
        return
    rows = iter(found.rows())
    first = next(rows, None)
    if first is None:
        said = f"nothing changed since {found.earlier.name}"
        yield "none", None, None, None, None, None, found.earlier.as_of, said
        return
    yield first
    yield from rows


def change_text(found: Changes | None) -> str:
    """The same as Markdown."""
    parts = ["# Changes since the last bundle\n"]
    if found is None:
        return "\n".join([*parts, FIRST, ""])
    parts.append(f"Since {md(found.earlier.name)}, as of {moment(found.earlier.as_of)}.\n")
    groups: dict[str, list[str]] = {}
    for row in change_rows(found):
        named = dict(zip(CHANGE_COLUMNS, row, strict=True))
        groups.setdefault(str(named["what"]), []).append(_line(named))
    for what, lines in groups.items():
        parts += [f"## {what[0].upper()}{what[1:]} ({len(lines)})\n", *lines, ""]
    return "\n".join(parts)


def _line(row: Mapping[str, Value]) -> str:
    where = ", ".join(str(row[name]) for name in ("system", "source") if row[name])
    about = f"{row['about'] or ''}{f' ({where})' if where else ''}"
    step = f"{row['before'] or ''} → {row['after']}" if row["after"] else ""
    told = ": ".join(md(text) for text in (about, step.strip(" →"), row["detail"]) if text)
    return f"- {told}"
