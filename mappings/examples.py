"""Every rule says with examples what it means; here they are run: `annexa mapping test`.

One more is run for each rule, and nobody has to write it: a row about which nothing is known. A
rule that passes it would pass in silence. Where a rule says until when a row holds, an example that
passes is judged once more after that instant, and must not pass any more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from ..collectors.contract import Kind
from ..collectors.registry import all_kinds
from .assessment import CATALOGUE_COLUMNS
from .conventions import Conventions
from .errors import PackError
from .judgement import population_sql, rule_sql
from .kind_table import columns, identifier, table_name
from .loading import insert_row
from .macros import rule_macros
from .pack import Pack
from .rule import Example, Rule
from .sealed import Limits, Sealed, one_line
from .tables import build_views

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
_LIMITS = Limits(memory="256MB", threads=1, timeout_s=30)


@dataclass(frozen=True, kw_only=True)
class ExampleResult:
    rule: str
    number: int
    """1, 2, 3 …; 0 is the row about which nothing is known."""
    expected: str
    found: str
    after_until: bool = False
    """Judged once more, after the instant that the rule's ``until`` gives."""

    @property
    def is_right(self) -> bool:
        if self.number == 0 or self.after_until:
            return self.found not in ("pass", "attention")
        return self.found == self.expected

    def __str__(self) -> str:
        if self.after_until:
            return f"rule {self.rule}: example #{self.number} still passes after its `until`"
        which = "the row about which nothing is known" if self.number == 0 else f"#{self.number}"
        return f"rule {self.rule}: example {which} expects {self.expected} and gives {self.found}"


def run_examples(pack: Pack, *, kinds: Mapping[str, Kind] | None = None) -> list[ExampleResult]:
    """Build every view over nothing, then run every example of every rule.

    Raises:
        PackError: SQL of a view or rule cannot be run, or an example names an unknown column.
    """
    with Sealed(None, None, _LIMITS) as db:
        for kind in (all_kinds() if kinds is None else kinds).values():
            inside = ", ".join(f"{identifier(n)} {hint}" for n, hint in columns(kind).items())
            db.trusted(f"create table {identifier(table_name(kind.name))} ({inside})")
        db.seal()
        build_views(db, pack, Conventions(), NOON)
        spelled = {view.name: dict(view.columns) for view in pack.views}
        spelled["catalogue"] = CATALOGUE_COLUMNS
        return [result for rule in pack.rules for result in _of_rule(db, rule, spelled)]


def check_examples(pack: Pack, *, kinds: Mapping[str, Kind] | None = None) -> int:
    """Run all examples; returns how many.

    Raises:
        PackError: The first one that does not give what it expects.
    """
    results = run_examples(pack, kinds=kinds)
    for result in results:
        if not result.is_right:
            where, _, problem = str(result).partition(": ")
            remedy = "correct the rule or the example"
            if result.after_until:
                remedy = "let `until` be the last instant at which `pass` is TRUE"
            if result.number == 0:
                remedy = "let `pass` be NULL while a fact is missing"
            raise PackError(where, problem, remedy=remedy)
    return len(results)


def _of_rule(
    db: Sealed, rule: Rule, spelled: Mapping[str, Mapping[str, str]]
) -> Iterator[ExampleResult]:
    blank = Example(given={}, expect="inconclusive")
    for number, example in enumerate((blank, *rule.examples)):
        found, after = _run(db, rule, example, number, spelled)
        yield ExampleResult(rule=rule.id, number=number, expected=example.expect, found=found)
        if after is not None:
            yield ExampleResult(
                rule=rule.id, number=number, expected="fail", found=after, after_until=True
            )


def _run(
    db: Sealed, rule: Rule, example: Example, number: int, spelled: Mapping[str, Mapping[str, str]]
) -> tuple[str, str | None]:
    """What the rule says, and what it says after its ``until`` of a row that passes."""
    where = f"rule {rule.id}: example #{number}"
    instant = example.as_of or NOON
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    rows: list[tuple[str, Mapping[str, Any]]] = [
        (table, row) for table, given in example.tables.items() for row in given
    ]
    subject = f"example {number}"
    used = {table for table, _ in rows}
    if example.given or number == 0 or rule.query is None:
        rows.append((rule.population, {"subject": subject, **example.given}))
        used.add(rule.population)
    try:
        for table, row in rows:
            _insert(db, where, table, row, spelled)
        outcome, after = _judged(db, rule, subject, instant), None
        if outcome in ("pass", "attention"):
            until = _until(db, rule, subject)
            if until is not None:
                after = _judged(db, rule, subject, until + timedelta(seconds=1))
    finally:
        for table in used & spelled.keys():
            db.trusted(f"delete from {identifier(table)}")
    return outcome, after


def _judged(db: Sealed, rule: Rule, subject: str, instant: datetime) -> str:
    for macro in rule_macros(instant, shared=True):
        db.trusted(macro)
    found = db.run(rule_sql(rule), where=f"rule {rule.id}")
    return str(_own(found, subject, 1)[4]) if found else "outside"


def _until(db: Sealed, rule: Rule, subject: str) -> datetime | None:
    """Of the example's row; what ``until`` is not understood for is an error here."""
    if "until" not in rule.texts:
        return None
    found = db.run(
        f"select epoch_us(({rule.texts['until']})::timestamptz), subject "
        f"from (\n{population_sql(rule)}\n)",
        where=f"rule {rule.id}: until",
    )
    until = _own(found, subject, 1)[0]
    return None if until is None else datetime.fromtimestamp(until / 1e6, tz=UTC)


def _own(found: list[tuple[Any, ...]], subject: str, column: int) -> tuple[Any, ...]:
    """The row of the example itself; where a ``with`` gives the row another subject, the first."""
    return next((row for row in found if row[column] == subject), found[0])


def _insert(
    db: Sealed,
    where: str,
    table: str,
    row: Mapping[str, Any],
    spelled: Mapping[str, Mapping[str, str]],
) -> None:
    if table not in spelled:
        raise PackError(where, f"names {table!r}, which is no view", remedy="correct the example")
    for column in row:
        if column not in spelled[table]:
            raise PackError(
                where,
                f"names the column {column!r}, which {table} does not have",
                remedy=f"use some of {', '.join(spelled[table])}",
            )
    try:
        insert_row(db, table, spelled[table], row)
    except duckdb.Error as error:
        raise PackError(where, one_line(error), remedy="correct the example's values") from error
