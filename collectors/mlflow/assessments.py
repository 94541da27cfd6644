"""Assessments of traces: who or what judged, on what, and the number or the yes or no it gave.

MLflow lists them only with their traces. So its database is asked first which names there are, and
then for the traces that have one of that name; of the traces nothing is decoded but their ids.
Rationale, error text, expected answers and whatever is said in words stay where they are.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from ..contract import Call, Check, Kind, Page, Record, Skip
from ..errors import UnexpectedAnswer
from ..redaction import scrub
from . import kinds
from .access import API_3, Api
from .experiments import Experiments
from .listing import Listing
from .run_search import batches
from .trace_metrics import EXPERIMENTS_PER_QUERY, TraceMetrics
from .wire import Wire

TRACES_PER_PAGE = 500  # the most that MLflow allows
_WORDS = {word.encode(): word for word in ("yes", "no", "unknown")}
"""What MLflow's own judges answer; any other word may be a sentence about a person."""
_RUN = "mlflow.assessment.sourceRunId"
Type = Literal["feedback", "expectation"]
TYPES: tuple[Type, ...] = ("feedback", "expectation")


class Assessment(Record):
    assessment_id: str
    trace_id: str
    name: str
    assessment_type: str
    """``feedback`` on an answer, or ``expectation`` of one."""
    experiment_id: str | None = None
    source_type: str | None = None
    """``HUMAN``, ``CODE``, ``LLM_JUDGE``."""
    source_id: str | None = None
    """A user name, a judge's model, a scorer."""
    create_time: str | None = None
    last_update_time: str | None = None
    value_type: str | None = None
    """``number``, ``boolean``, ``string``, ``list``, ``object``; None where there is no value."""
    number: Decimal | None = None
    boolean: bool | None = None
    word: str | None = None
    """``yes``, ``no`` or ``unknown``."""
    has_rationale: bool | None = None
    has_error: bool | None = None
    run_id: str | None = None
    """Of the evaluation that made it."""
    overrides: str | None = None
    valid: bool | None = None
    """False: another one overrides it."""


ASSESSMENT = Kind(
    name="mlflow.assessment",
    record=Assessment,
    subject=lambda r: f"{r.trace_id}/{r.assessment_id}",
    permission=kinds.EXPERIMENTS,
    cross_check="as many valid ones of each name as the server counts",
)


class _Error(Wire):
    pass


class _Source(Wire):
    source_type: str | None = None
    source_id: str = ""


class _Value(Wire):
    value: msgspec.Raw = msgspec.Raw()
    error: _Error | None = None


class _Assessment(Wire):
    assessment_id: str
    assessment_name: str
    source: _Source = msgspec.field(default_factory=_Source)
    create_time: str | None = None
    last_update_time: str | None = None
    feedback: _Value | None = None
    expectation: _Value | None = None
    rationale: msgspec.Raw = msgspec.Raw()
    error: _Error | None = None
    metadata: dict[str, str] = {}
    overrides: str = ""
    valid: bool | None = None


class _Experiment(Wire):
    experiment_id: str | None = None


class _Location(Wire):
    mlflow_experiment: _Experiment | None = None


class _Trace(Wire):
    trace_id: str
    trace_location: _Location = msgspec.field(default_factory=_Location)
    assessments: list[_Assessment] = []

    def named(self, name: str, type_: Type) -> Iterator[Assessment]:
        place = self.trace_location.mlflow_experiment
        for one in self.assessments:
            value = getattr(one, type_)
            if one.assessment_name != name or value is None:
                continue
            value_type, number, boolean, word = _plain(bytes(value.value))
            yield Assessment(
                assessment_id=one.assessment_id,
                trace_id=self.trace_id,
                experiment_id=place.experiment_id if place else None,
                name=name,
                assessment_type=type_,
                source_type=one.source.source_type,
                source_id=one.source.source_id or None,
                create_time=one.create_time,
                last_update_time=one.last_update_time,
                value_type=value_type,
                number=number,
                boolean=boolean,
                word=word,
                has_rationale=bytes(one.rationale) not in (b"", b'""', b"null"),
                has_error=value.error is not None or one.error is not None,
                run_id=one.metadata.get(_RUN),
                overrides=one.overrides or None,
                valid=one.valid,
            )


class AssessmentReader:
    """All assessments of all active experiments, name by name."""

    kind = ASSESSMENT

    def __init__(self, api: Api, metrics: TraceMetrics, experiments: Experiments) -> None:
        self._api = api
        self._metrics = metrics
        self._experiments = experiments
        self._listing = Listing("traces/search", "traces", _Trace, api=API_3)

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        expected = found = 0
        for some in batches(self._experiments.active(call), EXPERIMENTS_PER_QUERY):
            for type_ in TYPES:
                counts = self._metrics.counts(
                    call,
                    "ASSESSMENTS",
                    some,
                    by="assessment_name",
                    filters=[f"assessment.type = '{type_}'"],
                )
                for name, count in counts.items():
                    expected += count
                    for read in self._named(call, some, name, type_):
                        if isinstance(read, Skip):
                            expected -= count
                            yield read
                        else:
                            found += sum(one.valid is not False for one in read)
                            yield Page(records=read)
        yield Page(records=[])
        yield Check(
            method="as many valid assessments as the server counts",
            expected=f"{expected} assessments",
            found=f"{found} assessments",
            ok=found >= expected,
            note="" if found == expected else "assessments were made or deleted meanwhile",
        )

    def _named(
        self, call: Call, experiments: Sequence[str], name: str, type_: Type
    ) -> Iterator[list[Assessment] | Skip]:
        quote = '"' if "`" in name else "`"
        search = {
            "locations": [
                {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": one}}
                for one in experiments
            ],
            "filter": f"{type_}.{quote}{name}{quote} IS NOT NULL",
            "max_results": TRACES_PER_PAGE,
            "order_by": ["timestamp ASC"],
        }
        shown = {"filter": scrub(str(search["filter"])), "max_results": TRACES_PER_PAGE}
        try:
            for traces in self._listing.post(call, self._api.post, search, **shown):
                yield [one for trace in traces for one in trace.named(name, type_)]
        except UnexpectedAnswer as error:  # MLflow has no way to quote some characters
            yield Skip(
                what=f"assessments named {scrub(name, limit=100)}",
                problem=error.problem,
                remedy="give scorers and feedback names of letters, digits, _ and -",
            )


def _plain(raw: bytes) -> tuple[str | None, Decimal | None, bool | None, str | None]:
    """Type, number, boolean and word of a JSON value; words only of MLflow's own three."""
    match raw[:1]:
        case b"" | b"n":
            return None, None, None, None
        case b"t" | b"f":
            return "boolean", None, raw == b"true", None
        case b'"':
            return "string", None, None, _WORDS.get(raw[1:-1].strip().lower())
        case b"[":
            return "list", None, None, None
        case b"{":
            return "object", None, None, None
    return "number", msgspec.json.decode(raw, type=Decimal), None, None
