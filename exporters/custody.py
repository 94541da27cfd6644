"""Who had a bundle, when: every step is a leaf of the ledger's log, and stays there."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from ..ledger import LeafInfo, Ledger
from .encryption import Encrypted
from .errors import BundleError
from .facts import rfc3339
from .verify import CannotTry, verify_bundle

EVENTS = ("downloaded", "handed", "received", "viewed", "returned", "destroyed")
"""What a person can record; ``exported`` and ``encrypted`` are recorded by annexa itself."""
_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Held:
    """A file that is known to be a bundle of this ledger."""

    bundle_sha256: str
    file_sha256: str
    """Of the file in hand: the zip, or the encrypted one; empty for an unpacked folder."""


@dataclass(frozen=True, kw_only=True)
class Step:
    leaf: int
    sealed_at: datetime
    event: str
    bundle_sha256: str
    file_sha256: str = ""
    happened_at: str = ""
    """As it was told; empty: when it was sealed."""
    to: str = ""
    by: str = ""
    note: str = ""


def identify(ledger: Ledger, file: Path) -> Held:
    """Which bundle ``file`` is: one that verifies and was exported here, or an encrypted one.

    Raises:
        BundleError: It is none that this ledger knows.
    """
    sha256 = _digest(file) if file.is_file() else ""
    for step in steps(ledger):
        if step.event == "encrypted" and sha256 and step.file_sha256 == sha256:
            return Held(bundle_sha256=step.bundle_sha256, file_sha256=sha256)
    try:
        report = verify_bundle(file)
    except CannotTry:
        report = None
    if report is None or not report.ok:
        raise BundleError(
            str(file), "is no bundle that verifies", remedy="see `annexa verify FILE`"
        )
    digest = str(report.statement["subject"][0]["digest"]["sha256"])
    if all(step.bundle_sha256 != digest for step in steps(ledger)):
        raise BundleError(
            str(file), "was not exported from this ledger", remedy="use the ledger that it is from"
        )
    return Held(bundle_sha256=digest, file_sha256=sha256)


def record(
    ledger: Ledger,
    held: Held,
    event: str,
    *,
    to: str,
    by: str,
    happened_at: datetime | None,
    note: str,
) -> int:
    """Seal a step; the index of its leaf."""
    body: dict[str, object] = {
        "event": event,
        "bundle_sha256": held.bundle_sha256,
        "file_sha256": held.file_sha256,
        "to": to,
        "by": by,
        "note": note,
    }
    if happened_at is not None:
        body["happened_at"] = rfc3339(happened_at)
    return ledger.append("custody", body)


def record_encrypted(ledger: Ledger, bundle_sha256: str, encrypted: Encrypted) -> int:
    """Seal that an encrypted copy was made, for whom and under which hash."""
    held = Held(bundle_sha256=bundle_sha256, file_sha256=encrypted.sha256)
    return record(
        ledger, held, "encrypted", to=encrypted.recipient, by="", happened_at=None, note=""
    )


def steps(ledger: Ledger, bundle_sha256: str | None = None) -> Iterator[Step]:
    """All of them, or those of one bundle, in the order in which they were sealed."""
    for leaf in ledger.log.of_type("export", "custody"):
        step = _step(leaf)
        if bundle_sha256 in (None, step.bundle_sha256):
            yield step


def _step(leaf: LeafInfo) -> Step:
    said = msgspec.json.decode(leaf.body, type=dict[str, Any])
    names = ("file_sha256", "happened_at", "to", "by", "note")
    return Step(
        leaf=leaf.index,
        sealed_at=leaf.at,
        event="exported" if leaf.type == "export" else str(said["event"]),
        bundle_sha256=str(said["bundle_sha256"]),
        **{name: str(said.get(name, "")) for name in names},
    )


def _digest(file: Path) -> str:
    total = hashlib.sha256()
    with file.open("rb") as opened:
        for chunk in iter(lambda: opened.read(_CHUNK), b""):
            total.update(chunk)
    return total.hexdigest()
