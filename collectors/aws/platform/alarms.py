"""Alarms of CloudWatch, on one metric or on other alarms."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from ...contract import Call, Check, Kind, Page, Record, Skip
from ..api import Api
from ..listing import Listing, Naming


class Dimension(Record):
    name: str
    value: str


class Alarm(Record):
    """cloudwatch:DescribeAlarms."""

    name: str
    arn: str
    is_composite: bool = False
    namespace: str | None = None
    metric: str | None = None
    dimensions: list[Dimension] = []
    statistic: str | None = None
    period_s: int | None = None
    threshold: Decimal | None = None
    comparison: str | None = None
    missing_data: str | None = None
    rule: str | None = None
    """Of a composite alarm."""
    state: str | None = None
    actions_enabled: bool | None = None
    actions: list[str] = []
    """ARNs of what happens when it goes off."""


ALARM = Kind(
    name="aws.alarm",
    record=Alarm,
    subject=lambda r: r.name,
    volatile=("StateReason", "StateReasonData", "StateUpdatedTimestamp"),
    permission="cloudwatch:DescribeAlarms",
    cross_check="none: CloudWatch has one order only",
)


class _Dimension(msgspec.Struct, rename="pascal"):
    name: str
    value: str


class _Listed(msgspec.Struct, rename="pascal"):
    alarm_name: str
    alarm_arn: str
    namespace: str | None = None
    metric_name: str | None = None
    dimensions: list[_Dimension] = []
    statistic: str | None = None
    extended_statistic: str | None = None
    period: int | None = None
    threshold: Decimal | None = None
    comparison_operator: str | None = None
    treat_missing_data: str | None = None
    alarm_rule: str | None = None
    state_value: str | None = None
    actions_enabled: bool | None = None
    alarm_actions: list[str] = []


_NAMING = Naming(resume="NextToken", next="NextToken", size="MaxRecords", by="", order="")
_LISTS = tuple(
    Listing(
        operation="cloudwatch:DescribeAlarms",
        items=f"{form}Alarms",
        item=_Listed,
        name=lambda alarm: alarm.alarm_name,
        naming=_NAMING,
        parameters={"AlarmTypes": [f"{form}Alarm"]},
    )
    for form in ("Metric", "Composite")
)


class AlarmReader:
    kind = ALARM

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        for listing in _LISTS:
            for page in listing.pages(self._api, call, {}):
                yield Page(records=[_record(found) for found in page.items])


def _record(found: _Listed) -> Alarm:
    return Alarm(
        name=found.alarm_name,
        arn=found.alarm_arn,
        is_composite=found.alarm_rule is not None,
        namespace=found.namespace,
        metric=found.metric_name,
        dimensions=[Dimension(name=one.name, value=one.value) for one in found.dimensions],
        statistic=found.statistic or found.extended_statistic,
        period_s=found.period,
        threshold=found.threshold,
        comparison=found.comparison_operator,
        missing_data=found.treat_missing_data,
        rule=found.alarm_rule,
        state=found.state_value,
        actions_enabled=found.actions_enabled,
        actions=found.alarm_actions,
    )
