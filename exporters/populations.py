"""The populations that the rules judged: how large, from where, frozen under which hash."""

from collections.abc import Iterator

from ..mappings.kind_table import identifier
from .contents import Contents
from .facts import Facts
from .mapping import POPULATIONS
from .rows import Value

POPULATION_COLUMNS = (
    "population", "rows", "sources", "systems", "rules", "parquet", "parquet_sha256", "csv"
)  # fmt: skip


def populations(contents: Contents, facts: Facts) -> Iterator[tuple[Value, ...]]:
    """One row for each view that a rule judges, in the order of `POPULATION_COLUMNS`.

    ``10_mapping`` has to be in the bag: the hash is the one of the file that is there.
    """
    pack = facts.evaluation.pack
    for view in sorted({rule.population for rule in pack.rules}):
        rules = [rule for rule in pack.rules if rule.population == view]
        table = f"evaluation.main.{identifier(view)}"
        known = contents.rows.columns(f"select * from {table}")
        ((rows,),) = contents.rows.run(f"select count(*) from {table}")
        name = f"{POPULATIONS}/{view}.parquet"
        about = sorted({control for rule in rules for control in rule.controls})
        yield (
            view,
            rows,
            _distinct(contents, table, "source") if "source" in known else None,
            _distinct(contents, table, "system_id") if "system_id" in known else None,
            "; ".join(rule.id for rule in rules),
            name,
            contents.bag.files[f"data/{name}"].sha256,
            "; ".join(f"population.csv of {control}" for control in about),
        )


def _distinct(contents: Contents, table: str, column: str) -> str:
    found = contents.rows.run(
        f"select distinct {identifier(column)}::varchar from {table} "
        f"where {identifier(column)} is not null order by 1"
    )
    return "; ".join(row[0] for row in found)
