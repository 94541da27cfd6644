"""Results of Glue's data quality rules: which passed and which did not, never the data."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

from ...contract import Call, Check, Kind, Page, Record, Skip
from ..api import Answer, Api
from ..listing import Listing
from ..parts import Look, fan_out
from ..table import Details, Vanished


class RuleResult(Record):
    name: str
    result: str | None = None


class DataQualityResult(Record):
    """glue:ListDataQualityResults, GetDataQualityResult; of the rules' texts and values nothing."""

    result_id: str
    started_at: datetime
    completed_at: datetime | None = None
    ruleset: str | None = None
    database: str | None = None
    table: str | None = None
    job: str | None = None
    score: Decimal | None = None
    """Share of the rules that passed, 0 to 1."""
    rules_passed: int = 0
    rules_failed: int = 0
    """With those that ended in an error."""
    rules: list[RuleResult] = []


DATA_QUALITY_RESULT = Kind(
    name="aws.data_quality_result",
    record=DataQualityResult,
    subject=lambda r: r.result_id,
    mode="event",
    happened_at=lambda r: r.completed_at or r.started_at,
    permission="glue:ListDataQualityResults, glue:GetDataQualityResult",
    cross_check="none: windows overlap by a day",
)


OVERLAP = timedelta(days=1)  # an evaluation takes hours at most


class Cursor(msgspec.Struct):
    """What began before ``end`` was read, but for what was still running."""

    end: datetime


class _Listed(msgspec.Struct, rename="pascal"):
    result_id: str


class _Table(msgspec.Struct, rename="pascal"):
    database_name: str | None = None
    table_name: str | None = None


class _Source(msgspec.Struct, rename="pascal"):
    glue_table: _Table | None = None
    data_quality_glue_table: _Table | None = None


class _Rule(msgspec.Struct, rename="pascal"):
    name: str
    result: str | None = None


class _Described(Answer, kw_only=True):
    result_id: str
    started_on: datetime | None = None
    completed_on: datetime | None = None
    ruleset_name: str | None = None
    job_name: str | None = None
    score: Decimal | None = None
    data_source: _Source = msgspec.field(default_factory=_Source)
    rule_results: list[_Rule] = []


_RESULTS = Listing(
    operation="glue:ListDataQualityResults",
    items="Results",
    item=_Listed,
    name=lambda result: result.result_id,
)


class DataQualityReader:
    kind = DATA_QUALITY_RESULT

    def __init__(self, api: Api, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._clock = clock

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        end = self._clock().astimezone(UTC).replace(microsecond=0)
        last = _end_of(since)
        window = {"Filter": {"StartedAfter": last - OVERLAP}} if last else {}

        def listed() -> Iterator[str]:
            for page in _RESULTS.pages(self._api, call, window):
                yield from (found.result_id for found in page.items)

        def look(result_id: str) -> Look:
            details = Details(self._api, call, "data quality result", result_id)
            try:
                return Look(_record(details, result_id), details.parts)
            except Vanished:
                return Look(None, details.parts)

        is_whole = True
        for answer in fan_out(call, listed(), look, threads=self._api.settings.threads):
            is_whole = is_whole and isinstance(answer, Page)
            yield answer
        if is_whole:  # what could not be read now is read again the next time
            yield Page(records=[], cursor=msgspec.json.encode(Cursor(end=end)).decode())


def _record(details: Details, result_id: str) -> DataQualityResult | None:
    found = details.main("glue:GetDataQualityResult", _Described, {"ResultId": result_id})
    if found is None or found.started_on is None:
        return None
    table = found.data_source.data_quality_glue_table or found.data_source.glue_table or _Table()
    passed = sum(rule.result == "PASS" for rule in found.rule_results)
    return DataQualityResult(
        result_id=result_id,
        started_at=found.started_on,
        completed_at=found.completed_on,
        ruleset=found.ruleset_name,
        database=table.database_name,
        table=table.table_name,
        job=found.job_name,
        score=found.score,
        rules_passed=passed,
        rules_failed=len(found.rule_results) - passed,
        rules=[RuleResult(name=rule.name, result=rule.result) for rule in found.rule_results],
    )


def _end_of(cursor: str | None) -> datetime | None:
    """None: read everything that there is, which harms nothing: events are unique."""
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(cursor, type=Cursor).end.astimezone(UTC)
    except (msgspec.MsgspecError, ValueError):
        return None
