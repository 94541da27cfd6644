"""A pack as pages for a person: per control what is looked for, the rules in words and in SQL,
the sources that they rest on and what reading those needs."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..collectors.contract import Kind
from .catalogue import Clause, Control
from .conventions import Conventions
from .doubt import Needs, rule_needs, view_needs
from .examples import NOON
from .macros import rule_macros, view_macros
from .pack import Pack
from .rule import Rule
from .sealed import Limits, Sealed

_LIMITS = Limits(memory="256MB", threads=1, timeout_s=30)
_CLASSES = {
    "automated": "automated: system records mostly show whether it operated",
    "partial": "partial: system records show part of it, a person the rest",
    "manual": "manual: a document or a statement by a person is the evidence",
}


_HOW_TO_READ = (
    "## How to read a rule",
    "",
    "A rule is one claim about each row of a population, such as each deployment. *Where* says "
    "which rows it is about, *holds when* what has to be true of them. A row for which that cannot "
    "be told, because a fact is not on record or a source was not read in full, is inconclusive. A "
    "population without any row is never a pass. *Severity* is what the pack proposes for a row "
    "that fails; grading a nonconformity is for the auditor. *Fresh for* is how old the newest "
    "reading may be. *Parameters* are defaults that an organisation changes in an overlay, with "
    "its name on it. *By hand* is how to test one row without this program. Rules with a D in "
    "their name judge documents and attestations: that they exist, are approved and current, and "
    "have the parts that are looked for; whether what they say is good is for a person. A rule "
    "stands in full under the control that it supports most, and as a link under the others.",
    "",
)


def needs_of_rules(pack: Pack, kinds: Mapping[str, Kind]) -> dict[str, Needs]:
    """Rule -> the kinds that it rests on.

    Raises:
        PackError: A header or a rule names what is not known.
    """
    with Sealed(None, None, _LIMITS) as db:
        for macro in (*view_macros(Conventions()), *rule_macros(NOON, shared=True)):
            db.trusted(macro)
        views = view_needs(db, pack, kinds)
        return {rule.id: rule_needs(db, rule, views, kinds) for rule in pack.rules}


def controls_page(pack: Pack, kinds: Mapping[str, Kind]) -> str:
    """Every control and every clause that a rule tests, as one Markdown document."""
    needs = needs_of_rules(pack, kinds)
    classes = [control.kind for control in pack.catalogue.controls]
    lines = [
        f"# {pack.header.title}",
        "",
        f"Written by `annexa mapping docs` from the pack `{pack.id}` {pack.version}; "
        "it is never edited by hand.",
        "",
        f"{len(pack.rules)} rules. Of {len(classes)} controls {classes.count('automated')} are "
        f"automated, {classes.count('partial')} partial and {classes.count('manual')} manual. "
        "A rule that holds is evidence for a control; whether the control is met is for an "
        "auditor to say. What cannot be evaluated is inconclusive, never a pass.",
        "",
        *_HOW_TO_READ,
        "## Controls, rules, kinds, permissions",
        "",
        *_table(pack, kinds, needs),
    ]
    for control in pack.catalogue.controls:
        lines += ["", *_control(pack, control, needs, kinds)]
    for clause in pack.catalogue.clauses:
        if pack.rules_for(clause.id):
            lines += ["", *_clause(pack, clause, needs, kinds)]
    lines += ["", *_populations(pack)]
    return "\n".join(lines) + "\n"


def _table(pack: Pack, kinds: Mapping[str, Kind], needs: Mapping[str, Needs]) -> Iterator[str]:
    yield "| control | class | rules | kinds | permissions |"
    yield "|---|---|---|---|---|"
    for control in pack.catalogue.controls:
        rules = pack.rules_for(control.id)
        read = _kinds(needs[rule.id] for rule in rules)
        asked = dict.fromkeys(kinds[kind].permission for kind in read if kind in kinds)
        cells = (
            control.id,
            control.kind,
            ", ".join(f"[{rule.id}](#{_anchor(rule)})" for rule in rules) or "none",
            ", ".join(read) or "none",
            "; ".join(asked) or "none",
        )
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _control(
    pack: Pack, control: Control, needs: Mapping[str, Needs], kinds: Mapping[str, Kind]
) -> Iterator[str]:
    yield f"## {control.id} {control.title}"
    yield ""
    yield f"*{_CLASSES[control.kind]}*"
    yield ""
    yield f"Looked for: {control.looked_for}"
    if control.document:
        yield ""
        yield f"From a person: {control.document}."
    rules = pack.rules_for(control.id)
    if not rules:
        yield ""
        yield "No rule tests system records; the document is the evidence."
    yield from _rules(rules, control.id, needs, kinds)


def _clause(
    pack: Pack, clause: Clause, needs: Mapping[str, Needs], kinds: Mapping[str, Kind]
) -> Iterator[str]:
    yield f"## Clause {clause.id} {clause.title}"
    if clause.documented:
        yield ""
        yield "Documented information has to exist."
    yield from _rules(pack.rules_for(clause.id), clause.id, needs, kinds)


def _rules(
    rules: Sequence[Rule], of: str, needs: Mapping[str, Needs], kinds: Mapping[str, Kind]
) -> Iterator[str]:
    """In full under the first control that a rule names; elsewhere by a link."""
    read = [kind for kind in _kinds(needs[rule.id] for rule in rules) if kind in kinds]
    if read:
        yield ""
    for kind in read:
        yield f"- `{kind}` needs {_inline(kinds[kind].permission)}"
    for rule in rules:
        yield ""
        if rule.controls[0] == of:
            yield from _rule(rule, needs[rule.id])
        else:
            yield f"Also: [{rule.id}](#{_anchor(rule)}) {rule.title}."


def _rule(rule: Rule, needs: Needs) -> Iterator[str]:
    yield f'### <a id="{_anchor(rule)}"></a>{rule.id} {rule.title}'
    yield ""
    also = rule.controls[1:]
    yield f"- Supports {rule.controls[0]}" + (f", also {', '.join(also)}" if also else "")
    if rule.disabled:
        yield f"- Not asked: {_inline(str(rule.disabled))}"
    yield f"- Severity {rule.severity}; evidence is fresh for {rule.freshness}"
    yield f"- Judges each row of [{rule.population}](#rows-{rule.population})" + (
        "" if rule.where.strip().lower() == "true" else f" where `{_inline(rule.where)}`"
    )
    yield f"- Holds when `{_inline(rule.passes)}`"
    if rule.attention:
        yield f"- A person should look when `{_inline(rule.attention)}`"
    if rule.until:
        yield f"- Holds until `{_inline(rule.until)}` if nothing is done; then: {rule.renew}"
    yield f"- Without any row: {rule.on_empty}"
    for name, value in rule.parameters.items():
        yield f"- Parameter `{name}`: `{_inline(str(value))}`"
    yield f"- Rows from {_listed(needs.rows)}; facts from {_listed(needs.facts)}"
    yield f"- By hand: {_inline(rule.step)}"
    if rule.query:
        yield ""
        yield "```sql"
        yield rule.query.strip()
        yield "```"


def _populations(pack: Pack) -> Iterator[str]:
    yield "## What the rules look at"
    yield ""
    yield "| rows | each of them is | platforms tell it in |"
    yield "|---|---|---|"
    judged = {rule.population for rule in pack.rules}
    for view in pack.views:
        if view.name in judged:
            told = ", ".join(dict.fromkeys(row for f in view.fragments for row in f.rows))
            name = f'<a id="rows-{view.name}"></a>{view.name}'
            yield f"| {name} | {_cell(view.about)} | {_cell(told)} |"


def _kinds(needs: Iterable[Needs]) -> list[str]:
    return sorted(set().union(*(each.rows | each.facts for each in needs)))


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(f"`{kind}`" for kind in sorted(kinds)) or "nothing"


def _anchor(rule: Rule) -> str:
    return "rule-" + re.sub(r"[^a-z0-9]+", "-", rule.id.lower())


def _inline(text: str) -> str:
    return " ".join(text.split()).replace("`", "'")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
