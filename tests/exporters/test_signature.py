"""ECDSA without a library, held against the library; and envelopes that others made."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from annexa.exporters.signature import BundleKey
from annexa.exporters.verify import (
    ENVELOPE,
    Limits,
    canonical,
    der_signature,
    is_signed,
    pre_authentication,
    verify_bundle,
)
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@given(st.integers(1, ORDER - 1), st.binary(max_size=60), st.integers(0, 1000))
@settings(max_examples=12, deadline=None)
def test_ecdsa_agrees_with_the_library(secret: int, message: bytes, place: int) -> None:
    private = ec.derive_private_key(secret, ec.SECP256R1())
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    r, s = decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
    low, high = der_signature(r, min(s, ORDER - s)), der_signature(r, max(s, ORDER - s))
    assert is_signed(der, low, message)
    assert not is_signed(der, high, message)
    assert not is_signed(der, low, message + b"!")
    changed = bytearray(low)
    changed[place % len(low)] ^= 1 << place % 8
    assert not is_signed(der, bytes(changed), message)
    other = bytearray(der)
    other[-1] ^= 1
    assert not is_signed(bytes(other), low, message)


def by_another_key(envelope: dict[str, Any], keys: Path) -> None:
    other = BundleKey(keys / "other")
    payload = base64.b64decode(envelope["payload"])
    envelope["signatures"][0]["sig"] = base64.b64encode(
        other.keys[0].sign(pre_authentication(payload))
    ).decode()


def under_another_name(envelope: dict[str, Any], keys: Path) -> None:
    by_another_key(envelope, keys)
    envelope["signatures"][0]["keyid"] = BundleKey(keys / "other").fingerprint


def about_something_else(envelope: dict[str, Any], keys: Path) -> None:
    payload = canonical({"_type": "https://in-toto.io/Statement/v1", "subject": []})
    signature = base64.b64encode(BundleKey(keys).keys[0].sign(pre_authentication(payload))).decode()
    envelope["payload"] = base64.b64encode(payload).decode()
    envelope["signatures"][0]["sig"] = signature


def without_signature(envelope: dict[str, Any], keys: Path) -> None:
    envelope["signatures"] = []


def more_signatures_than_anybody_needs(envelope: dict[str, Any], keys: Path) -> None:
    envelope["signatures"] *= 257


@pytest.mark.parametrize(
    ("forge", "told"),
    [
        (by_another_key, "the signature is not valid"),
        (under_another_name, "was made with another key"),
        (about_something_else, "does not hold a statement about a bundle"),
        (more_signatures_than_anybody_needs, "is not the DSSE envelope that was exported"),
        (without_signature, "is not the DSSE envelope that was exported"),
    ],
)
def test_an_envelope_that_the_key_did_not_sign_for_this_is_refused(
    folder: Path, pristine: Path, forge: Callable[[dict[str, Any], Path], None], told: str
) -> None:
    path = folder / ENVELOPE
    envelope = json.loads(path.read_bytes())
    forge(envelope, pristine.parent / "keys")
    path.write_bytes(canonical(envelope) + b"\n")
    assert any(told in problem.text for problem in verify_bundle(folder).problems)


def test_the_same_statement_is_signed_with_the_same_bytes(tmp_path: Path) -> None:
    key = BundleKey(tmp_path)
    assert key.seal("00", {"a": 1}) == BundleKey(tmp_path).seal("00", {"a": 1})
    assert pre_authentication(b"x") == b"DSSEv1 28 application/vnd.in-toto+json 1 x"


def test_keys_and_tokens_do_not_fill_the_memory(folder: Path) -> None:
    (folder / "signature" / "public-2.pem").write_bytes(bytes(1 << 20))
    report = verify_bundle(folder, limits=Limits(signature_bytes=1 << 20))
    assert report.has("signature/public-2.pem")
    assert any("is larger than such a file may be" in problem.text for problem in report.problems)
