"""``03_controls`` and ``04_clauses``: one folder for each, with all that was looked at."""

import json
from collections.abc import Collection, Iterator, Sequence

import msgspec

from ..ledger import Ledger
from ..mappings.catalogue import Control
from ..mappings.outcome import Cell
from ..mappings.rule import Rule
from .contents import Contents, Origin, among
from .earlier import CLAUSES
from .facts import CLASS_WORDS, STATE_WORDS, Facts, moment
from .markdown import md, table
from .names import Folder
from .request_list import evidence_list
from .shown import EVIDENCE

_FILES_OF_EVIDENCE = 25
"""So many records that do not pass have a file of their own; all are in 08_raw."""


class ControlFolders:
    """Writes the folders; ``records`` then says which records have a file of their own."""

    def __init__(self, contents: Contents, facts: Facts, ledger: Ledger) -> None:
        self._contents, self._facts, self._ledger = contents, facts, ledger
        self.records: dict[tuple[str, str], str] = {}
        """(control, subject) -> the file with that record."""
        self._written: set[str] = set()
        """Rules whose rows, and views whose rows, stand in a folder that was written already."""

    def write(self) -> None:
        pack = self._facts.evaluation.pack
        for control in pack.catalogue.controls:
            folder = f"03_controls/{control.id}"
            rules = pack.rules_for(control.id)
            self._contents.text(f"{folder}/summary.md", self._summary(control, rules))
            self._tables(folder, control.id, rules)
        for clause in pack.catalogue.clauses:
            rules = pack.rules_for(clause.id)
            if rules:
                folder = f"04_clauses/{clause.id}"
                text = f"# {clause.id} {clause.title}\n\n{self._rules(rules)}"
                self._contents.text(f"{folder}/summary.md", text)
                self._tables(folder, clause.id, rules)
        self._contents.values(
            CLAUSES,
            ("clause", "title", "documented_information", "rules", "state", "because"),
            (
                (c.id, c.title, c.documented, "; ".join(s.rules), s.state, s.reason)
                for c in pack.catalogue.clauses
                for s in (self._facts.evaluation.coverage.of(c.id),)
            ),
        )

    def _tables(self, folder: str, control: str, rules: Sequence[Rule]) -> None:
        if not rules:
            return
        ids = [rule.id for rule in rules]
        contents, shown, these = self._contents, self._contents.shown, among("rule_id", ids)
        is_known = self._are_written(ids)  # then the evidence behind them is, too
        contents.csv_as_shown(f"{folder}/results.csv", shown.results(these), is_known=is_known)
        views = sorted({rule.population for rule in rules})
        populations, listed = shown.populations(views), evidence_list(self._facts, control)
        filled = shown.filled(views)
        contents.csv_as_shown(
            f"{folder}/population.csv", populations, is_known=self._are_written(filled)
        )
        contents.csv_as_shown(listed, shown.evidence(these), is_known=is_known)
        mine = among("r.rule_id", ids)
        for subject, name, content in self._files(folder, mine):
            self._contents.bag.payload(name, (content,))
            self.records[control, subject] = name

    def _are_written(self, names: Collection[str]) -> bool:
        """All of them are, before this folder."""
        are_written = self._written.issuperset(names)
        self._written.update(names)
        return are_written

    def _files(self, folder: str, mine: str) -> Iterator[tuple[str, str, bytes]]:
        """The records behind results that do not pass, each with the way to its proof."""
        found = self._contents.rows.table(
            f"{EVIDENCE} where l.subject in "
            f"(select r.subject from result r where r.outcome <> 'pass' and {mine})",
            limit=_FILES_OF_EVIDENCE,
        )
        names = Folder()
        for row in found.rows:
            fields = dict(zip(found.columns, row, strict=True))
            source, kind, subject = (
                str(fields["source"]),
                str(fields["kind"]),
                str(fields["subject"]),
            )
            local = subject.removeprefix(f"{source}:{kind.partition('.')[2]}:")
            record = self._ledger.record(source, kind, local, at=self._facts.at)
            if record is None:
                continue
            shown = fields | {"record": msgspec.json.decode(record.body)}
            content = json.dumps(shown, indent=2, ensure_ascii=False).encode("utf-8", "replace")
            name = f"{folder}/evidence/{names.name(local)}.json"
            self._contents.origins[name] = Origin(
                source=source, kind=kind, records=1, receipt=str(fields["receipt"])
            )
            yield subject, name, content + b"\n"

    def _summary(self, control: Control, rules: Sequence[Rule]) -> str:
        coverage, owner = self._facts.evaluation.coverage, self._facts.owner_of(control.id)
        states = [
            (system or "the organisation", state.state, state.reason)
            for system in self._facts.columns
            for state in (coverage.of(control.id, system),)
        ]
        documents = sorted(
            {d for s in coverage.states if s.control == control.id for d in s.documents}
        )
        parts = [
            f"# {control.id} {control.title}\n",
            f"Class: **{control.kind}**: {CLASS_WORDS[control.kind]}.\n",
            f"Looked for: {md(control.looked_for)}\n",
            f"By a person: {md(control.document or 'nothing further')}\n",
            f"As of {moment(self._facts.at)}" + (f"; owner: {md(owner)}" if owner else "") + ".\n",
            "## Where it stands\n",
            table(("system", "state", "why"), states),
            "## Approved and current documents that name it\n",
            "\n".join(f"- {md(document)}" for document in documents) or "None.",
            "\n## Rules\n",
            self._rules(rules),
            "## Words\n",
            *(f"- {state}: {words}" for state, words in STATE_WORDS.items()),
        ]
        return "\n".join(parts) + "\n"

    def _rules(self, rules: Sequence[Rule]) -> str:
        if not rules:
            return "No rule of this pack tests system records for it.\n"
        cells = self._facts.evaluation.cells
        parts = []
        for rule in rules:
            mine = [_cell_row(cell) for cell in cells if cell.rule_id == rule.id]
            header = (
                "system",
                "outcome",
                "pass",
                "fail",
                "inconclusive",
                "attention",
                "accepted",
                "why",
            )
            parts += [
                f"### {rule.id} {md(rule.title)}\n",
                table(header, mine),
                f"Walk through one by hand: {md(rule.step)}\n",
            ]
        return "\n".join(parts) + "\nRows: results.csv. What was judged: population.csv.\n"


def _cell_row(cell: Cell) -> tuple[object, ...]:
    counts = (cell.n_pass, cell.n_fail, cell.n_inconclusive, cell.n_attention, cell.n_accepted)
    blame = f" ({cell.blame})" if cell.blame and cell.blame not in (cell.reason or "") else ""
    return (
        cell.system_id or "the organisation",
        cell.outcome,
        *counts,
        (cell.reason or "") + blame,
    )
