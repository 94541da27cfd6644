"""One number for all that an evaluation said: equal digests, equal answers, row by row."""

import hashlib
from collections.abc import Iterable

from .outcome import Cell
from .sealed import Sealed

_ROWS = """
select rule_id, count(*), sha256(string_agg(line, chr(10) order by line))
from (
  select rule_id, concat_ws(chr(31), subject, coalesce("source", chr(0)),
    coalesce(system_id, chr(0)), outcome, coalesce(reason, chr(0))) as line
  from result
)
group by rule_id
order by rule_id
"""


def results_sha256(db: Sealed, cells: Iterable[Cell]) -> str:
    """SHA-256, hex: over every row of ``result``, whatever its order, and over the cells."""
    total = hashlib.sha256()
    for rule_id, count, rows in db.trusted(_ROWS):
        total.update(f"rule\0{rule_id}\0{count}\0{rows}\n".encode())
    for cell in cells:
        total.update(f"cell\0{cell!r}\n".encode(errors="backslashreplace"))
    return total.hexdigest()
