"""The matrix of controls and systems, and what is behind each of its rows."""

from collections.abc import Iterator, Mapping

from ..mappings.catalogue import Control
from .contents import Contents, among
from .evidence_page import LOG_PAGE, evidence_page
from .facts import CLASS_WORDS, Facts
from .page_parts import brief, chip, e, grid, link
from .request_list import evidence_list

_ROWS = 15
"""Of the rows that do not pass, so many are on the page; all are in results.csv."""


def matrix(facts: Facts) -> Iterator[str]:
    catalogue, coverage = facts.evaluation.pack.catalogue, facts.evaluation.coverage
    states = {(state.control, state.system_id): state for state in coverage.states}
    systems = [system or "organisation" for system in facts.columns]
    yield '<h2 id="matrix">Control matrix</h2>'
    yield (
        "<p>A control leads to its rules, rows and files; its evidence to the records, each with "
        "its receipt and its leaf in the log.</p>"
    )
    titles = ("control", "title", "class", "evidence", *systems)
    head = "".join(f"<th>{brief(cell)}</th>" for cell in titles)
    yield f'<div class="wide"><table class="matrix"><thead><tr>{head}</tr></thead><tbody>'
    group = ""
    for control in catalogue.controls:
        mine = _group(control.id, catalogue.groups)
        if mine != group:
            group = mine
            title = f"{e(group)} {e(catalogue.groups.get(group, ''))}"
            yield f'<tr class="group"><td colspan="{len(titles)}">{title}</td></tr>'
        cells = "".join(f"<td>{chip(states[control.id, s].state)}</td>" for s in facts.columns)
        has_rules = bool(facts.evaluation.pack.rules_for(control.id))
        proof = link(f"data/{evidence_page(control.id)}", "evidence") if has_rules else ""
        yield (
            f'<tr><td class="tight">{link("#" + control.id, control.id)}</td>'
            f'<td>{e(control.title)}</td><td class="tight">{e(control.kind)}</td>'
            f"<td>{proof}</td>{cells}</tr>"
        )
    yield "</tbody></table></div>"


def _group(control: str, groups: Mapping[str, str]) -> str:
    parts = control.split(".")
    found = [".".join(parts[:n]) for n in range(2, len(parts)) if ".".join(parts[:n]) in groups]
    return found[-1] if found else parts[0]


def controls(
    contents: Contents, facts: Facts, records: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    yield '<h2 id="controls">Control by control</h2>'
    for control in facts.evaluation.pack.catalogue.controls:
        yield f'<section class="control" id="{e(control.id)}">'
        yield f"<h3>{e(control.id)} {e(control.title)}</h3>"
        meaning = f"Class {control.kind}: {CLASS_WORDS[control.kind]}."
        yield f'<p class="soft">{e(control.looked_for)} {e(meaning)}</p>'
        yield _states(control, facts)
        yield from _rules(control, facts)
        yield from _rows(control, contents, facts, records)
        yield f"<p>{_links(control, facts)}</p></section>"


def _states(control: Control, facts: Facts) -> str:
    coverage = facts.evaluation.coverage
    found = [(system, coverage.of(control.id, system)) for system in facts.columns]
    first = found[0][1]
    if all((s.state, s.reason) == (first.state, first.reason) for _, s in found):
        return f"<p>{chip(first.state)} {brief(first.reason)}</p>"
    rows = (
        (brief(system or "organisation"), chip(s.state), brief(s.reason)) for system, s in found
    )
    return grid(("system", "state", "why"), rows, tight=(0, 1))


def _rules(control: Control, facts: Facts) -> Iterator[str]:
    cells = facts.cells_of(control.id)
    titles = {rule.id: rule.title for rule in facts.evaluation.pack.rules_for(control.id)}
    if not titles:
        return
    rows = (
        (
            f'{e(cell.rule_id)}<br><span class="soft">{e(titles[cell.rule_id])}</span>',
            brief(cell.system_id or "organisation"),
            chip(cell.outcome),
            f"{cell.n_pass} / {cell.n_fail} / {cell.n_inconclusive} / {cell.n_attention}"
            f" / {cell.n_accepted}",
        )
        for cell in cells
        if cell.population or cell.outcome != "not-applicable"
    )
    yield grid(
        ("rule", "system", "outcome", "pass / fail / inconclusive / attention / accepted"),
        rows,
        tight=(1, 2, 3),
    )


def _rows(
    control: Control, contents: Contents, facts: Facts, records: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    rules = [rule.id for rule in facts.evaluation.pack.rules_for(control.id)]
    if not rules:
        return
    found = contents.rows.table(
        "select r.rule_id, r.subject, r.outcome, r.reason, l.file, l.line, p.receipt, p.leaf "
        "from result r left join location l on l.subject = r.subject "
        "left join provenance p on p.run = l.run "
        f"where r.outcome <> 'pass' and {among('r.rule_id', rules)}",
        limit=_ROWS,
    )
    rows = []
    for rule, subject, outcome, reason, file, line, receipt, leaf in found.rows:
        target = records.get((control.id, str(subject))) or file
        proof = [
            link(f"data/{target}", "record" if target != file else f"line {line}")
            if target
            else "",
            link(f"data/{receipt}", "receipt") if receipt else "",
            link(f"data/{LOG_PAGE}#leaf-{leaf}", f"leaf {leaf}") if leaf is not None else "",
        ]
        rows.append(
            (
                e(rule),
                brief(subject),
                chip(str(outcome)),
                e(reason or ""),
                " ".join(filter(None, proof)),
            )
        )
    if rows:
        yield grid(("rule", "subject", "outcome", "why", "evidence"), rows, tight=(0, 2))


def _links(control: Control, facts: Facts) -> str:
    folder = f"03_controls/{control.id}"
    names = [f"{folder}/summary.md"]
    first = ""
    if facts.evaluation.pack.rules_for(control.id):
        names += [f"{folder}/results.csv", f"{folder}/population.csv"]
        names.append(evidence_list(facts, control.id))
        first = link(f"data/{evidence_page(control.id)}", "All of its evidence") + ". "
    found = (link(f"data/{name}", name.rpartition("/")[2]) for name in names)
    return f"{first}Files: " + ", ".join(found)
