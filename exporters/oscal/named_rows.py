"""Which rows an observation names: the worst few of each cell, read once and in order."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ...mappings.kind_table import literal
from ...mappings.outcome import UNASSIGNED, WORST_FIRST
from ..contents import among
from ..rows import Rows
from .assessed import Assessed

NAMED = 10
"""So many rows an observation names; all are in the results.csv that it points to."""

_RANK = " ".join(f"when {literal(outcome)} then {n}" for n, outcome in enumerate(WORST_FIRST))


@dataclass(frozen=True)
class NamedRow:
    subject: str
    source: str | None
    outcome: str
    reason: str | None
    file: str | None
    """Where its record lies in the bundle; None: it has none of its own."""
    line: int | None


Key = tuple[str, str]
"""(rule, system or empty for the organisation), as cells have it."""


def choose_rows(assessed: Assessed) -> None:
    """Make the table ``named_row``; takes one pass over the results, whatever their number."""
    whole = among("rule_id", (r.id for r in assessed.pack.rules if r.scope == "organisation"))
    idle = {cell.rule_id for cell in assessed.cells if cell.outcome == "not-applicable"}
    assessed.contents.rows.run(
        f"""create table memory.main.named_row as
with worst as (
  select rule_id,
    case when {whole} then '' else coalesce(system_id, '{UNASSIGNED}') end as cell,
    min({{'rank': case outcome {_RANK} end, 'subject': subject, 'origin': source,
      'outcome': outcome, 'reason': reason}}, {NAMED}) as rows
  from result
  where outcome <> 'pass' and not {among("rule_id", sorted(idle))}
  group by all
), each as (
  select rule_id, cell, unnest(rows, max_depth := 2) from worst
), place as (
  select subject, min({{'file': file, 'line': line}}) as first
  from location where subject in (select subject from each) group by subject
)
select each.*, place.first.file as file, place.first.line as line
from each left join place on place.subject = each.subject"""
    )


def named_rows(rows: Rows) -> Iterator[tuple[Key, list[NamedRow]]]:
    """The chosen rows of each cell that has some, in the order of rule and system."""
    found = rows.table(
        "select rule_id, cell, rank, subject, origin, outcome, reason, file, line from named_row"
    )
    for key, group in groupby(found.rows, key=lambda row: (str(row[0]), str(row[1]))):
        yield key, [_row(row) for row in group]


def _row(row: tuple[Any, ...]) -> NamedRow:
    _, _, _, subject, source, outcome, reason, file, line = row
    return NamedRow(subject, source, outcome, reason, file, line)


def things(rows: Rows) -> Iterator[tuple[str, str | None]]:
    """(subject, source) of every chosen row, each subject once."""
    found = rows.table("select subject, min(origin) as origin from named_row group by subject")
    for subject, source in found.rows:
        yield str(subject), None if source is None else str(source)
