"""Makes, checks and keeps attestations: signed statements of named people.

An attestation is one record of the source ``annexa/attestations``, committed as a run: the run's
leaf commits to it, and rules read it like any other evidence. Nothing is changed afterwards; a
correction is another attestation that names the one before.
"""

import getpass
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from .. import AnnexaError, __version__
from ..collectors import allowed_signers, attestations, canonical, ssh_signature
from ..collectors.allowed_signers import AllowedSigners
from ..collectors.attestations import ATTESTATION, SOURCE, Attestation, Statement
from ..collectors.contract import Identity, Row
from ..collectors.receipt import KindReceipt, Receipt
from ..collectors.redaction import schema_sha256
from .errors import NotFound

if TYPE_CHECKING:
    from ..ledger.store import Ledger

State = Literal["valid", "expired", "superseded", "withdrawn"]

OLDEST = timedelta(days=30)
"""How long a prepared text may wait for its signature."""
_AHEAD = timedelta(minutes=5)  # of another machine's clock
_ATTEMPTS = 5


class AttestationRefused(AnnexaError):
    """A statement, its signature or its key cannot be taken; nothing was recorded."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A signature over a text."""

    text: bytes
    signature: bytes
    made: Literal["here", "elsewhere"]


def record(
    ledger: "Ledger",
    signed: Signed,
    *,
    signers: AllowedSigners | None,
    clock: Callable[[], datetime],
) -> tuple[Attestation, int]:
    """Check a signed statement and commit it; the attestation and its leaf.

    Raises:
        AttestationRefused: The signature does not hold, or the key may not sign for this person.
        NotFound: It corrects or withdraws an attestation that is not there.
        LedgerError: The ledger took it not.
    """
    from ..ledger.errors import SlotTaken

    found = _checked(signed, signers, clock())
    for attempt in range(_ATTEMPTS):
        slot = clock()
        try:
            with ledger.begin(SOURCE, slot) as run:
                known = {one.id: one for one in kept(ledger)}
                _check_against(found, known)
                rows = [_row(one) for one in (*known.values(), found)]
                run.add(ATTESTATION, rows)
                summary = run.commit(_receipt(slot, len(rows), clock()))
            return found, summary.leaf
        except SlotTaken:  # somebody else attested at the same time
            if attempt + 1 == _ATTEMPTS:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def kept(ledger: "Ledger") -> Iterator[Attestation]:
    """All attestations on record."""
    for stored in ledger.snapshot().records(ATTESTATION.name):
        yield msgspec.json.decode(stored.body, type=Attestation)


def states(found: list[Attestation], now: datetime) -> dict[str, State]:
    """Id -> where each stands; what was withdrawn can no longer expire."""
    withdrawn = {one.withdraws for one in found}
    replaced = {one.supersedes for one in found}
    return {
        one.id: "withdrawn"
        if one.id in withdrawn
        else "superseded"
        if one.id in replaced
        else "expired"
        if one.expires_at <= now
        else "valid"
        for one in found
    }


def holds(one: Attestation) -> bool:
    """Does the signature on record still fit the text on record, and the text the fields?"""
    try:
        text = one.signed_text.encode()
        statement = attestations.parse(text)
        signature = ssh_signature.parse(one.signature.encode())
    except ValueError:
        return False
    same = all(getattr(one, name) == getattr(statement, name) for name in _FIELDS)
    is_good = ssh_signature.is_valid(signature, text, namespace=attestations.NAMESPACE.encode())
    return same and is_good and one.id == attestations.id_of(text)


_FIELDS = tuple(name for name in Statement.__struct_fields__ if name != "type")


