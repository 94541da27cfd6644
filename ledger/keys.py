"""Private keys in files: made on first use, readable by their owner only."""

import contextlib
import os
import stat
from pathlib import Path
from typing import Literal, overload

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .errors import KeyRefused

LEDGER_KEY = "ledger.ed25519.pem"
BUNDLE_KEY = "bundle.p256.pem"


@overload
def load_or_create(path: Path, kind: Literal["ed25519"]) -> Ed25519PrivateKey: ...
@overload
def load_or_create(path: Path, kind: Literal["p256"]) -> ec.EllipticCurvePrivateKey: ...
def load_or_create(
    path: Path, kind: Literal["ed25519", "p256"]
) -> Ed25519PrivateKey | ec.EllipticCurvePrivateKey:
    """The key in ``path``; a new one if there is no such file. See `load`.

    A new file has mode 0600 in a folder of mode 0700 and appears whole or not at all. Of two
    processes that come at once, one makes it and both get the same.
    """
    if not path.exists():
        _create(path, kind)
    return load(path, "ed25519") if kind == "ed25519" else load(path, "p256")


@overload
def load(path: Path, kind: Literal["ed25519"]) -> Ed25519PrivateKey: ...
@overload
def load(path: Path, kind: Literal["p256"]) -> ec.EllipticCurvePrivateKey: ...
def load(
    path: Path, kind: Literal["ed25519", "p256"]
) -> Ed25519PrivateKey | ec.EllipticCurvePrivateKey:
    """The key in ``path``.

    Raises:
        KeyRefused: Missing, unreadable, open to others, or of another kind.
    """
    key = _parse(path, _read(path))
    if kind == "ed25519" and isinstance(key, Ed25519PrivateKey):
        return key
    if (
        kind == "p256"
        and isinstance(key, ec.EllipticCurvePrivateKey)
        and isinstance(key.curve, ec.SECP256R1)
    ):
        return key
    raise KeyRefused(str(path), f"is not a key of kind {kind}", remedy="restore the right file")


def load_signer(path: Path) -> Ed25519PrivateKey | ec.EllipticCurvePrivateKey:
    """A person's key, Ed25519 or P-256, in PEM or in OpenSSH's own form.

    Raises:
        KeyRefused: Missing, unreadable, open to others, encrypted, or of another kind.
    """
    raw = _read(path, "the signer's key")
    if b"BEGIN OPENSSH PRIVATE KEY" not in raw:
        key = _parse(path, raw)
    else:
        try:
            key = serialization.load_ssh_private_key(raw, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyRefused(
                str(path),
                "is not an unencrypted private key",
                remedy="sign with `ssh-keygen -Y sign`, and give the signature",
            ) from error
    if isinstance(key, Ed25519PrivateKey) or (
        isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    ):
        return key
    raise KeyRefused(str(path), "is neither Ed25519 nor P-256", remedy="use such a key")


def raw_public(key: Ed25519PublicKey) -> bytes:
    """32 bytes."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _read(path: Path, what: str = "the key that signs this ledger") -> bytes:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise KeyRefused(
                    str(path), f"others may read it (mode {mode:04o})", remedy=f"chmod 600 {path}"
                )
            return file.read(10_000)
    except FileNotFoundError as error:
        raise KeyRefused(
            str(path),
            f"{what} is not there",
            remedy="restore it, or name the folder that holds it",
        ) from error
    except OSError as error:
        raise KeyRefused(
            str(path), f"cannot be read ({error.strerror})", remedy="check its rights"
        ) from error


def _parse(path: Path, pem: bytes) -> object:
    try:
        return serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise KeyRefused(
            str(path), "is not an unencrypted private key in PEM", remedy="restore the right file"
        ) from error


def _create(path: Path, kind: str) -> None:
    key = (
        Ed25519PrivateKey.generate()
        if kind == "ed25519"
        else ec.generate_private_key(ec.SECP256R1())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise KeyRefused(
            str(path), f"cannot be made ({error.strerror})", remedy="check the rights of its folder"
        ) from error
