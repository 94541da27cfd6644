"""Gathers what is to be said about a rule, a control or a subject, as plain data."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .evidence import intervals, proof_of
from .subject import Subject

if TYPE_CHECKING:
    from ..ledger import Ledger, RunInfo
    from ..mappings.evaluation import Evaluation
    from ..mappings.rule import Rule

Body = dict[str, Any]
SHOWN_SUBJECTS = 50


def explain(what: str, evaluation: "Evaluation", ledger: "Ledger") -> Body:
    """The explanation of ``what``; ``about`` is ``rule``, ``control``, ``source`` or ``subject``.

    Raises:
        NotFound: It is none of the four, or the ledger never saw the subject.
    """
    pack = evaluation.pack
    for rule in pack.rules:
        if rule.id == what:
            return _rule(rule, evaluation, ledger)
    if what in pack.catalogue.ids:
        return _control(what, evaluation)
    if any(state.source == what for state in evaluation.sources):
        return _source(what, evaluation, ledger)
    return _subject(Subject.parse(what), evaluation, ledger)


def _rule(rule: "Rule", evaluation: "Evaluation", ledger: "Ledger") -> Body:
    mine = [cell for cell in evaluation.cells if cell.rule_id == rule.id]
    cells = [dataclasses.asdict(cell) for cell in mine]
    not_passing = [
        {"subject": row.subject, "system": row.system_id, "outcome": row.outcome,
         "reason": row.reason}
        for row in evaluation.rows(
            rule.id, outcomes=("fail", "attention", "inconclusive"), limit=SHOWN_SUBJECTS
        )
    ]  # fmt: skip
    population = sum(cell.population for cell in mine)
    example = next((row["subject"] for row in not_passing), None)
    if example is None:
        example = next((row.subject for row in evaluation.rows(rule.id, limit=1)), None)
    return {
        "about": "rule",
        "id": rule.id,
        "title": rule.title,
        "controls": [
            {"id": one, "title": evaluation.pack.catalogue.title(one)} for one in rule.controls
        ],
        "severity": rule.severity,
        "freshness": rule.freshness,
        "population": rule.population,
        "on_empty": rule.on_empty,
        "sql": rule.texts,
        "step": rule.step,
        "rows": population,
        "cells": cells,
        "not_passing": not_passing,
        "evidence": proof_of(ledger, example, evaluation.at) if example else None,
    }


def _control(control: str, evaluation: "Evaluation") -> Body:
    catalogue = evaluation.pack.catalogue
    found = next((one for one in catalogue.controls if one.id == control), None)
    rules = evaluation.pack.rules_for(control)
    return {
        "about": "control",
        "id": control,
        "title": catalogue.title(control),
        "class": found.kind if found else "clause",
        "looked_for": found.looked_for if found else None,
        "document": found.document if found else None,
        "states": [
            dataclasses.asdict(state)
            for state in (*evaluation.coverage.states, *evaluation.coverage.clauses)
            if state.control == control
        ],
        "rules": [
            {
                "id": rule.id,
                "title": rule.title,
                "cells": [
                    dataclasses.asdict(cell) for cell in evaluation.cells if cell.rule_id == rule.id
                ],
            }
            for rule in rules
        ],
    }


def _source(source: str, evaluation: "Evaluation", ledger: "Ledger") -> Body:
    runs = list(ledger.runs(source=source, until=evaluation.at))
    blamed = [cell for cell in evaluation.cells if cell.blame == source]
    return {
        "about": "source",
        "id": source,
        "kinds": [
            dataclasses.asdict(state) for state in evaluation.sources if state.source == source
        ],
        "checks": _checks(runs),
        "runs": len(runs),
        "last_leaf": runs[-1].leaf if runs else None,
        "in_doubt": [dataclasses.asdict(cell) for cell in blamed],
    }


def _checks(runs: "Sequence[RunInfo]") -> list[Body]:
    """Every second look of each kind's newest reading, with names of which the two differ."""
    newest = {kind.kind: (run, kind) for run in runs for kind in run.receipt.kinds}
    return [
        {
            "kind": kind.kind,
            "run": run.number,
            "method": check.method,
            "expected": check.expected,
            "found": check.found,
            "ok": check.ok,
            "note": check.note,
            "only_expected": check.only_expected,
            "only_found": check.only_found,
        }
        for run, kind in newest.values()
        for check in kind.checks
    ]


def _subject(subject: Subject, evaluation: "Evaluation", ledger: "Ledger") -> Body:
    return {
        "about": "subject",
        "id": str(subject),
        "source": subject.source,
        "kind": subject.kind,
        "intervals": intervals(ledger, subject),
        "results": _results(str(subject), evaluation),
        "evidence": proof_of(ledger, str(subject), evaluation.at),
    }


def _results(subject: str, evaluation: "Evaluation") -> list[Body]:
    rows = evaluation.fetch(
        "select rule_id, system_id, outcome, reason from result where subject = ? "
        "order by rule_id, system_id",
        [subject],
    )
    titles = {rule.id: rule.title for rule in evaluation.pack.rules}
    return [
        {
            "rule": rule,
            "title": titles.get(rule, ""),
            "system": system,
            "outcome": outcome,
            "reason": reason,
        }
        for rule, system, outcome, reason in rows
    ]
