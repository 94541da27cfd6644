"""What is wrong with a company's documents, by the rule that has to notice it."""

from collections.abc import Callable

from annexa.mappings.pack import load_pack

from .planting import Company


def empty_handbook(company: Company) -> None:
    """What names the controls says nothing on any of them."""
    for name in ("handbook", "policy"):
        company.papers[name].headings = ["Preface"]


def unprotected(company: Company) -> None:
    trail = company.paper_trail
    assert trail.protection is not None
    trail.protection.protected = trail.protection.review_required = False


def approved_by_a_stranger(company: Company) -> None:
    company.papers["handbook"].approved_by = "eve@nordlicht.example"


def left_alone(company: Company) -> None:
    company.papers["handbook"].review_by = None
    company.papers["handbook"].approved_at = "2025-10-01"


def pushed_past_review(company: Company) -> None:
    company.paper_trail.push.how = "push"
    company.paper_trail.push.commits = ["d" * 40]


def published_otherwise(company: Company) -> None:
    company.paper_trail.published.sha256 = "ff"


def overwritten(company: Company) -> None:
    company.paper_trail.place.keeps_versions = False


def nobodys(company: Company) -> None:
    company.papers["handbook"].owner = None


def approved_low(company: Company) -> None:
    company.papers["policy"].approver_role = "team lead"


def old_register(company: Company) -> None:
    company.papers["handbook"].approved_at = "2025-08-01"


def old_assessment(company: Company) -> None:
    company.papers["impact-assessment"].approved_at = "2025-08-01"


def nothing_but_a_title(company: Company) -> None:
    for name in ("impact-assessment", "model-card", "user-information"):
        company.papers[name].headings = ["Scope"]


def late_specification(company: Company) -> None:
    company.papers["specification"].approved_at = "2026-05-20"


def no_role(company: Company) -> None:
    company.systems[0].role = " "


def for_another_system(company: Company) -> None:
    company.papers["handbook"].systems = ["another"]
    company.papers["handbook"].controls = ["A.10.2"]


def late_suppliers(company: Company) -> None:
    company.papers["handbook"].approved_at = "2026-06-01"


def unknown_supplier(company: Company) -> None:
    company.systems[0].third_parties = ["a bureau", "Sprachwerk"]


def no_audit_this_year(company: Company) -> None:
    for name in ("audit-report", "management-review"):
        company.papers[name].approved_at = "2025-08-01"


DOCUMENT_FAULTS: dict[str, Callable[[Company], None]] = {
    **{rule.id: empty_handbook for rule in load_pack().rules if rule.population == "backing"},
    "DOC-1": unprotected,
    "DOC-2": approved_by_a_stranger,
    "DOC-3": left_alone,
    "DOC-4": pushed_past_review,
    "DOC-5": published_otherwise,
    "DOC-6": overwritten,
    "7.5.2-D1": nobodys,
    "9.2.2-D2": no_audit_this_year,
    "9.3.3-D2": no_audit_this_year,
    "A.2.2-D2": approved_low,
    "A.4.2-D2": old_register,
    "A.5.3-D1": old_assessment,
    "A.5.4-D1": nothing_but_a_title,
    "A.5.5-D1": nothing_but_a_title,
    "A.6.2.2-D1": late_specification,
    "A.6.2.7-D1": nothing_but_a_title,
    "A.8.2-D1": nothing_but_a_title,
    "A.8.5-D2": no_role,
    "A.10.2-D2": for_another_system,
    "A.10.3-D1": late_suppliers,
    "A.10.3-D2": unknown_supplier,
}
