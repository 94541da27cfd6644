"""The rules of a bundle as one SQL script, for whoever has DuckDB and nothing else."""

from collections.abc import Iterator

from ..collectors.registry import usable_kinds
from ..mappings.doubt import doubts, rule_needs, view_needs
from ..mappings.evaluation import Evaluation
from ..mappings.judgement import RESULT_COLUMNS, fact_doubts, rule_sql
from ..mappings.kind_table import identifier
from ..mappings.macros import rule_macros, view_macros
from ..mappings.sealed import Limits, Sealed

EXPECTED = ("result", "cell", "control_state")
"""Tables that a replay has to give again."""
OWN_TABLES = ("source_state", "catalogue", "exception")
"""Tables beside the views that rules may read."""

_HEAD = """-- Every result of this bundle again, with DuckDB alone. In the folder of this file:
--
--     duckdb < replay.sql
--
-- It ends with how many rows are here and not in the bundle, and the other way round: 0 and 0.
-- (`annexa replay` also recomputes what systems, controls and sources make of these rows.)
set timezone = 'UTC';
"""
_TAIL = """
select
  (select count(*) from (select * from result except all select * from expected)) as only_here,
  (select count(*) from (select * from expected except all select * from result)) as only_there,
  (select count(*) from result) as rows_replayed;
"""


def replay_sql(evaluation: Evaluation) -> str:
    """The script; it finds the populations beside itself."""
    statements = [*rule_macros(evaluation.at)]
    for table in (*(view.name for view in evaluation.pack.views), *OWN_TABLES):
        statements.append(
            f"create table {identifier(table)} as "
            f"select * from read_parquet('populations/{table}.parquet')"
        )
    inside = ", ".join(f"{identifier(name)} {kind}" for name, kind in RESULT_COLUMNS.items())
    statements.append(f"create table result ({inside})")
    statements += _inserts(evaluation)
    statements.append(
        "create table expected as select * from read_parquet('expected/result.parquet')"
    )
    return _HEAD + "".join(f"{statement};\n" for statement in statements) + _TAIL


def _inserts(evaluation: Evaluation) -> Iterator[str]:
    kinds = usable_kinds()
    with Sealed(None, None, Limits()) as parser:
        macros = (*rule_macros(evaluation.at, shared=True), *view_macros(evaluation.conventions))
        for macro in macros:
            parser.trusted(macro)
        views = view_needs(parser, evaluation.pack, kinds)
        for rule in evaluation.pack.rules:
            needs = rule_needs(parser, rule, views, kinds)
            found = doubts(needs, evaluation.sources, evaluation.at, rule.max_age)
            sql = rule_sql(rule, fact_doubts(found), evaluation.accepted.get(rule.id, ()))
            yield f"-- {rule.id}\ninsert into result\n{sql}"
