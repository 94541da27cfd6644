"""Row by row: what a rule says otherwise than in the bundle that the changes are told from.

Only a bundle that was given as a file holds its rows; the ledger keeps where rules stood.
"""

from pathlib import Path

from ..mappings.kind_table import literal
from .changes import Changes
from .contents import Contents
from .earlier import take_out
from .facts import Facts

MOVED_RESULTS = "07_exceptions_findings/results_changed_since_last_bundle.csv"
_MOVED = """
with after as (
  select rule_id, subject, system_id, string_agg(distinct outcome, '; ' order by outcome) as outcome
  from result group by all
), before as (
  select rule_id, subject, system_id, string_agg(distinct outcome, '; ' order by outcome) as outcome
  from earlier_result group by all
)
select coalesce(a.rule_id, b.rule_id) as rule_id, coalesce(a.subject, b.subject) as subject,
  coalesce(a.system_id, b.system_id) as system_id, b.outcome as before, a.outcome as after
from after a full join before b
  on a.rule_id = b.rule_id and a.subject is not distinct from b.subject
  and a.system_id is not distinct from b.system_id
where a.outcome is distinct from b.outcome
"""


def earlier_file(facts: Facts) -> Path | None:
    """The earlier bundle, where its rows may be told: in a bundle of everything."""
    found: Changes | None = facts.changes
    return found.earlier.file if found and facts.evaluation.scope.is_whole else None


def write_moved_results(contents: Contents, facts: Facts) -> None:
    """Write `MOVED_RESULTS` if the earlier bundle is at hand. An empty ``before`` or ``after``: the
    row was not judged there."""
    file = earlier_file(facts)
    if file is None:
        return
    path = contents.rows.new_file("parquet")
    take_out(file, "result", path)
    contents.rows.run(
        "create table memory.main.earlier_result as "
        f"select rule_id, subject, system_id, outcome from read_parquet({literal(str(path))})"
    )
    path.unlink()
    contents.csv(MOVED_RESULTS, _MOVED)
