"""Hands the key that signs bundles on to another, and revokes keys that were given up."""

import os
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ..exporters import key_history
from ..exporters.signature import BundleKey
from ..exporters.signers import FileKey, SigningKey, fingerprint, open_key
from ..exporters.verify import CannotTry, clean_fingerprint
from ..ledger.errors import KeyRefused
from ..ledger.keys import BUNDLE_KEY, load, load_or_create
from ..ledger.store import Ledger
from .config import Config

_NEXT = "bundle.p256.next.pem"


class Handover(NamedTuple):
    old: str
    """Fingerprints, hex."""
    new: str
    leaf: int
    kept: str | None
    """Where the old key's file is now."""


def hand_on(
    config: Config, ledger: Ledger, *, reason: str, to: str | None, lost: str | None
) -> Handover:
    """Record the new key and, where keys are files of our own, put it in the old one's place.

    Killed at any moment, it goes on where it stopped when it is called again.

    Raises:
        KeyRefused: The old key is not there and not said to be lost, or there is no new one.
    """
    own = config.keys / BUNDLE_KEY
    if to is None and config.signing.keys:
        raise KeyRefused(
            "signing.keys", "names the keys, so none is made here", remedy="name it with --to KEY"
        )
    old = None if lost is not None else _old(config, own)
    gone = fingerprint(old.public) if old is not None else _hex(lost or "")
    new: SigningKey = (
        FileKey(load_or_create(config.keys / _NEXT, "p256")) if to is None else open_key(to)
    )
    follower = fingerprint(new.public)
    if follower == gone:
        raise KeyRefused(to or "key", "is the key in use already", remedy="name another one")
    leaf = _recorded(ledger, gone, follower)
    if leaf is None:
        leaf = key_history.hand_on(ledger, old, gone, new, reason)
    kept = _put_in_place(config.keys, own, gone) if to is None else None
    return Handover(old=gone, new=follower, leaf=leaf, kept=str(kept) if kept else None)


def revoke(
    config: Config, ledger: Ledger, *, fingerprint: str, reason: str, since: datetime | None
) -> int:
    """Record it; the leaf's index.

    Raises:
        KeyRefused: That key is in use.
    """
    revoked = _hex(fingerprint)
    key = BundleKey(config.keys, config.signing.plan())
    if key.fingerprint == revoked:
        raise KeyRefused(
            f"key {revoked[:16]}", "is in use", remedy="hand it on first: `annexa keys rotate`"
        )
    return key_history.revoke(ledger, revoked, key.keys[0], reason, since)


def _old(config: Config, own: Path) -> SigningKey:
    if config.signing.keys:
        return open_key(config.signing.keys[0])
    return FileKey(load(own, "p256"))


def _recorded(ledger: Ledger, old: str, new: str) -> int | None:
    for event in key_history.events(ledger):
        if (event.fingerprint, event.successor) == (old, new):
            return event.leaf
    return None


def _put_in_place(folder: Path, own: Path, old: str) -> Path | None:
    kept = folder / f"retired-{old[:16]}.p256.pem"
    try:
        if own.exists() and not kept.exists():
            os.link(own, kept)
        (folder / _NEXT).replace(own)
    except OSError as error:
        raise KeyRefused(
            str(own), f"cannot be replaced ({error.strerror})", remedy="check its rights, try again"
        ) from error
    return kept if kept.exists() else None


def _hex(text: str) -> str:
    try:
        return clean_fingerprint(text)
    except CannotTry as error:
        raise KeyRefused(
            "fingerprint", "is not a SHA-256 of 64 hex digits", remedy="copy it whole"
        ) from error
