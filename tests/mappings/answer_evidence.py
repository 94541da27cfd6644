"""What the small company's registry says of answers that its system gives: all in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from annexa.collectors.contract import Kind, Record
from annexa.collectors.mlflow import assessments, experiments, gateway, traces

MINE: dict[str, str | None] = {"ai-system-id": "credit-risk"}


@dataclass
class AnswerEvidence:
    """A test breaks one record."""

    endpoint: gateway.GatewayEndpoint = field(
        default_factory=lambda: gateway.GatewayEndpoint(
            endpoint_id="e1",
            name="helper",
            models=[gateway.GatewayModel(provider="acme", model_name="talk-2")],
            guardrails=[gateway.GatewayGuardrail(name="polite")],
            tags=MINE,
        )
    )
    count: traces.TraceCount = field(
        default_factory=lambda: traces.TraceCount(
            experiment_id="4", window_from="2026-10-25", window_until="2026-11-24", traces=900
        )
    )
    judgement: assessments.Assessment = field(
        default_factory=lambda: assessments.Assessment(
            assessment_id="j1",
            trace_id="t1",
            name="correct",
            assessment_type="feedback",
            experiment_id="4",
            source_type="HUMAN",
            create_time="2026-11-20T08:00:00Z",
        )
    )

    def records(self) -> list[tuple[Kind, Sequence[Record]]]:
        experiment = experiments.Experiment(experiment_id="4", name="helper", tags=MINE)
        return [
            (experiments.EXPERIMENT, [experiment]),
            (traces.TRACE_COUNT, [self.count]),
            (assessments.ASSESSMENT, [self.judgement]),
            (gateway.GATEWAY_ENDPOINT, [self.endpoint]),
        ]
