"""Where something comes from, as plain data: the hops, what proves each, and what is missing."""

import dataclasses
from typing import TYPE_CHECKING, Any

from .errors import NotFound
from .evidence import proof_of
from .subject import Subject

if TYPE_CHECKING:
    from ..ledger import Ledger
    from ..mappings.evaluation import Evaluation
    from ..mappings.lineage import Hop, Trace

Body = dict[str, Any]

TELLING = (
    "mlflow.run",
    "openlineage.event",
    "aws.training_job",
    "aws.lineage_association",
    "aws.bucket",
    "aws.object_version",
)
"""Kinds that lineage is made of: how they were read says what may be missing."""


def provenance(
    what: str, evaluation: "Evaluation", ledger: "Ledger", *, nodes: int, width: int
) -> Body:
    """The lineage of a subject or of a place of data, such as ``s3://loans/2026``.

    Raises:
        NotFound: The ledger never saw it, and no lineage names it.
    """
    from ..mappings.lineage import trace

    root = _place(what, evaluation)
    found = trace(evaluation, root, nodes=nodes, width=width)
    if not (found.nodes[root].hops or found.used_by):
        _insist_it_exists(what, ledger, evaluation)
    proofs: dict[str, Body | None] = {}

    def told(hop: "Hop") -> Body:
        if hop.subject not in proofs:
            proofs[hop.subject] = _evidence(ledger, hop, evaluation)
        return dataclasses.asdict(hop) | {"evidence": proofs[hop.subject]}

    return {
        "about": root,
        "type": found.nodes[root].type or _type_of(root),
        "at": evaluation.at,
        "counts": found.counts,
        "used_by": [told(hop) for hop in found.used_by],
        "more_used_by": found.more_used_by,
        "nodes": [
            dataclasses.asdict(node) | {"hops": [told(hop) for hop in node.hops]}
            for node in found.nodes.values()
        ],
        "limits": {"nodes": nodes, "width": width, "reached": _is_cut(found)},
        "told_by": _told_by(evaluation),
    }


def _place(what: str, evaluation: "Evaluation") -> str:
    """A subject as it is; a place as the views write it."""
    try:
        Subject.parse(what)
    except NotFound:
        return str(next(evaluation.fetch("select coalesce(place_of($1), $1)", [what]))[0])
    is_place = "://" in what
    return str(next(evaluation.fetch("select place_of($1)", [what]))[0]) if is_place else what


def _insist_it_exists(what: str, ledger: "Ledger", evaluation: "Evaluation") -> None:
    subject = Subject.parse(what)
    if ledger.record(subject.source, subject.kind, subject.name, at=evaluation.at) is None:
        raise NotFound(
            what,
            "the ledger does not hold it, and no lineage names it",
            remedy="see `annexa explain A.7.5-1` for names",
        )


def _evidence(ledger: "Ledger", hop: "Hop", evaluation: "Evaluation") -> Body | None:
    proof = proof_of(ledger, hop.subject, evaluation.at)
    if proof is None:
        return None
    kept = ("subject", "source", "kind", "sha256", "observed_at", "run", "leaf", "receipt")
    return {key: proof[key] for key in kept}


def _type_of(root: str) -> str | None:
    return Subject.parse(root).kind.partition(".")[2].replace("_", " ") if ":" in root else None


def _is_cut(found: "Trace") -> bool:
    return any(node.is_cut or node.more for node in found.nodes.values()) or bool(
        found.more_used_by
    )


def _told_by(evaluation: "Evaluation") -> list[Body]:
    """Each kind that tells of lineage, with every source that was to give it; one without a
    source is named, too."""
    told: list[Body] = []
    for kind in TELLING:
        states = [state for state in evaluation.sources if state.kind == kind]
        told += [
            {
                "kind": kind,
                "source": state.source,
                "verdict": state.verdict,
                "problem": state.problem,
                "remedy": state.remedy,
            }
            for state in states
        ]
        if not states:
            told.append({"kind": kind, "source": None, "verdict": None})
    return told
