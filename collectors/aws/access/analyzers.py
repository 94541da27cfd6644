"""IAM Access Analyzer: which analyzers there are, and who from outside can reach what.

An account without an analyzer has no findings and no evidence either: so both are kinds.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from ...contract import Call, Check, Kind, Page, Record, Skip
from ...errors import CollectionError
from ..api import Api
from ..errors import Gone
from ..listing import CAMEL, Listing, skip_of
from ..table import Details, Table


class AccessAnalyzer(Record):
    """accessanalyzer:ListAnalyzers."""

    arn: str
    name: str
    type: str | None = None
    """Whose access it looks for, and for how many accounts: ``ORGANIZATION_UNUSED_ACCESS``."""
    status: str | None = None
    created_at: datetime | None = None


class AccessFinding(Record):
    """accessanalyzer:ListFindingsV2."""

    id: str
    analyzer_arn: str
    type: str | None = None
    status: str | None = None
    resource: str | None = None
    resource_type: str | None = None
    resource_owner: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    error: str | None = None
    """Why the analyzer could not look at the resource."""


ACCESS_ANALYZER = Kind(
    name="aws.access_analyzer",
    record=AccessAnalyzer,
    subject=lambda r: r.arn,
    volatile=("lastResourceAnalyzedAt", "lastResourceAnalyzed"),
    permission="access-analyzer:ListAnalyzers",
    cross_check="none: Access Analyzer has one order only",
)
ACCESS_FINDING = Kind(
    name="aws.access_finding",
    record=AccessFinding,
    subject=lambda r: r.id,
    volatile=("analyzedAt",),
    permission="access-analyzer:ListAnalyzers, access-analyzer:ListFindings",
    cross_check="none: Access Analyzer has one order only",
)


class _Analyzer(msgspec.Struct, rename="camel"):
    arn: str
    name: str
    type: str | None = None
    status: str | None = None
    created_at: datetime | None = None


class _Finding(msgspec.Struct, rename="camel"):
    id: str
    finding_type: str | None = None
    status: str | None = None
    resource: str | None = None
    resource_type: str | None = None
    resource_owner_account: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    error: str | None = None


def _analyzer(details: Details, listed: _Analyzer) -> AccessAnalyzer:
    return AccessAnalyzer(
        arn=listed.arn,
        name=listed.name,
        type=listed.type,
        status=listed.status,
        created_at=listed.created_at,
    )


_ANALYZERS = Listing(
    operation="accessanalyzer:ListAnalyzers",
    items="analyzers",
    item=_Analyzer,
    name=lambda analyzer: analyzer.arn,
    naming=CAMEL,
)
_FINDINGS = Listing(
    operation="accessanalyzer:ListFindingsV2",
    items="findings",
    item=_Finding,
    name=lambda finding: finding.id,
    naming=CAMEL,
)
ACCESS_ANALYZERS = Table(
    kind=ACCESS_ANALYZER, what="analyzer", listing=_ANALYZERS, record=_analyzer
)


class AccessFindingReader:
    """Findings of every analyzer, archived and resolved ones too."""

    kind = ACCESS_FINDING

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        for analyzers in _ANALYZERS.pages(self._api, call, {}):
            for analyzer in analyzers.items:
                try:
                    for page in _FINDINGS.pages(self._api, call, {"analyzerArn": analyzer.arn}):
                        yield Page(records=[_finding(analyzer.arn, one) for one in page.items])
                except Gone:
                    continue
                except CollectionError as error:
                    yield skip_of(f"findings of {analyzer.arn}", error)
        yield Page(records=[])


def _finding(analyzer_arn: str, found: _Finding) -> AccessFinding:
    return AccessFinding(
        id=found.id,
        analyzer_arn=analyzer_arn,
        type=found.finding_type,
        status=found.status,
        resource=found.resource,
        resource_type=found.resource_type,
        resource_owner=found.resource_owner_account,
        created_at=found.created_at,
        updated_at=found.updated_at,
        error=found.error,
    )
