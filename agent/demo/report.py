"""Prints what the demo found, in the order in which a person asks."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...collectors.receipt import KindReceipt
from ...ledger import Gap
from ...mappings.outcome import STATES, Cell
from ..screen import Column, Screen
from .faults import FAULTS
from .outcome import DemoOutcome


class Report:
    def __init__(self, outcome: DemoOutcome, out: Path, screen: Screen | None = None) -> None:
        self._outcome = outcome
        self._out = out
        self._screen = screen or Screen()

    def show(self) -> None:
        self._sources()
        self._faults()
        self._others()
        self._coverage()
        self._gaps()
        self._bundle()
        self._next()

    def _sources(self) -> None:
        screen = self._screen
        screen.heading("What was read")
        rows = []
        for receipt in self._outcome.receipts:
            items = sum(kind.items for kind in receipt.kinds)
            there = [kind for kind in receipt.kinds if kind.verdict != "unsupported"]
            good = sum(kind.verdict == "complete" for kind in there)
            rows.append((receipt.source, items, f"{good} of {len(there)}", _unread(there)))
        columns = (
            Column("source", keep=True),
            Column("records", right=True),
            Column("kinds read in full"),
            Column("what could not be read"),
        )
        screen.table(columns, rows)

    def _faults(self) -> None:
        screen, found = self._screen, self._outcome.faults
        screen.heading("The eight faults that the sample company has on purpose")
        for fault in FAULTS:
            where = fault.system or "the organisation"
            state = fault.outcome if found[fault.id] else "not found"
            screen.line(f"{fault.id}  {fault.control:<8} {where:<18} {state}")
            screen.line(f"    {found[fault.id] or fault.story}")

    def _others(self) -> None:
        screen = self._screen
        planted = {(fault.rule, fault.system) for fault in FAULTS}
        cells = [
            cell
            for cell in self._outcome.evaluation.cells
            if cell.outcome == "fail" and (cell.rule_id, cell.system_id) not in planted
        ]
        if not cells:
            return
        screen.heading("What else fails")
        for cell in cells:
            where = cell.system_id or "the organisation"
            screen.line(f"{cell.rule_id:<12} {where:<18} {cell.reason}")
        self._unclear()

    def _unclear(self) -> None:
        by_blame: dict[str, list[Cell]] = {}
        for cell in self._outcome.evaluation.cells:
            if cell.outcome == "inconclusive":
                by_blame.setdefault(cell.blame or "", []).append(cell)
        if not by_blame:
            return
        screen = self._screen
        screen.heading("What cannot be concluded, and is no pass")
        for blame, cells in sorted(by_blame.items()):
            rules = ", ".join(sorted({cell.rule_id for cell in cells}))
            why = f"{blame} could not be read" if blame else "a fact is not on record"
            systems = ", ".join(sorted({cell.system_id or "the organisation" for cell in cells}))
            screen.line(f"{why}: {len(cells)} results on {systems}")
            screen.line(f"    {rules}")

    def _coverage(self) -> None:
        screen, outcome = self._screen, self._outcome
        coverage, systems = outcome.evaluation.coverage, (None, *outcome.evaluation.systems)
        screen.heading("Coverage of the 38 controls of Annex A")
        names = [system or "organisation" for system in systems]
        columns = [Column("control", keep=True), Column("class", keep=True)]
        columns += [Column(name, keep=True) for name in names]
        rows = [
            (
                control.id,
                control.kind,
                *(coverage.of(control.id, system).state for system in systems),
            )
            for control in outcome.evaluation.pack.catalogue.controls
        ]
        screen.table(columns, rows)
        screen.line()
        counts = [coverage.count(system) for system in systems]
        columns = [Column("state", keep=True)] + [Column(name, right=True) for name in names]
        screen.table(columns, [(state, *(count[state] for count in counts)) for state in STATES])
        screen.line()
        for line in _classes(outcome):
            screen.line(line)

    def _gaps(self) -> None:
        screen = self._screen
        gaps = self._outcome.gaps
        screen.heading(f"{len(gaps)} gaps are open, each with an owner")
        owners: dict[str, list[Gap]] = {}
        for gap in gaps:
            owners.setdefault(gap.owner, []).append(gap)
        rows = [
            (
                owner,
                sum(gap.outcome == "fail" for gap in theirs),
                sum(gap.outcome != "fail" for gap in theirs),
                ", ".join(sorted({gap.system or gap.source or "organisation" for gap in theirs})),
            )
            for owner, theirs in sorted(owners.items())
        ]
        columns = (
            Column("owner", keep=True),
            Column("failing", right=True),
            Column("unclear or waiting", right=True),
            Column("where"),
        )
        screen.table(columns, rows)

    def _bundle(self) -> None:
        screen, outcome = self._screen, self._outcome
        summary = outcome.summary
        screen.heading("The bundle")
        shown = self._out / summary.path.name
        screen.line(f"{shown}: {summary.files} files, {summary.size_bytes:,} bytes")
        screen.line(f"signed with key {summary.key_fingerprint}, leaf {summary.leaf} of the ledger")
        for line in (*outcome.verified.lines(), *outcome.replayed.lines()):
            screen.line(line)

    def _next(self) -> None:
        screen, out = self._screen, self._out
        screen.heading("Next")
        config = out / "annexa.yaml"
        for command, why in (
            (f"annexa gaps --config {config}", "who has to do what"),
            (f"annexa explain A.6.2.5 --config {config}", "why a control stands where it stands"),
            (f"annexa verify {out / self._outcome.summary.path.name}", "as an auditor would"),
            ("annexa init", "an annexa.yaml for your own platform"),
        ):
            screen.line(f"  {command:<58} {why}")
        if self._outcome.missed:
            missed = ", ".join(self._outcome.missed)
            screen.line(f"NOT FOUND: {missed}; report this as a bug", style="bold red")


def _unread(kinds: Sequence[KindReceipt]) -> str:
    """Why kinds were not read in full, each reason once."""
    reasons: dict[str, list[str]] = {}
    for kind in kinds:
        if kind.verdict not in ("complete", "unsupported"):
            why = kind.problem or "; ".join(f"{skip.what}: {skip.problem}" for skip in kind.skipped)
            reasons.setdefault(f"{kind.verdict}: {why}", []).append(kind.kind.partition(".")[2])
    if len(reasons) > 1 and len(reasons) == sum(map(len, reasons.values())):
        first = next(iter(reasons))
        return f"{first}; and {len(reasons) - 1} more kinds"
    return "; ".join(f"{why} ({', '.join(names)})" for why, names in reasons.items())


def _classes(outcome: DemoOutcome) -> Iterator[str]:
    classes = outcome.classes
    yield (
        f"Of these 38 controls, {classes['automated']} are automated, {classes['partial']} partial "
        f"and {classes['manual']} manual: system records can show that much, people have to show "
        "the rest."
    )
    yield "An auditor concludes; annexa only says what the evidence supports."
