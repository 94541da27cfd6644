"""The keys that sign: a file here, or one that never leaves AWS KMS, Vault or a PKCS#11 token.

Each is ECDSA P-256 over SHA-256, which openssl, PowerShell and every KMS can check. Of the two
values of s the lower one is taken. A key in a file signs deterministically (RFC 6979); the others
do not, so with them a bundle that is written again has another signature.

| address | key | needs |
|---|---|---|
| a path, or ``file:`` and a path | PEM, mode 0600 | nothing |
| ``awskms:KEY`` | AWS KMS | ``annexa[kms]``, kms:GetPublicKey and kms:Sign |
| ``hv:NAME`` | Vault's transit engine | ``annexa[vault]``, VAULT_ADDR and VAULT_TOKEN |
| ``hsm:ID?label=TOKEN`` | PKCS#11 | ``annexa[hsm]``, PYKCS11LIB and ANNEXA_HSM_PIN |
"""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ..ledger.errors import KeyRefused
from ..ledger.keys import load
from .errors import ExportError
from .verify import der_signature, pem

if TYPE_CHECKING:
    from securesystemslib.signer import Signer, SSlibKey

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SHA256 = ec.ECDSA(hashes.SHA256())
_EXTRAS = {"awskms": "kms", "hv": "vault", "hsm": "hsm"}
PIN = "ANNEXA_HSM_PIN"


class SigningKey(Protocol):
    """Something that signs, and the public half of it."""

    @property
    def public(self) -> ec.EllipticCurvePublicKey: ...

    def sign(self, message: bytes) -> bytes:
        """A DER signature.

        Raises:
            ExportError: The service that holds the key did not sign.
        """
        ...


class FileKey:
    """A P-256 key that was read from a file."""

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self._private = private

    @property
    def public(self) -> ec.EllipticCurvePublicKey:
        return self._private.public_key()

    def sign(self, message: bytes) -> bytes:
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        return lower_s(self._private.sign(message, algorithm))


class HeldKey:
    """A key that somebody else holds and that only signs for us."""

    def __init__(self, address: str, signer: "Signer", public: ec.EllipticCurvePublicKey) -> None:
        self._address, self._signer, self.public = address, signer, public

    def sign(self, message: bytes) -> bytes:
        try:
            made = bytes.fromhex(self._signer.sign(message).signature)
        except Exception as error:  # whatever the client of that service raises
            problem = f"did not sign ({_told(error)})"
            raise ExportError(self._address, problem, remedy="check its rights") from error
        try:
            self.public.verify(made, message, _SHA256)
        except InvalidSignature as error:
            raise ExportError(
                self._address,
                "signed with another key than the one it shows",
                remedy="name the key itself, not an alias that moves",
            ) from error
        return lower_s(made)


def open_key(address: str) -> SigningKey:
    """The key at ``address``; see the table above.

    Raises:
        KeyRefused: There is none that can be used.
    """
    scheme, colon, rest = address.partition(":")
    if not colon or scheme == "file" or scheme not in _EXTRAS:
        path = Path(rest if scheme == "file" and colon else address)
        return FileKey(load(path, "p256"))
    try:
        signer, public = _held(scheme, rest, address)
    except KeyRefused:
        raise
    except Exception as error:  # whatever the client of that service raises
        raise KeyRefused(
            address,
            f"cannot be reached ({_told(error)})",
            remedy=f"check the address, the rights, and that annexa[{_EXTRAS[scheme]}] is there",
        ) from error
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        raise KeyRefused(address, "is not ECDSA P-256", remedy="make a key of that kind")
    return HeldKey(address, signer, public)


def _held(scheme: str, rest: str, address: str) -> "tuple[Signer, object]":
    from securesystemslib.signer import ECDSA_SHA2_NISTP256, AWSSigner, HSMSigner

    if scheme == "awskms":
        _, key = AWSSigner.import_(rest, ECDSA_SHA2_NISTP256)
        return AWSSigner(rest, key), _public(key)
    if scheme == "hv":
        return _vault(rest)
    if PIN not in os.environ:
        raise KeyRefused(address, f"${PIN} is not set", remedy="put the token's PIN there")
    number, _, query = rest.partition("?")
    label = dict(part.partition("=")[::2] for part in query.split("&")).get("label")
    uri, key = HSMSigner.import_(int(number or "2"), label, _pin)
    return HSMSigner.from_priv_key_uri(uri, key, _pin), _public(key)


def _vault(name: str) -> "tuple[Signer, object]":
    """`VaultSigner` signs with any key, but reads the public half of Ed25519 keys only."""
    import hvac
    from securesystemslib.signer import ECDSA_SHA2_NISTP256, SSlibKey, VaultSigner

    versions = hvac.Client().secrets.transit.read_key(name)["data"]["keys"]
    newest = max(versions, key=int)
    public = serialization.load_pem_public_key(versions[newest]["public_key"].encode())
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise KeyRefused(f"hv:{name}", "is not ECDSA P-256", remedy="make a key of that kind")
    key = SSlibKey.from_crypto(public, scheme=ECDSA_SHA2_NISTP256)
    return VaultSigner(name, key, int(newest)), public


def _public(key: "SSlibKey") -> object:
    return serialization.load_pem_public_key(str(key.keyval["public"]).encode())


def _pin(_: str) -> str:
    return os.environ[PIN]


def _told(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200] or type(error).__name__


def public_der(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def public_pem(public: ec.EllipticCurvePublicKey) -> bytes:
    return pem(public_der(public))


def fingerprint(public: ec.EllipticCurvePublicKey) -> str:
    """SHA-256 of the public key's DER form, hex."""
    return hashlib.sha256(public_der(public)).hexdigest()


def lower_s(signature: bytes) -> bytes:
    """The same signature with the lower of the two values of s."""
    r, s = decode_dss_signature(signature)
    return der_signature(r, min(s, _ORDER - s))
