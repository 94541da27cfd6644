"""What a person attests: a kind of its own, made with ``annexa attest`` and read by no collector.

The signed text is canonical JSON of a `Statement`. It is signed as ``ssh-keygen -Y sign -n annexa``
does, so that whoever has the text, the signature and the signer's key can check it::

    ssh-keygen -Y verify -f allowed_signers -I WHO -n annexa -s SIGNATURE < TEXT
"""

from datetime import datetime
from typing import Literal

import msgspec

from . import canonical
from .contract import Kind, Record

SOURCE = "annexa/attestations"
"""The source of these records in the ledger."""
NAMESPACE = "annexa"
"""Of the signature."""
TYPE: Literal["annexa attestation 1"] = "annexa attestation 1"


class Statement(Record, forbid_unknown_fields=True):
    """What is signed."""

    type: Literal["annexa attestation 1"]
    statement: str
    who: str
    """The signer, by the name that the list of allowed signers has."""
    stated_at: datetime
    expires_at: datetime
    """From then on it proves nothing."""
    role: str | None = None
    controls: list[str] = []
    systems: list[str] = []
    """Empty: the organisation as a whole."""
    period_start: datetime | None = None
    period_end: datetime | None = None
    """The time that it speaks of, ``[start, end)``."""
    file_name: str | None = None
    """Of what was attested, without its folder."""
    file_sha256: str | None = None
    file_size_bytes: int | None = None
    supersedes: str | None = None
    """Id of the attestation that this one corrects: corrections append."""
    withdraws: str | None = None
    """Id of the attestation that no longer holds."""


class Attestation(Record):
    """A statement with its signature, which was verified when it was recorded."""

    id: str
    """The first 16 hexadecimal digits of SHA-256 of the signed text."""
    statement: str
    who: str
    stated_at: datetime
    recorded_at: datetime
    expires_at: datetime
    key_id: str
    """``SHA256:…``, as ``ssh-keygen -l`` shows it."""
    signed_text: str
    signature: str
    made: Literal["here", "elsewhere"]
    """``here``: with a key that the agent could read."""
    key_is_listed: bool | None = None
    """The list of allowed signers had this key for this person at that time; null: there was no
    list, so nobody vouches for whose key it is."""
    role: str | None = None
    controls: list[str] = []
    systems: list[str] = []
    period_start: datetime | None = None
    period_end: datetime | None = None
    file_name: str | None = None
    file_sha256: str | None = None
    file_size_bytes: int | None = None
    supersedes: str | None = None
    withdraws: str | None = None


ATTESTATION = Kind(
    name="annexa.attestation",
    record=Attestation,
    subject=lambda r: r.id,
    permission="write on the ledger, and a key of the signer",
    cross_check="none: annexa itself wrote it, and each one is a leaf of the ledger",
    freshness="3650d",
)


def text_of(statement: Statement) -> bytes:
    """The bytes that are signed; times to the second, so that a person can read them."""
    canonical.to_utc(statement)
    return canonical.encode(statement)


def parse(text: bytes) -> Statement:
    """The statement of a signed text, which must be written exactly as `text_of` writes it.

    Raises:
        ValueError: It is not.
    """
    try:
        found = msgspec.json.decode(text, type=Statement)
        if text_of(found) == text:
            return found
    except (msgspec.MsgspecError, ValueError):
        pass
    raise ValueError("it is not a statement that `annexa attest --prepare` wrote")


def id_of(text: bytes) -> str:
    return canonical.sha256(text).hex()[:16]
