"""One rule as SQL: the same text runs here, in ``replay`` and in an auditor's own DuckDB."""

from collections.abc import Sequence
from datetime import datetime

from .doubt import Doubt
from .kind_table import identifier, literal
from .macros import rule_macros
from .rule import Rule

RESULT_COLUMNS = {
    "rule_id": "VARCHAR",
    "subject": "VARCHAR",
    "source": "VARCHAR",
    "system_id": "VARCHAR",
    "outcome": "VARCHAR",
    "reason": "VARCHAR",
    "evaluated": "BOOLEAN",
}
"""``evaluated`` is false where an expression ended in an error: a cast, an overflow."""

_NOT_COUNTED = "a fact that decides whether this row counts is not on record"
_UNKNOWN = "a fact that the rule needs is not on record"
_BROKEN = "the rule could not be evaluated for this row"


def rule_sql(rule: Rule, doubts: Sequence[Doubt] = ()) -> str:
    """A SELECT with the columns of `RESULT_COLUMNS`: every row of the population.

    Args:
        doubts: Unread facts; a FALSE of the systems that they cover is inconclusive.
    """
    texts = rule.texts
    population = texts.get("with") or f"select * from {identifier(rule.population)}"
    look = texts.get("attention", "false")
    unknown = f"coalesce(try(({texts['unknown']})::varchar), " if "unknown" in texts else "("
    return f"""with population as (
{population}
),
judged as (
  select *,
    try({{'is': ({texts["where"]})::boolean}}) as _belongs,
    try({{'is': ({texts["pass"]})::boolean}}) as _holds,
    {_doubt(doubts)} as _doubt
  from population
),
decided as (
  select *,
    case
      when _belongs."is" is null then 'inconclusive'
      when _holds."is" is true and try(({look})::boolean) is true then 'attention'
      when _holds."is" is true then 'pass'
      when _holds."is" is false and _doubt is null then 'fail'
      else 'inconclusive'
    end as _outcome,
    _belongs is not null and (_belongs."is" is null or _holds is not null) as _evaluated
  from judged
  where _belongs."is" is not false
)
select
  {literal(rule.id)} as rule_id, subject, "source", system_id, _outcome as outcome,
  case
    when _outcome = 'pass' then null
    when not _evaluated then {literal(_BROKEN)}
    when _belongs."is" is null then {unknown}{literal(_NOT_COUNTED)})
    when _holds."is" is null then {unknown}{literal(_UNKNOWN)})
    when _outcome = 'inconclusive' then _doubt
    else coalesce(try(({texts["reason"]})::varchar), {literal(rule.title)})
  end as reason,
  _evaluated as evaluated
from decided"""


def standalone_sql(rule: Rule, as_of: datetime, doubts: Sequence[Doubt] = ()) -> str:
    """Statements that give the rule's rows in any DuckDB that has its views as tables."""
    macros = ";\n".join(rule_macros(as_of))
    return f"set timezone = 'UTC';\n{macros};\n{rule_sql(rule, doubts)}\norder by all;\n"


def fact_doubts(doubts: Sequence[Doubt]) -> tuple[Doubt, ...]:
    """Those that make a FALSE uncertain."""
    return tuple(doubt for doubt in doubts if doubt.is_fact and not doubt.is_stale)


def _doubt(doubts: Sequence[Doubt]) -> str:
    cases: list[str] = []
    for doubt in fact_doubts(doubts):
        if doubt.systems is None:
            cases.append(f"when true then {literal(doubt.text)}")
            break
        listed = ", ".join(literal(system) for system in doubt.systems)
        among = f" or system_id in ({listed})" if listed else ""
        cases.append(f"when system_id is null{among} then {literal(doubt.text)}")
    return f"case {' '.join(cases)} end" if cases else "null::varchar"
