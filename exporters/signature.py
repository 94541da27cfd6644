"""Who vouches for a bundle: a DSSE envelope around an in-toto statement, by ECDSA P-256.

Signatures are deterministic (RFC 6979) and use the lower of the two values of s, so the same
bundle and key give the same bytes.
"""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ..ledger.keys import BUNDLE_KEY, load_or_create
from .verify import (
    PAYLOAD_TYPE,
    PREDICATE_TYPE,
    STATEMENT_TYPE,
    TAGS,
    canonical,
    der_signature,
    pem,
    pre_authentication,
)

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class BundleKey:
    """The key that signs bundles, from the folder of keys; it is made on first use.

    Raises:
        KeyRefused: It is readable by others, or not a P-256 key.
    """

    def __init__(self, folder: Path) -> None:
        self._private = load_or_create(folder / BUNDLE_KEY, "p256")
        self._der = self._private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def public_pem(self) -> bytes:
        return pem(self._der)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key's DER form, hex."""
        return hashlib.sha256(self._der).hexdigest()

    def envelope(self, tags_sha256: str, predicate: Mapping[str, object]) -> bytes:
        """The signed statement that the tag manifest with this SHA-256 is this bundle's."""
        payload = canonical(
            {
                "_type": STATEMENT_TYPE,
                "subject": [{"name": TAGS, "digest": {"sha256": tags_sha256}}],
                "predicateType": PREDICATE_TYPE,
                "predicate": dict(predicate),
            }
        )
        signature = {"keyid": self.fingerprint, "sig": _base64(self._sign(payload))}
        envelope = {
            "payload": _base64(payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [signature],
        }
        return canonical(envelope) + b"\n"

    def _sign(self, payload: bytes) -> bytes:
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        r, s = decode_dss_signature(self._private.sign(pre_authentication(payload), algorithm))
        return der_signature(r, min(s, _ORDER - s))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
