"""One number for all that an evaluation said: equal digests, equal answers, row by row."""

import hashlib
from collections.abc import Iterable

from .outcome import Cell
from .sealed import Sealed

_PASSING = """
select rule_id, count(*),
  sum(md5_number_lower(concat_ws(chr(31), subject, coalesce("source", chr(0)),
    coalesce(system_id, chr(0))))::hugeint)::varchar
from result
where outcome = 'pass'
group by rule_id
order by rule_id
"""
_OTHERS = """
select sha256(array_to_string(list_sort(list(concat_ws(chr(31), subject, coalesce("source", chr(0)),
  coalesce(system_id, chr(0)), outcome, coalesce(reason, chr(0))))), chr(10)))
from result
where rule_id = ? and outcome <> 'pass'
"""


def results_sha256(db: Sealed, cells: Iterable[Cell]) -> str:
    """SHA-256, hex, whatever the order of the rows: over every row that is no pass and over all
    cells; of the rows that pass, over their number and a sum over their names."""
    total = hashlib.sha256()
    for rule_id, count, names in db.trusted(_PASSING):
        total.update(f"pass\0{rule_id}\0{count}\0{names}\n".encode())
    rules: set[str] = set()
    for cell in cells:
        total.update(f"cell\0{cell!r}\n".encode(errors="backslashreplace"))
        if cell.n_fail or cell.n_inconclusive or cell.n_attention:
            rules.add(cell.rule_id)
    for rule_id in sorted(rules):  # one by one, so that memory is bounded by a population
        ((others,),) = db.trusted(_OTHERS, [rule_id])
        total.update(f"rows\0{rule_id}\0{others}\n".encode())
    return total.hexdigest()
