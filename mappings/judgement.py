"""Rules as SQL: the same text runs here, in ``replay`` and in an auditor's own DuckDB."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from .doubt import Doubt
from .exceptions import Accepted, ExceptionsOf, accepted_sql
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

DoubtsOf = Mapping[str, Sequence[Doubt]]
"""Rule -> what stands in the way of it."""


@dataclass(frozen=True, kw_only=True)
class RuleGroup:
    """Rules that judge the same rows: one scan is enough for all of them."""

    number: int
    rules: tuple[Rule, ...]

    @property
    def table(self) -> str:
        """One row for each row of the population; ``outcome_3``, ``reason_3``, ``evaluated_3`` are
        the third rule's, NULL where the row does not belong to it."""
        return f"judged_{self.number}"

    def sql(self, doubts: DoubtsOf, accepted: ExceptionsOf) -> str:
        """A SELECT with the columns of its table."""
        rules = list(enumerate(self.rules))
        judged = [
            part
            for n, rule in rules
            for part in _judged(n, rule, doubts.get(rule.id, ()), accepted.get(rule.id, ()))
        ]
        decided = [part for n, _ in rules for part in _decided(n)]
        told = [part for n, rule in rules for part in _told(n, rule)]
        counts = " or ".join(f"outcome_{n} is not null" for n, _ in rules)
        return f"""with population as (
{population_sql(self.rules[0])}
),
judged as (
  select *,
    {_LINES.join(judged)}
  from population
),
decided as (
  select *,
    {_LINES.join(decided)}
  from judged
)
select
  subject, "source", system_id,
  {_LINES.join(told)}
from decided
where {counts}"""

    @property
    def columns_sql(self) -> str:
        """The columns of its table and their types."""
        typed = [f"{name} varchar" for name in ("subject", '"source"', "system_id")]
        for n in range(len(self.rules)):
            typed += [f"outcome_{n} varchar", f"reason_{n} varchar", f"evaluated_{n} boolean"]
        return ", ".join(typed)

    def rows_sql(self) -> Iterator[str]:
        """A SELECT with `RESULT_COLUMNS` for each rule, from the table."""
        for n, rule in enumerate(self.rules):
            yield (
                f'select {literal(rule.id)} as rule_id, subject, "source", system_id, '
                f"outcome_{n} as outcome, reason_{n} as reason, evaluated_{n} as evaluated "
                f"from {self.table} where outcome_{n} is not null"
            )


_LINES = ",\n    "


def rule_groups(rules: Sequence[Rule]) -> list[RuleGroup]:
    """Rules grouped by the query that gives their rows, in the order of the first of each."""
    grouped: dict[str, list[Rule]] = {}
    for rule in rules:
        grouped.setdefault(population_sql(rule), []).append(rule)
    return [RuleGroup(number=n, rules=tuple(group)) for n, group in enumerate(grouped.values())]


def population_sql(rule: Rule) -> str:
    return rule.texts.get("with") or f"select * from {identifier(rule.population)}"


def rule_sql(rule: Rule, doubts: Sequence[Doubt] = (), accepted: Iterable[Accepted] = ()) -> str:
    """A SELECT with `RESULT_COLUMNS`: every row of one rule's population.

    Args:
        doubts: Unread facts; a FALSE of the systems that they cover is inconclusive.
        accepted: Exceptions that count now.
    """
    alone = RuleGroup(number=0, rules=(rule,))
    (rows,) = alone.rows_sql()
    return (
        f"with {alone.table} as (\n{alone.sql({rule.id: doubts}, {rule.id: accepted})}\n)\n{rows}"
    )


def _judged(
    n: int, rule: Rule, doubts: Sequence[Doubt], accepted: Iterable[Accepted]
) -> Iterator[str]:
    texts = rule.texts
    yield f"try({{'is': ({texts['where']})::boolean}}) as _belongs_{n}"
    yield f"try({{'is': ({texts['pass']})::boolean}}) as _holds_{n}"
    yield f"try(({texts.get('attention', 'false')})::boolean) as _look_{n}"
    yield f"{_doubt(doubts)} as _doubt_{n}"
    yield f"{accepted_sql(accepted)} as _accepted_{n}"


def _decided(n: int) -> Iterator[str]:
    yield f"""case
      when _belongs_{n}."is" is false then null
      when _belongs_{n}."is" is null then 'inconclusive'
      when _holds_{n}."is" is true and _look_{n} is true then 'attention'
      when _holds_{n}."is" is true then 'pass'
      when _holds_{n}."is" is false and _doubt_{n} is null and _accepted_{n} is not null
        then 'accepted-exception'
      when _holds_{n}."is" is false and _doubt_{n} is null then 'fail'
      else 'inconclusive'
    end as outcome_{n}"""
    yield (
        f'_belongs_{n} is not null and (_belongs_{n}."is" is null or _holds_{n} is not null) '
        f"as evaluated_{n}"
    )


def _told(n: int, rule: Rule) -> Iterator[str]:
    texts = rule.texts
    unknown = f"coalesce(try(({texts['unknown']})::varchar), " if "unknown" in texts else "("
    yield f"outcome_{n}"
    yield f"""case
      when outcome_{n} is null or outcome_{n} = 'pass' then null
      when not evaluated_{n} then {literal(_BROKEN)}
      when _belongs_{n}."is" is null then {unknown}{literal(_NOT_COUNTED)})
      when _holds_{n}."is" is null then {unknown}{literal(_UNKNOWN)})
      when outcome_{n} = 'inconclusive' then _doubt_{n}
      when outcome_{n} = 'accepted-exception' then _accepted_{n}
      else coalesce(try(({texts["reason"]})::varchar), {literal(rule.title)})
    end as reason_{n}"""
    yield f"evaluated_{n}"


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
