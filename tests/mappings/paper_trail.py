"""The documents of the planted company and all that a host knows of them, without any fault."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from annexa.collectors.contract import Kind, Record
from annexa.collectors.documents import kinds as documents
from annexa.mappings.pack import load_pack

CATALOGUE = load_pack().catalogue
HEAD = "c" * 40
SECTIONS = """
Scope; Outside the scope; Principles; Policies compared; Conflicts and decisions; Who decides;
Deputies; How to raise a concern; Protection; Skills; Training; Use and human oversight; Measures;
Owners; When; Method and criteria; Stages; Release; Architecture; Training and test data; Privacy;
Source; Licence; Quality; Limits; Labelling; Acceptable use; Wrong answers; Data; Tools and base
models; Computers; People; Deadlines; Exercise; Duties; Parties and activities; Needs; Promises;
Risks; What remains; Plan; Changes; Results; Effect; Evaluation; Auditors; Decisions; Inputs; Cause;
Corrections; A bureau; Acme GmbH
"""


def _at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def document(name: str, **more: Any) -> documents.Document:
    fields: dict[str, Any] = {
        "path": f"{name}.md",
        "sha256": "00",
        "size_bytes": 1,
        "id": name,
        "type": name,
        "owner": "dora@nordlicht.example",
        "version": "1",
        "approved_by": "ceo@nordlicht.example",
        "approver_role": "managing director",
        "approved_at": "2026-05-01",
        "review_by": "2027-05-01",
        "commit": documents.Commit(
            id=HEAD, author="dora@nordlicht.example", committed_at=_at("2026-04-01")
        ),
    }
    return documents.Document(**(fields | more))


def papers() -> dict[str, documents.Document]:
    every = [control.id for control in CATALOGUE.controls]
    clauses = [clause.id for clause in CATALOGUE.clauses if clause.documented]
    sections = [" ".join(section.split()) for section in SECTIONS.split(";")]
    mine = {"systems": ["credit-risk"]}
    found = [
        document("policy", controls=["A.2.2"], headings=["Scope", "Principles"]),
        document("handbook", type="procedure", controls=[*every, *clauses], headings=sections),
        document(
            "impact-assessment", headings=["Individuals and groups", "Society", "Measures"], **mine
        ),
        document("specification", **mine),
        document("user-information", headings=["This is AI", "How to object"], **mine),
        document(
            "model-card",
            approved_at="2026-05-09",
            headings=["Intended use", "Limits", "Contact"],
            **mine,
        ),
        document("audit-report", controls=["9.2.2"]),
        document("management-review", controls=["9.3.3"]),
        document("night-change", type="emergency-change", approved_at="2026-10-04", **mine),
    ]
    return {paper.id: paper for paper in found}


def statement() -> dict[str, documents.SoaEntry]:
    return {
        control.id: documents.SoaEntry(
            control=control.id,
            path="soa.yaml",
            applicable=True,
            justification="risks and duties of the register",
            approved_by="ceo@nordlicht.example",
            approved_at="2026-05-01",
        )
        for control in CATALOGUE.controls
    }


def _merge() -> documents.Merge:
    review = documents.Approval(by="ceo", state="approved", at=_at("2026-05-01"))
    return documents.Merge(
        host="github",
        repository="nordlicht/documents",
        number=1,
        branch="main",
        merged_at=_at("2026-05-02"),
        author="dora",
        authors=["dora@nordlicht.example"],
        commits=[HEAD],
        reviews=[review],
    )


def _protection() -> documents.BranchProtection:
    return documents.BranchProtection(
        host="github",
        repository="nordlicht/documents",
        branch="main",
        head=HEAD,
        protected=True,
        review_required=True,
        enforce_admins=True,
        may_bypass=[],
    )


@dataclass
class PaperTrail:
    """What stands around the documents. None: there is no host, or no list."""

    place: documents.Place = field(
        default_factory=lambda: documents.Place(
            place="git", branch="main", head=HEAD, keeps_versions=True, whole_history=True
        )
    )
    protection: documents.BranchProtection | None = field(default_factory=_protection)
    approver: documents.Approver | None = field(
        default_factory=lambda: documents.Approver(
            who="ceo@nordlicht.example",
            path="approvers.yaml",
            names=["ceo@nordlicht.example", "ceo"],
            valid_from="2026-01-01",
        )
    )
    merge: documents.Merge = field(default_factory=_merge)
    push: documents.Push = field(
        default_factory=lambda: documents.Push(
            id="1",
            branch="main",
            at=_at("2026-05-02"),
            how="merge",
            seen_by="github",
            after=HEAD,
            commits=[HEAD],
        )
    )
    published: documents.PublishedCopy = field(
        default_factory=lambda: documents.PublishedCopy(
            document="policy", location="https://nordlicht.example/policy", found=True, sha256="00"
        )
    )
    reviews: list[documents.ReviewRecord] = field(default_factory=list)

    def records(self, papers: Sequence[documents.Document]) -> list[tuple[Kind, Sequence[Record]]]:
        versions = [
            documents.Version(
                path=paper.path, id=HEAD, is_current=True, is_deletion=False, sha256=paper.sha256
            )
            for paper in papers
        ]
        return [
            (documents.DOCUMENT, papers),
            (documents.VERSION, versions),
            (documents.APPROVER, [self.approver] if self.approver else []),
            (documents.PLACE, [self.place]),
            (documents.BRANCH_PROTECTION, [self.protection] if self.protection else []),
            (documents.MERGE, [self.merge]),
            (documents.PUSH, [self.push]),
            (documents.PUBLISHED_COPY, [self.published]),
            (documents.REVIEW, self.reviews),
        ]
