"""Down to the bytes: a subject's versions, and where one record is committed to."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from .config import format_utc
from .errors import NotFound
from .subject import Subject

if TYPE_CHECKING:
    from ..collectors.receipt import Receipt
    from ..ledger import Ledger


def intervals(ledger: "Ledger", subject: Subject) -> list[dict[str, Any]]:
    """Every version of ``subject``, oldest first, with the fields that changed.

    Raises:
        NotFound: The ledger never saw it.
    """
    found = ledger.history(subject.source, subject.kind, subject.name)
    if not found:
        raise NotFound(
            str(subject), "the ledger never saw it", remedy="see `annexa explain RULE` for names"
        )
    told: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    for one in found:
        record = msgspec.json.decode(one.body)
        told.append(
            {
                "from": format_utc(one.opened_at),
                "until": format_utc(one.closed_at) if one.closed_at else None,
                "sha256": one.sha256.hex(),
                "run": one.opened_run,
                "closed_run": one.closed_run,
                "leaf": _leaf(ledger, one.opened_run),
                "changed": (
                    [f"content deleted under the policy in leaf {one.deleted_in}"]
                    if one.deleted_in
                    else _changed(before, record)
                    if before
                    else []
                ),
                "record": record,
            }
        )
        before = record
    return told


def proof_of(ledger: "Ledger", full_subject: str, at: datetime) -> dict[str, Any] | None:
    """The record of ``full_subject`` as of ``at``, its run, receipt and leaf.

    None for a subject that is no record of its own, such as a declared system or a name that
    a view made.
    """
    try:
        subject = Subject.parse(full_subject)
    except NotFound:
        return None
    record = ledger.record(subject.source, subject.kind, subject.name, at=at)
    if record is None:
        return None
    run = ledger.run(record.run)
    return {
        "subject": full_subject,
        "source": subject.source,
        "kind": subject.kind,
        "sha256": record.sha256.hex(),
        "observed_at": format_utc(record.observed_at),
        "run": record.run,
        "leaf": run.leaf if run else None,
        "receipt": _receipt(run.receipt, subject.kind) if run else None,
        "record": msgspec.json.decode(record.body),
    }


def _receipt(receipt: "Receipt", kind: str) -> str:
    """How the kind was read, in one sentence."""
    for one in receipt.kinds:
        if one.kind == kind:
            caller = f" as {receipt.identity.caller}" if receipt.identity else ""
            operations = ", ".join(sorted({trace.operation for trace in one.operations}))
            return (
                f"{one.verdict}: {one.items} items on {one.pages} pages{caller}"
                f"{' by ' + operations if operations else ''}, slot {format_utc(receipt.slot)}"
            )
    return "this run did not read the kind"


def _leaf(ledger: "Ledger", number: int) -> int | None:
    run = ledger.run(number)
    return run.leaf if run else None


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
