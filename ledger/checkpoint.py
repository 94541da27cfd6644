"""Signed roots of the log, as C2SP signed notes (tlog-checkpoint, Ed25519).

A note is: origin, size and root in base64, a line each; an empty line; the signature line
``— <origin> base64(key id of 4 bytes || signature)``.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .keys import raw_public

_ED25519 = b"\x01"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The note. Same log and key, same text: Ed25519 needs no chance."""
    return sign_text(_text(checkpoint), checkpoint.origin, key)


def sign_text(text: str, origin: str, key: Ed25519PrivateKey) -> str:
    """A note about something else; ``text`` ends with a line feed, and does not begin with
    ``origin``, as a checkpoint does."""
    signature = key.sign(text.encode())
    line = base64.b64encode(key_id(origin, key.public_key()) + signature).decode()
    return f"{text}\n\N{EM DASH} {origin} {line}\n"


def key_id(origin: str, key: Ed25519PublicKey) -> bytes:
    """Four bytes that say which key signed; C2SP signed-note."""
    return hashlib.sha256(origin.encode() + b"\n" + _ED25519 + raw_public(key)).digest()[:4]


def verifier_key(origin: str, key: Ed25519PublicKey) -> str:
    """The public key as others' tools take it: ``<origin>+<key id>+<base64>``."""
    encoded = base64.b64encode(_ED25519 + raw_public(key)).decode()
    return f"{origin}+{key_id(origin, key).hex()}+{encoded}"


def read(note: str, origin: str, key: Ed25519PublicKey) -> Checkpoint:
    """Check a note's form, origin and signature.

    Raises:
        ValueError: It is not a checkpoint of ``origin`` signed with ``key``; the text says why.
    """
    lines = note.partition("\n\n")[0].split("\n")
    if "\n\n" not in note or len(lines) < 3:
        raise ValueError("is not a signed note")
    if lines[0] != origin:
        raise ValueError("is of another ledger")
    try:
        size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("has no size and root") from None
    read_text(note, origin, key)
    return Checkpoint(origin=origin, size=size, root=root)


def read_text(note: str, origin: str, key: Ed25519PublicKey) -> str:
    """The text of a note, of whatever it is, after its signature was checked.

    Raises:
        ValueError: It is not signed with ``key`` for ``origin``; the text says why.
    """
    text, separator, signatures = note.partition("\n\n")
    if not separator:
        raise ValueError("is not a signed note")
    mine = key_id(origin, key)
    for line in signatures.splitlines():
        dash, name, blob = [*line.split(" ", 2), "", ""][:3]
        if dash != "\N{EM DASH}" or name != origin:
            continue
        try:
            signed = base64.b64decode(blob, validate=True)
            if signed[:4] != mine:
                continue
            key.verify(signed[4:], f"{text}\n".encode())
        except (binascii.Error, InvalidSignature):
            raise ValueError("has a wrong signature") from None
        return f"{text}\n"
    raise ValueError("is not signed with this ledger's key")


def _text(checkpoint: Checkpoint) -> str:
    root = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n"
