"""The deliberate faults of the sample company, and whether an evaluation names each of them.

This table is the demo's promise: the command prints it, and says so and fails when one is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ...mappings.evaluation import Evaluation
from ...mappings.outcome import Outcome


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Something that is wrong at Nordlicht Handel on purpose."""

    id: str
    story: str
    """What is wrong, in the words of who planted it."""
    rule: str
    control: str
    system: str | None
    """None: the organisation."""
    outcome: Outcome
    mentions: tuple[str, ...]
    """What the reason has to say, so that a person knows where to look."""


FAULTS = (
    Fault(
        id="F1",
        story="an orphan deployment: promo-uplift serves a model that was never registered",
        rule="A.6.2.5-1",
        control="A.6.2.5",
        system="demand-forecast",
        outcome="fail",
        mentions=("promo-uplift", "s3://nordlicht-models/experiments/promo-uplift-final2"),
    ),
    Fault(
        id="F2",
        story="income-estimator 3 was deployed three days before it was approved",
        rule="A.6.2.5-3",
        control="A.6.2.5",
        system="credit-risk",
        outcome="fail",
        mentions=("income-estimator 3", "deployed", "approved"),
    ),
    Fault(
        id="F3",
        story="Jonas Weber approved support-intent 3 and deployed it himself",
        rule="A.6.2.5-4",
        control="A.6.2.5",
        system="support-assistant",
        outcome="fail",
        mentions=("jonas.weber@nordlicht.example", "support-intent 3", "deployed"),
    ),
    Fault(
        id="F4",
        story="the run behind support-ranker 2 records no dataset",
        rule="A.7.5-1",
        control="A.7.5",
        system="support-assistant",
        outcome="fail",
        mentions=("support-ranker 2", "no dataset"),
    ),
    Fault(
        id="F5",
        story="the impact assessment of credit-risk was approved 20 days after it went live",
        rule="A.5.3-2",
        control="A.5.3",
        system="credit-risk",
        outcome="fail",
        mentions=("impact assessment of credit-risk", "after it went live"),
    ),
    Fault(
        id="F6",
        story="the bucket with the training data of the forecast is not encrypted",
        rule="A.4.3-1",
        control="A.4.3",
        system="demand-forecast",
        outcome="fail",
        mentions=("nordlicht-forecast-data", "not encrypted"),
    ),
    Fault(
        id="F7",
        story="the review of the AI policy was due 30 days ago",
        rule="A.2.4-1",
        control="A.2.4",
        system=None,
        outcome="fail",
        mentions=("AI policy", "due for review"),
    ),
    Fault(
        id="F8",
        story="the cluster at the edge refuses to be read (403), so shelf-vision is in doubt",
        rule="A.6.2.5-1",
        control="A.6.2.5",
        system="shelf-vision",
        outcome="inconclusive",
        mentions=("kubernetes/edge", "denied"),
    ),
)


def named(evaluation: Evaluation) -> Mapping[str, str | None]:
    """Fault id -> the reason that the evaluation gives for it; None if it does not name it."""
    return {fault.id: _reason(evaluation, fault) for fault in FAULTS}


def _reason(evaluation: Evaluation, fault: Fault) -> str | None:
    cell = next(
        (
            cell
            for cell in evaluation.cells
            if (cell.rule_id, cell.system_id) == (fault.rule, fault.system)
        ),
        None,
    )
    if cell is None or cell.outcome != fault.outcome:
        return None
    rows = evaluation.rows(fault.rule, outcomes=["fail"])
    said = [row.reason for row in rows if fault.system in (None, row.system_id)]
    for reason in (*said, cell.reason):
        if reason is not None and all(word in reason for word in fault.mentions):
            return reason
    return None
