"""Rules of AWS Config and what it says of them."""

from collections.abc import Iterator

import msgspec

from ...contract import Call, Check, Kind, Page, Record, Skip
from ..api import Api
from ..listing import Listing


class ConfigRule(Record):
    """config:DescribeConfigRules, DescribeComplianceByConfigRule."""

    name: str
    arn: str
    owner: str | None = None
    source: str | None = None
    """Name of AWS's own rule, or ARN of the function."""
    state: str | None = None
    resource_types: list[str] = []
    outcome: str | None = None
    """``pass``, ``fail``, ``not-applicable``, ``inconclusive``: what AWS Config says of it."""
    failing_resources: int | None = None
    """At least so many: AWS counts to 25."""


CONFIG_RULE = Kind(
    name="aws.config_rule",
    record=ConfigRule,
    subject=lambda r: r.name,
    permission="config:DescribeConfigRules, config:DescribeComplianceByConfigRule",
    cross_check="the two operations name the same rules",
)


class _Scope(msgspec.Struct):
    types: list[str] = msgspec.field(name="ComplianceResourceTypes", default_factory=list)


class _Source(msgspec.Struct, rename="pascal"):
    owner: str | None = None
    source_identifier: str | None = None


class _Rule(msgspec.Struct, rename="pascal"):
    config_rule_name: str
    config_rule_arn: str
    config_rule_state: str | None = None
    scope: _Scope = msgspec.field(default_factory=_Scope)
    source: _Source = msgspec.field(default_factory=_Source)


class _Count(msgspec.Struct, rename="pascal"):
    capped_count: int | None = None


class _Judgement(msgspec.Struct):
    type: str | None = msgspec.field(name="ComplianceType", default=None)
    failing: _Count = msgspec.field(name="ComplianceContributorCount", default_factory=_Count)


class _Judged(msgspec.Struct):
    name: str = msgspec.field(name="ConfigRuleName")
    judgement: _Judgement = msgspec.field(name="Compliance", default_factory=_Judgement)


_RULES = Listing(
    operation="config:DescribeConfigRules",
    items="ConfigRules",
    item=_Rule,
    name=lambda rule: rule.config_rule_name,
    is_paged=False,  # it has pages, and no parameter for their size
)
_JUDGED = Listing(
    operation="config:DescribeComplianceByConfigRule",
    items="ComplianceByConfigRules",
    item=_Judged,
    name=lambda judged: judged.name,
    is_paged=False,
)
_OUTCOMES = {
    "COMPLIANT": "pass",
    "NON_COMPLIANT": "fail",
    "NOT_APPLICABLE": "not-applicable",
    "INSUFFICIENT_DATA": "inconclusive",
}


class ConfigRuleReader:
    """A thousand rules at most, so what AWS Config says of them is kept meanwhile."""

    kind = CONFIG_RULE

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        judged: dict[str, _Judgement] = {}
        for answers in _JUDGED.pages(self._api, call, {}):
            judged.update({one.name: one.judgement for one in answers.items})
        names: set[str] = set()
        for page in _RULES.pages(self._api, call, {}):
            names.update(rule.config_rule_name for rule in page.items)
            yield Page(
                records=[_record(rule, judged.get(rule.config_rule_name)) for rule in page.items]
            )
        yield Check(
            method=f"{_JUDGED.operation} names the same rules",
            expected=f"{len(names)} rules",
            found=f"{len(judged)} rules" + ("" if names == judged.keys() else ", not the same"),
            ok=names == judged.keys(),
        )


def _record(rule: _Rule, judgement: _Judgement | None) -> ConfigRule:
    said = judgement or _Judgement()
    return ConfigRule(
        name=rule.config_rule_name,
        arn=rule.config_rule_arn,
        owner=rule.source.owner,
        source=rule.source.source_identifier,
        state=rule.config_rule_state,
        resource_types=sorted(rule.scope.types),
        outcome=_OUTCOMES.get(said.type or "", "inconclusive"),
        failing_resources=said.failing.capped_count,
    )
