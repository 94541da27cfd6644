"""Tables as they are written, made and ordered once for all the controls that show them.

They lie in a file of their own beside the bundle: several controls look at the same population,
and to make it ready for a spreadsheet costs three times as much as to write it.
"""

from collections.abc import Sequence

from ..mappings.kind_table import identifier, literal
from .csv_text import cell_sql
from .rows import Rows, ordered

RESULTS = """
select r.rule_id, r.subject, r.source, r.system_id, r.outcome, r.reason,
  l.file as evidence_file, l.line as evidence_line, l.sha256, l.run
from result r left join location l on l.subject = r.subject
"""
EVIDENCE = """
select l.subject, l.kind, l.source, l.file, l.line, l.sha256, l.run, p.leaf, p.receipt
from location l join provenance p on p.run = l.run
"""


class Shown:
    """Makes a table when it is first asked for. Queries give it in the order of its columns."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self._made = rows, set[str]()
        rows.run(f"attach {literal(str(rows.new_file('duckdb')))} as shown")

    def populations(self, views: Sequence[str]) -> str:
        """Views one after another, with the columns of them all."""
        selects = (
            f"select {literal(view)} as population, * from "
            f"{self._table(f'view {view}', f'select * from {identifier(view)}')}"
            for view in views
        )
        return "\nunion all by name\n".join(selects)

    def filled(self, views: Sequence[str]) -> list[str]:
        """Those of them that have a row."""
        return [
            view for view in views if self._rows.run(f"select 1 from {identifier(view)} limit 1")
        ]

    def results(self, rules: str) -> str:
        """The rows of rules, with the place of each record; ``rules`` is a condition."""
        return f"select * from {self._table('result', RESULTS)} where {rules}"

    def evidence(self, rules: str) -> str:
        """The records that those rows are about, with the way to their proof."""
        subjects = f"select subject from {self._table('result', RESULTS)} where {rules}"
        table = self._table("evidence", EVIDENCE)
        return f"select * from {table} e where subject in ({subjects}) order by e.rowid"

    def _table(self, name: str, query: str) -> str:
        table = f"shown.main.{identifier(name)}"
        if name not in self._made:
            kinds = self._rows.columns(query)
            self._rows.run(f"create table {table} as {ordered(query, kinds, cell_sql)}")
            self._made.add(name)
        return table
