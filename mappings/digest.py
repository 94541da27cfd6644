"""One number for all that an evaluation said: equal digests, equal answers, row by row."""

import hashlib
from collections.abc import Iterable, Mapping

from .judgement import RuleGroup
from .outcome import Cell
from .sealed import Sealed


def results_sha256(rows: Mapping[str, str], cells: Iterable[Cell]) -> str:
    """SHA-256, hex, over every row of every rule with its outcome and reason, and over all cells.

    Args:
        rows: What `rows_sha256` gave for each table.
    """
    total = hashlib.sha256()
    for name, digest in rows.items():
        total.update(f"rows\0{name}\0{digest}\n".encode())
    for cell in cells:
        total.update(f"cell\0{cell!r}\n".encode(errors="backslashreplace"))
    return total.hexdigest()


def rows_sha256(db: Sealed, group: RuleGroup) -> str:
    """Whatever the order of the rows: a SHA-256 of each row, sorted, and one over all of them.

    Texts are preceded by their lengths. Memory: 64 bytes a row.
    """
    parts = [_measured(name) for name in ("subject", '"source"', "system_id")]
    numbers = range(len(group.rules))
    parts += [f"coalesce(left(outcome_{n}, 2), '-') || evaluated_{n}::utinyint" for n in numbers]
    parts += [
        f"case when reason_{n} is not null then {_measured(f'reason_{n}')} end" for n in numbers
    ]
    row = f"sha256(concat_ws(' ', {', '.join(parts)}))"
    every = f"coalesce(array_to_string(list_sort(list({row})), ''), '')"
    ((digest,),) = db.trusted(f"select sha256({every}) from {group.table}")
    rules = " ".join(rule.id for rule in group.rules)
    return hashlib.sha256(f"{rules}\0{digest}".encode()).hexdigest()


def _measured(text: str) -> str:
    return f"coalesce(strlen({text}) || ' ' || {text}, '-')"
