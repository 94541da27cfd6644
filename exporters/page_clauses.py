"""The clauses of the management system on the bundle's page: where each stands, and why."""

from collections.abc import Iterator

from .facts import Facts
from .page_parts import chip, e, grid, link


def clauses(facts: Facts) -> Iterator[str]:
    """They are about the organisation, whatever the system, and not counted among the controls."""
    catalogue = facts.evaluation.pack.catalogue
    yield (
        "<p>Systems tell little about these; a document or a named person has to. What no rule "
        "looks at is for the auditor alone.</p>"
    )
    rows = (
        (
            link(f"data/04_clauses/{one.control}/summary.md", one.control)
            if one.rules
            else e(one.control),
            e(catalogue.title(one.control)),
            chip(one.state),
            e(one.reason),
        )
        for one in facts.evaluation.coverage.clauses
    )
    yield grid(("clause", "title", "state", "because"), rows, tight=(0, 2))
