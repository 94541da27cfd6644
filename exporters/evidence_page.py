"""Pages that lead from a control to each record, and from there to its receipt and its leaf."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..ledger import Ledger, RunInfo
from .contents import Contents, among
from .facts import Facts, moment
from .page_parts import brief, chip, e, grid, link
from .page_shell import document
from .request_list import evidence_list
from .rows import Value
from .verify import LEAVES, RECEIPTS, run_file

LOG_PAGE = "09_manifest/log.html"
ALL_PAGE = "08_raw/index.html"
_ROWS = 500
_ALL_ROWS = 5000
_OF_RULES = """
with chosen as (
  select r.subject, bool_and(r.outcome = 'pass') as holds,
    array_to_string(list_sort(list_distinct(list(r.outcome))), '; ') as outcomes
  from result r where {mine} group by r.subject order by holds, r.subject limit {limit}
)
select c.holds, c.subject, l.kind, l.source, l.file, l.line, p.receipt, p.leaf, c.outcomes
from chosen c left join location l on l.subject = c.subject left join provenance p on p.run = l.run
"""
_ALL = """
select l.subject, l.kind, l.source, l.file, l.line, p.receipt, p.leaf, null as outcomes
from location l join provenance p on p.run = l.run
"""
_HEADER = ("subject", "outcomes", "kind", "source", "record", "receipt", "log")


def evidence_page(about: str) -> str:
    """Name under ``data/`` of a control's page."""
    return f"03_controls/{about}/evidence/index.html"


@dataclass(frozen=True, kw_only=True)
class EvidencePages:
    contents: Contents
    facts: Facts
    records: Mapping[tuple[str, str], str]
    """(control, subject) -> the file of a record that does not pass."""

    def write(self, ledger: Ledger, runs: Mapping[int, RunInfo]) -> None:
        """One page for each control with rules, one for all records, one for the log."""
        for control in self.facts.evaluation.pack.catalogue.controls:
            rules = [rule.id for rule in self.facts.evaluation.pack.rules_for(control.id)]
            if rules:
                title = f"Evidence for {control.id} {control.title}"
                self.contents.text(evidence_page(control.id), self._control(control.id, title))
        self.contents.text(ALL_PAGE, self._all())
        self.contents.text(LOG_PAGE, _log(self.facts, ledger, runs))

    def _control(self, control: str, title: str) -> str:
        mine = among("r.rule_id", (r.id for r in self.facts.evaluation.pack.rules_for(control)))
        ((total,),) = self.contents.rows.run(
            f"select count(distinct r.subject) from result r where {mine}"
        )
        found = self.contents.rows.table(_OF_RULES.format(mine=mine, limit=_ROWS))
        rows = [self._row("../../../", control, row[1:]) for row in found.rows]
        listed = evidence_list(self.facts, control)
        return document(
            title,
            [
                *_top("../../../../", self.facts, title, f"#{control}"),
                _told(total, _ROWS, link(f"../../../{listed}", listed.rpartition("/")[2])),
                grid(_HEADER, rows, tight=(4, 5, 6)),
            ],
        )

    def _all(self) -> str:
        ((total,),) = self.contents.rows.run("select count(*) from location")
        found = self.contents.rows.table(_ALL, limit=_ALL_ROWS)
        rows = [self._row("../", "", row) for row in found.rows]
        title = "Every record"
        rest = "the files in 08_raw and the tables in 03_controls"
        return document(
            title,
            [
                *_top("../../", self.facts, title, "#files"),
                _told(total, _ALL_ROWS, rest),
                grid(tuple(name for name in _HEADER if name != "outcomes"), rows, tight=(3, 4, 5)),
            ],
        )

    def _row(self, up: str, control: str, row: tuple[Value, ...]) -> tuple[str, ...]:
        subject, kind, source, file, line, receipt, leaf, outcomes = row
        chips = [" ".join(chip(word) for word in str(outcomes).split("; "))] if control else []
        if file is None:
            return (brief(subject), *chips, *["made of several"] * 2, *[""] * 3)
        own = self.records.get((control, str(subject)))
        return (
            brief(subject),
            *chips,
            e(kind).replace(".", ".<wbr>").replace("_", "_<wbr>"),
            brief(source),
            link(f"{up}{own}", "record") if own else link(f"{up}{file}", f"line {line}"),
            link(f"{up}{receipt}", "receipt"),
            link(f"{up}{LOG_PAGE}#leaf-{leaf}", f"leaf {leaf}"),
        )


def _top(root: str, facts: Facts, title: str, back: str) -> Iterator[str]:
    """Args: root: The way to the folder of the bundle's first page."""
    yield f'<p class="over">{e(facts.title)}, as of {e(moment(facts.at))}</p>'
    yield f"<h1>{e(title)}</h1>"
    yield f"<nav>{link(f'{root}index.html{back}', 'Back to the bundle')}</nav>"


def _told(total: int, limit: int, rest: str) -> str:
    if total <= limit:
        return f"<p>{total:,} records. Each leads to its receipt and to its leaf in the log.</p>"
    return (
        f"<p>{limit:,} of {total:,} records, those that do not pass first; all are in {rest}.</p>"
    )


def _log(facts: Facts, ledger: Ledger, runs: Mapping[int, RunInfo]) -> str:
    """The leaves whose proofs are in the bundle."""
    title = "Leaves of the ledger's log"
    rows = []
    for number, info in sorted(runs.items(), key=lambda item: item[1].leaf):
        receipt = run_file(RECEIPTS, number, "json").removeprefix("data/09_manifest/")
        leaf = ledger.log.leaf(info.leaf)
        rows.append(
            (
                f'<a id="leaf-{info.leaf}"></a>{info.leaf}',
                e(info.receipt.source),
                e(moment(leaf.at)),
                link(receipt, f"receipt of run {number}"),
                f"<code>{leaf.hash.hex()}</code>",
            )
        )
    proofs = link(LEAVES.removeprefix("data/09_manifest/"), "leaves.jsonl")
    told = f"<p>{len(rows):,} of {facts.log_size:,} leaves: those of the readings in this bundle. "
    checkpoint = link("checkpoint.txt", "the signed checkpoint")
    return document(
        title,
        [
            *_top("../../", facts, title, "#check"),
            f"{told}Their bodies and inclusion proofs are in {proofs}, under {checkpoint}; "
            "<code>python3 -I verify.py</code> recomputes them.</p>",
            grid(("leaf", "source", "sealed at", "receipt", "SHA-256"), rows, tight=(0, 2, 3)),
        ],
    )
