"""What a row of a population is hashed as: the same in Python, in SQL and in ``sample.py``.

The cells are those of the bundle's CSV. An empty one counts for nothing and the order of the
columns does not matter, so a row has one hash, whichever file of whichever control it stands in.
"""

import hashlib
from collections.abc import Iterable, Mapping

from ...mappings.kind_table import identifier, literal
from ..csv_text import cell_sql
from ..rows import Rows

_READ = 1 << 20
_LINE = 65
"""Bytes of a hash and its line feed."""


def row_sha256(cells: Mapping[str, str]) -> str:
    """SHA-256, hex, over ``column=bytes:cell`` and a line feed for each column, by name."""
    text = "".join(
        f"{name}={len(cell.encode())}:{cell}\n" for name, cell in sorted(cells.items()) if cell
    )
    return hashlib.sha256(text.encode()).hexdigest()


def hashed_sql(columns: Mapping[str, str], query: str) -> str:
    """A query's rows: `row_sha256`, named ``row_sha256``, then every column as the CSV has it.

    Args:
        columns: Name -> DuckDB type.
    """
    cells = ", ".join(
        f"coalesce(({cell_sql(name, kind)})::varchar, '') as {identifier(name)}"
        for name, kind in columns.items()
    )
    parts = (
        f"case when {identifier(name)} = '' then '' else concat({literal(name + '=')}, "
        f"strlen({identifier(name)}), ':', {identifier(name)}, chr(10)) end"
        for name in sorted(columns)
    )
    hashed = f"sha256(concat({', '.join(parts)}))"
    return f"select {hashed} as row_sha256, * from (select {cells} from ({query}))"


def population_sha256(rows: Iterable[str]) -> str:
    """SHA-256, hex, over the rows' hashes, sorted, each with a line feed: ``sort | sha256sum``."""
    total = hashlib.sha256()
    for row in sorted(rows):
        total.update(row.encode() + b"\n")
    return total.hexdigest()


def sha256_in_sql(rows: Rows, query: str) -> tuple[str, int]:
    """`population_sha256` of a query's rows and their number; sorted by DuckDB, so memory is
    bounded."""
    total, count = hashlib.sha256(), 0
    if not rows.run(f"select 1 from ({query}) limit 1"):
        return total.hexdigest(), 0
    hashed = hashed_sql(rows.columns(query), query)
    path = rows.new_file("txt")
    rows.run(
        f"copy (select row_sha256 from ({hashed}) order by all) to {literal(str(path))} "
        "(format csv, header false, new_line '\n')"
    )
    with path.open("rb") as file:
        while chunk := file.read(_READ):
            total.update(chunk)
            count += len(chunk)
    path.unlink()
    return total.hexdigest(), count // _LINE
