"""One number for all that an evaluation said: equal digests, equal answers, row by row."""

import hashlib
from collections.abc import Iterable, Mapping
from itertools import islice

from .judgement import RuleGroup
from .outcome import Cell
from .outcome_codes import numbers_sql
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
    """SHA-256, hex, over the rows as texts, sorted, whatever their order in the table."""
    total = _started(group)
    # subjects differ in their ends: compared from there, they are soon told apart
    rows = db.stream(
        f"select {_text_sql(group)} as told from {group.table} order by reverse(subject), told"
    )
    while texts := [text for (text,) in islice(rows, 1024)]:
        total.update(f"{[*map(len, texts)]}{''.join(texts)}".encode())
    return total.hexdigest()


def no_rows_sha256(group: RuleGroup) -> str:
    """What `rows_sha256` gives for an empty table."""
    return _started(group).hexdigest()


def _started(group: RuleGroup) -> "hashlib._Hash":
    return hashlib.sha256(f"{' '.join(rule.id for rule in group.rules)}\0".encode())


def _text_sql(group: RuleGroup) -> str:
    """A row as one text. What is NULL is left out, so each reason has its rule's number and its
    length before it, and the lengths of the other texts, -1 for NULL, stand at the end."""
    names = ("subject", '"source"', "system_id")
    reasons = [
        f"'{n}:' || strlen(reason_{n}) || ' ' || reason_{n}" for n in range(len(group.rules))
    ]
    lengths = [f"coalesce(strlen({name}), -1)" for name in names]
    numbers = numbers_sql(len(group.rules))
    parts = [*names, *numbers, *reasons, *lengths]
    return f"concat_ws(' ', {', '.join(parts)})"
