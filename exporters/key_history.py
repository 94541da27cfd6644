"""What the ledger's log says about the keys that sign bundles: handed on, or revoked.

Each entry is a leaf of type ``key`` that holds a signed in-toto statement in a DSSE envelope. A
key is handed on by a statement that the old and the new key sign; it is revoked by one that the
key in use signs.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from ..ledger import Ledger
from .errors import ExportError
from .facts import rfc3339
from .signature import envelope
from .signers import SigningKey, fingerprint, public_der
from .verify import KEY_TYPE, KeyEvent, read_key_event

LEAF = "key"


def events(ledger: Ledger, size: int | None = None) -> list[KeyEvent]:
    """All entries among the first ``size`` leaves, in order."""
    leaves = ledger.log.of_type(LEAF)
    return [
        read_key_event(leaf.index, leaf.body) for leaf in leaves if leaf.index < (size or 2**63)
    ]


def check_usable(ledger: Ledger, key: SigningKey) -> None:
    """Nothing is signed with a key that was given up.

    Raises:
        ExportError: It was revoked or handed on.
    """
    mine = fingerprint(key.public)
    for event in events(ledger):
        if event.fingerprint == mine:
            raise ExportError(
                f"key {mine[:16]}",
                f"was {event.words} in leaf {event.leaf}, at {event.at}",
                remedy="sign with the key in use, see `annexa keys list`",
            )


def hand_on(
    ledger: Ledger, old: SigningKey | None, old_fingerprint: str, new: SigningKey, reason: str
) -> int:
    """Record that ``new`` follows the old key; the leaf's index.

    Args:
        old: None: it is lost, so only the new key signs, and whoever checks is told so.
    """
    predicate = {
        "action": "handed on",
        "successor": _base64(new),
        "key": _base64(old) if old is not None else None,
        "reason": reason,
    }
    signers = [new] if old is None else [old, new]
    return _append(ledger, old_fingerprint, predicate, signers)


def revoke(
    ledger: Ledger, revoked: str, by: SigningKey, reason: str, since: datetime | None = None
) -> int:
    """Record that a key (its fingerprint, hex) is no longer to be trusted; the leaf's index.

    Args:
        since: From when it may have been in other hands; None: not known.
    """
    predicate = {
        "action": "revoked",
        "by": _base64(by),
        "reason": reason,
        "since": None if since is None else rfc3339(since),
    }
    return _append(ledger, revoked, predicate, [by])


def _append(
    ledger: Ledger,
    about: str,
    predicate: Mapping[str, object],
    signers: Sequence[SigningKey],
) -> int:
    subject = [{"name": "key", "digest": {"sha256": about}}]
    signed = envelope(KEY_TYPE, subject, predicate, signers)
    return ledger.append(LEAF, {"statement": json.loads(signed.content)})


def _base64(key: SigningKey) -> str:
    return base64.b64encode(public_der(key.public)).decode()