def hashed(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file of any size.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return digest.hexdigest(), file.tell()


def read_signers(path: Path) -> AllowedSigners:
    """The list of allowed signers.

    Raises:
        AttestationRefused: It cannot be read as one.
    """
    try:
        return allowed_signers.parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    except (UnicodeDecodeError, allowed_signers.BadSigners) as error:
        problem = str(error) if isinstance(error, allowed_signers.BadSigners) else "is not text"
    raise AttestationRefused(str(path), problem, remedy="see `man ssh-keygen`, ALLOWED SIGNERS")


def _checked(signed: Signed, signers: AllowedSigners | None, now: datetime) -> Attestation:
    where = "attest"
    try:
        statement = attestations.parse(signed.text)
        signature = ssh_signature.parse(signed.signature)
    except ValueError as error:
        raise AttestationRefused(where, str(error), remedy="prepare and sign it anew") from error
    if not now - OLDEST <= statement.stated_at <= now + _AHEAD:
        raise AttestationRefused(
            where,
            f"the text was prepared at {statement.stated_at:%Y-%m-%d %H:%M} UTC",
            remedy=f"sign within {OLDEST.days} days, on a machine with the right time",
        )
    if statement.expires_at <= now:
        raise AttestationRefused(where, "it has expired already", remedy="prepare it anew")
    namespace = attestations.NAMESPACE
    if not ssh_signature.is_valid(signature, signed.text, namespace=namespace.encode()):
        raise AttestationRefused(
            where,
            "the signature is not one of this text",
            remedy=f"sign the prepared file as it is: ssh-keygen -Y sign -n {namespace}",
        )
    is_listed = _listed(signature.key, statement.who, signers, now)
    return Attestation(
        id=attestations.id_of(signed.text),
        recorded_at=now,
        key_id=signature.key_id,
        signed_text=signed.text.decode(),
        signature=signed.signature.decode("ascii"),
        made=signed.made,
        key_is_listed=is_listed,
        **{name: getattr(statement, name) for name in _FIELDS},
    )


def _listed(key: bytes, who: str, signers: AllowedSigners | None, now: datetime) -> bool | None:
    """True, or None where there is no list.

    Raises:
        AttestationRefused: There is one, and the key may not sign for this person now.
    """
    if signers is None:
        return None
    namespace = attestations.NAMESPACE
    standing, _ = signers.standing(key, namespace=namespace, at=now, name=who)
    if standing == "trusted":
        return True
    key_id = ssh_signature.fingerprint(key)
    problem = {
        "expired": f"the key {key_id} has expired",
        "not-yet-valid": f"the key {key_id} is not valid yet",
        "other-purpose": f"the key {key_id} is listed for another purpose than {namespace}",
    }.get(standing, f"the key {key_id} is not listed for {who}")
    line = f'{who} namespaces="{namespace}" {ssh_signature.public_line(key)}'
    raise AttestationRefused(
        "allowed signers", problem, remedy=f"if it is this person's key, add the line: {line}"
    )


def _check_against(found: Attestation, known: dict[str, Attestation]) -> None:
    if found.id in known:
        raise AttestationRefused(f"attestation {found.id}", "is on record", remedy="nothing to do")
    for wanted in filter(None, (found.supersedes, found.withdraws)):
        if wanted not in known:
            raise NotFound(
                f"attestation {wanted}", "is not on record", remedy="see `annexa attest --list`"
            )


def _row(one: Attestation) -> Row:
    canonical.to_utc(one)
    body = canonical.encode(one)
    return Row(subject=one.id, sha256=canonical.sha256(body), body=body)


def _receipt(slot: datetime, items: int, now: datetime) -> Receipt:
    kind = KindReceipt(
        kind=ATTESTATION.name,
        verdict="complete",
        started_at=slot,
        finished_at=now,
        pages=1,
        items=items,
        permission=ATTESTATION.permission,
        cross_check=ATTESTATION.cross_check,
        schema_sha256=schema_sha256(ATTESTATION),
    )
    return Receipt(
        source=SOURCE,
        slot=slot,
        started_at=slot,
        finished_at=now,
        collector="annexa",
        collector_version=__version__,
        agent_version=__version__,
        config_sha256="",
        identity=Identity(caller=_user(), endpoint="annexa attest"),
        kinds=[kind],
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user id that has no name
        return "a user without a name"
