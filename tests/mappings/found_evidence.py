"""What other tools found at the small company: nothing that is left as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from annexa.collectors.contract import Kind, Record
from annexa.collectors.findings import kinds

if TYPE_CHECKING:
    from .planting import Company

LATELY = datetime(2026, 11, 20, tzinfo=UTC)


def report(path: str, form: kinds.Format, about: str, at: datetime = LATELY) -> kinds.Report:
    return kinds.Report(
        path=path,
        sha256="00",
        size_bytes=1,
        format=form,
        modified_at=at,
        made_at=at,
        producer="a tool",
        about=[about],
    )


def finding(path: str, name: str, **more: object) -> kinds.Finding:
    fields = {"status": "fail", "severity": "low", "check": name, "title": f"Check {name}"} | more
    return kinds.Finding(report=path, id=name, **fields)  # type: ignore[arg-type]  # a test's own words


@dataclass
class FoundEvidence:
    """A test breaks one record."""

    reports: list[kinds.Report] = field(
        default_factory=lambda: [
            report("old.json", "ocsf", "1", datetime(2026, 9, 1, tzinfo=UTC)),
            report("scan.json", "ocsf", "1"),
            report("code.sarif", "sarif", "https://git.example/risk"),
            report("sbom.json", "cyclonedx", "scorer"),
        ]
    )
    findings: list[kinds.Finding] = field(
        default_factory=lambda: [
            finding("old.json", "bucket-open", severity="critical"),
            finding("scan.json", "bucket-open", severity="critical", status="pass"),
            finding("scan.json", "no-mfa"),
            finding("code.sarif", "unused"),
        ]
    )
    parts: list[kinds.Component] = field(
        default_factory=lambda: [
            kinds.Component(report="sbom.json", ref="0", name="scorer", described=True),
            kinds.Component(
                report="sbom.json",
                ref="1",
                name="numpy",
                version="2.1.0",
                purl="pkg:pypi/numpy@2.1.0",
                licences=["BSD-3-Clause"],
            ),
        ]
    )

    def records(self) -> list[tuple[Kind, Sequence[Record]]]:
        return [
            (kinds.REPORT, self.reports),
            (kinds.FINDING, self.findings),
            (kinds.COMPONENT, self.parts),
        ]


def neglected(company: "Company") -> None:
    """The newest scan is missing, so that the old one counts; code and bill are not in order."""
    del company.found.reports[1]
    company.found.findings[3].severity = "high"
    company.found.parts[1].version = None
    company.found.parts[1].licences = []


FOUND_FAULTS: dict[str, Callable[["Company"], None]] = dict.fromkeys(
    ("A.4.4-5", "A.4.4-6", "A.4.5-6", "A.4.5-7", "A.6.2.4-4"), neglected
)
