"""SSH signatures (``-----BEGIN SSH SIGNATURE-----``), as git and ``ssh-keygen -Y`` make them.

Source: PROTOCOL.sshsig of OpenSSH. What is signed is not the message but its hash together with a
namespace, so that a signature under a commit cannot be passed off as one under an attestation.
"""

import base64
import binascii
import hashlib
import re
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

MAX_BYTES = 16 * 1024
_MAGIC = b"SSHSIG"
_ARMOUR = re.compile(
    rb"\s*-----BEGIN SSH SIGNATURE-----\s"
    rb"(?P<base64>[A-Za-z0-9+/=\s]+)-----END SSH SIGNATURE-----\s*"
)
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_RSA = {b"rsa-sha2-256": hashes.SHA256(), b"rsa-sha2-512": hashes.SHA512()}
_CURVES: dict[bytes, hashes.HashAlgorithm] = {
    b"ecdsa-sha2-nistp256": hashes.SHA256(),
    b"ecdsa-sha2-nistp384": hashes.SHA384(),
    b"ecdsa-sha2-nistp521": hashes.SHA512(),
}
_HARDWARE = frozenset({b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com"})


class NotASignature(ValueError):
    """The text is not an SSH signature, or of a kind that we do not know."""


@dataclass(frozen=True, kw_only=True)
class SshSignature:
    key: bytes
    """The public key as OpenSSH writes it, before base64."""
    namespace: bytes
    hash_name: bytes
    algorithm: bytes
    value: bytes

    @property
    def key_id(self) -> str:
        """``SHA256:…``, as ``ssh-keygen -l`` shows it."""
        return fingerprint(self.key)


def fingerprint(key: bytes) -> str:
    """Of a public key in OpenSSH's form."""
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode("ascii")
    return "SHA256:" + digest.rstrip("=")


def parse(text: bytes) -> SshSignature:
    """Read an armoured signature.

    Raises:
        NotASignature: It is none.
    """
    found = _ARMOUR.fullmatch(text[: MAX_BYTES + 1]) if len(text) <= MAX_BYTES else None
    if found is None:
        raise NotASignature("it does not begin with -----BEGIN SSH SIGNATURE-----")
    try:
        raw = base64.b64decode(b"".join(found["base64"].split()), validate=True)
        if raw[:6] != _MAGIC or struct.unpack(">I", raw[6:10]) != (1,):
            raise NotASignature("it is not of version 1")
        key, namespace, reserved, hash_name, blob = _strings(raw[10:], 5)
        if reserved:  # it is no part of what is signed as we compute it
            raise NotASignature("it was cut or changed")
        algorithm, value = _strings(blob, 2, rest=True)
        (size,) = struct.unpack(">I", blob[4 + len(algorithm) :][:4])
        if len(value) - size != (5 if algorithm in _HARDWARE else 0):
            raise NotASignature("it was cut or changed")
    except (binascii.Error, struct.error, IndexError) as error:
        raise NotASignature("it was cut or changed") from error
    return SshSignature(
        key=key, namespace=namespace, hash_name=hash_name, algorithm=algorithm, value=value
    )


def is_valid(signature: SshSignature, message: bytes, *, namespace: bytes) -> bool:
    """Did the holder of ``signature.key`` sign ``message`` for ``namespace``?

    False, too, for a kind of key that we do not know: nothing was verified then.
    """
    make = _HASHES.get(signature.hash_name)
    if make is None or signature.namespace != namespace:
        return False
    signed = _MAGIC + _packed(namespace, b"", signature.hash_name, make(message).digest())
    try:
        return _verifies(signature, signed)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, struct.error, IndexError):
        return False


def sign(
    key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, message: bytes, *, namespace: bytes
) -> bytes:
    """An armoured signature that ``ssh-keygen -Y verify`` takes, too."""
    signed = _MAGIC + _packed(namespace, b"", b"sha512", hashlib.sha512(message).digest())
    if isinstance(key, Ed25519PrivateKey):
        blob = _packed(b"ssh-ed25519", key.sign(signed))
    else:
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
        blob = _packed(b"ecdsa-sha2-nistp256", _packed(_mpint(r), _mpint(s)))
    raw = _MAGIC + struct.pack(">I", 1)
    raw += _packed(public_blob(key.public_key()), namespace, b"", b"sha512", blob)
    text = base64.b64encode(raw)
    lines = [text[at : at + 70] for at in range(0, len(text), 70)]
    return b"\n".join(
        [b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""]
    )


def public_blob(key: Ed25519PublicKey | ec.EllipticCurvePublicKey) -> bytes:
    """A public key in OpenSSH's form."""
    line = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return base64.b64decode(line.split()[1])


def public_line(key: bytes) -> str:
    """The key as it stands in ``authorized_keys`` and allowed-signers files."""
    (kind,) = _strings(key, 1, rest=True)
    return f"{kind.decode('ascii')} {base64.b64encode(key).decode('ascii')}"


def _verifies(signature: SshSignature, signed: bytes) -> bool:
    """Raises what `cryptography` raises for a signature that does not fit."""
    (kind,) = _strings(signature.key, 1, rest=True)
    value = signature.value
    if kind in _HARDWARE:
        return _verifies_hardware(signature, kind, signed)
    public = serialization.load_ssh_public_key(public_line(signature.key).encode("ascii"))
    if isinstance(public, Ed25519PublicKey):
        public.verify(value, signed)
        return signature.algorithm == b"ssh-ed25519"
    if isinstance(public, rsa.RSAPublicKey) and signature.algorithm in _RSA:
        public.verify(value, signed, padding.PKCS1v15(), _RSA[signature.algorithm])
        return True
    if isinstance(public, ec.EllipticCurvePublicKey) and signature.algorithm == kind:
        r, s = _strings(value, 2)
        der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
        public.verify(der, signed, ec.ECDSA(_CURVES[kind]))
        return True
    return False


def _verifies_hardware(signature: SshSignature, kind: bytes, signed: bytes) -> bool:
    """A security key signs two digests with flags and a counter between them (PROTOCOL.u2f).

    The flag that somebody touched the key must be set.
    """
    parts = _strings(signature.key, 4 if b"ecdsa" in kind else 3)
    value, (flags, counter) = signature.value[:-5], struct.unpack(">BI", signature.value[-5:])
    if signature.algorithm != kind or not flags & 1:
        return False
    message = (
        hashlib.sha256(parts[-1]).digest()
        + struct.pack(">BI", flags, counter)
        + hashlib.sha256(signed).digest()
    )
    if len(parts) == 3:
        Ed25519PublicKey.from_public_bytes(parts[1]).verify(value, message)
    else:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), parts[2])
        r, s = _strings(value, 2)
        der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
        point.verify(der, message, ec.ECDSA(hashes.SHA256()))
    return True


def _strings(raw: bytes, count: int, *, rest: bool = False) -> list[bytes]:
    """The first ``count`` length-prefixed strings; with ``rest`` more bytes may follow, and of a
    hardware signature they belong to the last."""
    found = []
    at = 0
    for _ in range(count):
        (size,) = struct.unpack(">I", raw[at : at + 4])
        if at + 4 + size > len(raw):
            raise IndexError
        found.append(raw[at + 4 : at + 4 + size])
        at += 4 + size
    if at != len(raw):
        if not rest:
            raise IndexError
        if count == 2:
            found[-1] += raw[at:]
    return found


def _packed(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def _mpint(number: int) -> bytes:
    """Big-endian, with a leading zero where the first bit is set."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")
