"""Populations of an evaluation of the ledger, cell by cell as a bundle's CSV has them."""

from collections.abc import Iterator

from ...mappings.completeness import unread_rows
from ...mappings.evaluation import Evaluation
from ...mappings.kind_table import identifier, literal
from ..errors import SampleRefused
from ..rows import Rows
from .population import IDENTITY, Cells, Population
from .row_hash import hashed_sql


def evaluated_population(evaluation: Evaluation, rows: Rows, name: str) -> Population:
    """The population of a view, a rule, or a control that judges one view only.

    Args:
        rows: Over the evaluation's database; the population reads it as long as it is used.

    Raises:
        SampleRefused: There is none of this name.
    """
    view, rule = named(evaluation, name)
    query = population_query(view)
    if rule is not None:
        _refuse_rows_of_its_own(rows, view, rule)
        query = judged_query(query, rule)
    columns = rows.columns(query)

    def read() -> Iterator[tuple[str, Cells]]:
        for sha256, *values in rows.stream(hashed_sql(columns, query)):
            yield sha256, dict(zip(columns, values, strict=True))

    return Population(
        view=view,
        rule=rule,
        as_of=evaluation.at,
        columns=tuple(columns),
        unread=unread_rows(evaluation)[rule or view],
        rows=read,
    )


def population_query(view: str) -> str:
    """A view's rows as ``population.csv`` of a control has them."""
    return f"select {literal(view)} as population, * from {identifier(view)}"


def named(evaluation: Evaluation, name: str) -> tuple[str, str | None]:
    """(view, rule) that a name stands for.

    Raises:
        SampleRefused: It stands for none, or for several.
    """
    pack = evaluation.pack
    for rule in pack.rules:
        if rule.id == name:
            return rule.population, name
    if name in {view.name for view in pack.views}:
        return name, None
    views = sorted({rule.population for rule in pack.rules_for(name)})
    if len(views) == 1:
        return views[0], None
    raise SampleRefused(
        f"population {name}",
        "is several" if views else "is no view, rule or control that judges rows",
        remedy=f"name one of {', '.join(views or sorted(view.name for view in pack.views))}",
    )


def judged_query(query: str, rule: str) -> str:
    """Those rows of `population_query` that a rule judged."""
    return (
        f"select v.* from ({query}) v where exists "
        f"(select 1 from result r where r.rule_id = {literal(rule)} and {_SAME})"
    )


_SAME = " and ".join(
    f"r.{identifier(column)} is not distinct from v.{identifier(column)}" for column in IDENTITY
)


def _refuse_rows_of_its_own(rows: Rows, view: str, rule: str) -> None:
    ((own,),) = rows.run(
        f"select count(*) from result r where r.rule_id = {literal(rule)} "
        f"and not exists (select 1 from {identifier(view)} v where {_SAME})"
    )
    if own:
        raise own_rows(rule, view)


def own_rows(rule: str, view: str) -> SampleRefused:
    return SampleRefused(
        f"population {rule}",
        f"judges rows that it makes itself, not those of {view}",
        remedy=f"draw from {view}",
    )
