"""The head of every document."""

from collections.abc import Iterable, Sequence

from ..facts import moment, rfc3339
from .assessed import TOOL, Assessed
from .identifiers import VERSION
from .parts import PREPARED_BY, Json, prop, text
from .people import ROLES
from .stream import given

NOT_AN_AUDIT = (
    "Made by the organisation's own tool. It says what records, documents and attestations show "
    "about single statements; conclusions about the management system are the auditor's."
)


def metadata(
    assessed: Assessed,
    title: str,
    *,
    kind: str,
    more: Iterable[Json] = (),
    links: Sequence[Json] = (),
) -> Json:
    """Of a document about the organisation.

    Args:
        kind: Of the document; with the ledger, the pack and the period it is the name that stays
            the same when the document is written anew.
        more: Properties to add.
    """
    facts = assessed.facts
    origin = facts.checkpoint.partition("\n")[0]
    properties = [
        prop("period-start", rfc3339(facts.period.start)),
        prop("period-end", rfc3339(facts.period.end)),
        prop("pack", f"{assessed.pack.id} {assessed.pack.version}"),
        prop("pack-sha256", assessed.pack.digest),
        prop("results-sha256", facts.evaluation.results_sha256),
        *more,
    ]
    fields = {
        "title": text(f"{title}: {facts.organisation.name}, {facts.period.label}"),
        "last-modified": rfc3339(facts.at),
        "version": f"as of {moment(facts.at)}",
        "oscal-version": VERSION,
        "document-ids": [
            {"identifier": text(f"{origin} {assessed.pack.id} {facts.period.label} {kind}")}
        ],
        "props": properties,
        "links": list(links),
        "roles": [{"id": role, "title": title} for role, title in ROLES.items()],
        "parties": assessed.people.parties(),
        "responsible-parties": [
            {"role-id": PREPARED_BY, "party-uuids": [assessed.people.organisation]}
        ],
        "remarks": f"{NOT_AN_AUDIT} Written by {TOOL}.",
    }
    return given(fields)
