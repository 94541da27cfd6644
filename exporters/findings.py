"""A register of findings to start from: what the rules found, for an auditor to raise or to drop.

Nothing in it is an auditor's finding. What only a person may fill in is an empty column: grade,
root cause, corrective action, effectiveness, closure.
"""

from collections.abc import Iterator

from .evidence_id import evidence_id
from .facts import Facts
from .request_list import evidence_list
from .rows import Value

FINDING_COLUMNS = (
    "candidate", "criterion", "rule", "statement", "system", "source", "extent",
    "objective_evidence", "raised_by", "since", "owner", "grade", "containment", "correction",
    "root_cause", "corrective_action", "due", "effectiveness_check", "closed_by", "closed_at",
)  # fmt: skip
RAISED_BY = "annexa: a candidate, not an auditor's finding"
_FOR_A_PERSON = 9


def finding_rows(facts: Facts) -> Iterator[tuple[Value, ...]]:
    """One row for each gap in which a rule does not hold, in the order of `FINDING_COLUMNS`."""
    named = {rule.id: rule for rule in facts.evaluation.pack.rules}
    for gap in facts.gaps:
        now, rule = gap.now, named.get(gap.now.rule)
        if now.outcome != "fail" or rule is None:
            continue
        yield (
            gap.id or f"{now.rule} {now.system or now.source or ''}".strip(),
            "; ".join(rule.controls),
            now.rule,
            f"Does not hold: {rule.title}. {now.cause}",
            now.system,
            now.source,
            f"{now.count} of the population: {'; '.join(now.subjects)}",
            "; ".join(evidence_id(evidence_list(facts, about)) for about in rule.controls),
            RAISED_BY,
            gap.since,
            now.owner,
            *([None] * _FOR_A_PERSON),
        )
