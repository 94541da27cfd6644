"""Judge rows into one table for each group of rules that judge the same ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from .digest import no_rows_sha256, rows_sha256
from .errors import EvaluationError, PackError
from .exceptions import ExceptionsOf
from .graph import work_off
from .judgement import RESULT_COLUMNS, DoubtsOf, RuleGroup, rule_sql
from .kept import Stamps
from .kind_table import identifier
from .sealed import Sealed
from .tally import Tallies, Tally, tallies

_NOTHING = (
    "select " + ", ".join(f"null::{hint} as {name}" for name, hint in RESULT_COLUMNS.items())
) + " where false"


class Judged(msgspec.Struct, frozen=True):
    """What is known of one table of judged rows."""

    counted: list[tuple[str, str, Tally]]
    """Rule, system or `UNASSIGNED`, and what the rows said."""
    sha256: str

    @property
    def tallies(self) -> Tallies:
        return {(rule, system): tally for rule, system, tally in self.counted}


@dataclass(frozen=True)
class Judge:
    """One table for each group of rules that judge the same rows; ``result`` is a view of them."""

    db: Sealed
    as_of: datetime
    doubts: DoubtsOf
    accepted: ExceptionsOf
    stamps: Stamps

    def all(self, groups: Sequence[RuleGroup]) -> dict[str, Judged]:
        by_name = {group.table: group for group in groups}
        judged: dict[str, Judged] = {}

        def judge(name: str) -> None:
            judged[name] = self._one(by_name[name])

        work_off(dict.fromkeys(by_name, ()), judge, threads=self.db.threads)
        rows = "\nunion all\n".join(sql for group in groups for sql in group.rows_sql())
        self.db.trusted(f"create or replace view result as\n{rows or _NOTHING}")
        return {name: judged[name] for name in by_name}

    def _one(self, group: RuleGroup) -> Judged:
        sql = group.sql(self.doubts, self.accepted)
        made_from = self._made_from(group, sql)
        if there := self.stamps.hold(group.table, made_from):
            return msgspec.convert(there.value, Judged)
        if self._make(group, sql):
            counted = [(*key, tally) for key, tally in tallies(self.db, group).items()]
            judged = Judged(counted, rows_sha256(self.db, group))
        else:  # as most are where few kinds are collected
            judged = Judged([], no_rows_sha256(group))
        self.stamps.put(group.table, made_from, judged)
        return judged

    def _made_from(self, group: RuleGroup, sql: str) -> str | None:
        if not self.stamps.is_kept:
            return None
        ids = " ".join(rule.id for rule in group.rules)
        try:
            reads = self.db.tables_of(sql, ids)
        except PackError:
            return None  # making the table says which rule it is
        return self.stamps.fingerprint([ids, sql], reads, self.as_of)

    def _make(self, group: RuleGroup, sql: str) -> int:
        """Returns the number of rows."""
        try:
            if self._has_nothing(group):
                # DuckDB takes longer to plan 36 rules than to see whether they are valid SQL
                self.db.run(
                    f"create or replace view {group.table}_taken as\n{sql}", where=_of(group)
                )
                self.db.trusted(f"drop view {group.table}_taken")
                self.db.trusted(f"create or replace table {group.table} ({group.columns_sql})")
                return 0
            table = f"create or replace table {group.table} as\n{sql}"
            ((rows,),) = self.db.run(table, where=_of(group))
            return int(rows)
        except (PackError, EvaluationError):
            for rule in group.rules:  # which of them is it?
                self.db.run(rule_sql(rule, self.doubts[rule.id]), where=f"rule {rule.id}")
            raise

    def _has_nothing(self, group: RuleGroup) -> bool:
        rule = group.rules[0]
        if rule.query is not None:
            return False  # a query may make rows of nothing
        return not self.db.trusted(f"select 1 from {identifier(rule.population)} limit 1")


def _of(group: RuleGroup) -> str:
    return f"rule {group.rules[0].id}"
