"""SSH signatures and allowed signers; ``ssh-keygen`` is the oracle."""

import base64
import hashlib
import shutil
import struct
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from annexa.collectors import allowed_signers, ssh_signature
from annexa.collectors.allowed_signers import BadSigners
from annexa.collectors.ssh_signature import NotASignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))  # the same in every worker
BLOB = ssh_signature.public_blob(KEY.public_key())
LINE = ssh_signature.public_line(BLOB)
needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="apt-get install openssh-client"
)


@needs_ssh_keygen
@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa-256", "ecdsa-384", "ecdsa-521"])
def test_what_ssh_keygen_signs_holds_and_nothing_else(tmp_path: Path, kind: str) -> None:
    name, _, bits = kind.partition("-")
    key, message = tmp_path / "key", tmp_path / "message"
    size = ["-b", bits] if bits else []
    subprocess.run(["ssh-keygen", "-q", "-t", name, *size, "-N", "", "-f", str(key)], check=True)
    message.write_bytes(b"hello\n")
    sign = ["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", str(key), str(message)]
    subprocess.run(sign, check=True, capture_output=True)
    signature = ssh_signature.parse((tmp_path / "message.sig").read_bytes())
    assert ssh_signature.is_valid(signature, b"hello\n", namespace=b"file")
    assert not ssh_signature.is_valid(signature, b"hello", namespace=b"file")
    assert not ssh_signature.is_valid(signature, b"hello\n", namespace=b"git")
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(key)], check=True, capture_output=True, text=True
    ).stdout
    assert signature.key_id in shown


@given(st.binary(max_size=200))
def test_every_byte_of_a_message_counts(message: bytes) -> None:
    for key in (KEY, ec.generate_private_key(ec.SECP256R1())):
        signature = ssh_signature.parse(ssh_signature.sign(key, message, namespace=b"n"))
        assert ssh_signature.is_valid(signature, message, namespace=b"n")
        assert not ssh_signature.is_valid(signature, message + b"\0", namespace=b"n")


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_changed_signature_does_not_hold(at: int, change: int) -> None:
    lines = ssh_signature.sign(KEY, b"m", namespace=b"n").splitlines()
    raw = bytearray(base64.b64decode(b"".join(lines[1:-1])))
    raw[at % len(raw)] ^= change
    text = b"\n".join([lines[0], base64.b64encode(raw), lines[-1], b""])
    try:
        signature = ssh_signature.parse(text)
    except NotASignature:
        return
    is_same_key = signature.key == BLOB
    assert not (is_same_key and ssh_signature.is_valid(signature, b"m", namespace=b"n"))


@given(st.binary(max_size=300))
def test_junk_is_no_signature(junk: bytes) -> None:
    armoured = b"-----BEGIN SSH SIGNATURE-----\n%b\n-----END SSH SIGNATURE-----\n"
    for text in (
        junk,
        armoured % base64.b64encode(junk),
        armoured % base64.b64encode(b"SSHSIG" + junk),
    ):
        try:
            found = ssh_signature.parse(text)
        except NotASignature:
            continue
        assert not ssh_signature.is_valid(found, b"m", namespace=b"n")


def packed(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


@pytest.mark.parametrize(("flags", "holds"), [(1, True), (5, True), (0, False)])
def test_a_security_key_must_have_been_touched(flags: int, holds: bool) -> None:
    kind = b"sk-ssh-ed25519@openssh.com"
    public = packed(kind, KEY.public_key().public_bytes_raw(), b"ssh:")
    body = packed(b"n", b"", b"sha512", hashlib.sha512(b"m").digest())
    state = struct.pack(">BI", flags, 7)
    message = hashlib.sha256(b"ssh:").digest() + state + hashlib.sha256(b"SSHSIG" + body).digest()
    blob = packed(kind, KEY.sign(message)) + state
    raw = b"SSHSIG" + struct.pack(">I", 1) + packed(public, b"n", b"", b"sha512", blob)
    text = b"-----BEGIN SSH SIGNATURE-----\n%b\n-----END SSH SIGNATURE-----"
    signature = ssh_signature.parse(text % base64.b64encode(raw))
    assert ssh_signature.is_valid(signature, b"m", namespace=b"n") is holds


def standing(text: str, name: str | None = None, namespace: str = "git") -> str:
    signers = allowed_signers.parse(text)
    return signers.standing(BLOB, namespace=namespace, at=NOW, name=name)[0]


@pytest.mark.parametrize(
    ("line", "name", "expected"),
    [
        (f"eva@x.example {LINE}", "eva@x.example", "trusted"),
        (f"eva@x.example {LINE} a comment", None, "trusted"),
        (f"*@x.example {LINE}", "bob@x.example", "trusted"),
        (f"*@x.example,!bob@x.example {LINE}", "bob@x.example", "unknown"),
        (f"eva@x.example {LINE}", "bob@x.example", "unknown"),
        (f'eva namespaces="git,file" {LINE}', None, "trusted"),
        (f'eva namespaces="file" {LINE}', None, "other-purpose"),
        (f'eva valid-before="20261124115959" {LINE}', None, "expired"),
        (f'eva valid-before="202611241201Z" {LINE}', None, "trusted"),
        (f'eva valid-after="20261125" {LINE}', None, "not-yet-valid"),
        (f'eva valid-before="20200101" {LINE}\neva {LINE}', None, "trusted"),
        ("# nothing\n\n", None, "unknown"),
    ],
)
def test_a_line_says_whose_a_key_is_for_what_and_when(
    line: str, name: str | None, expected: str
) -> None:
    assert standing(line + "\n", name) == expected


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("eva", "line 1: no key behind the options"),
        ("# x\neva ssh-ed25519", "line 2: no key in base64"),
        ("eva ssh-ed25519 AAAA", "not of the type"),
        (f"eva cert-authority {LINE}", "certificate authorities"),
        (f'eva valid-before="soon" {LINE}', "YYYYMMDD"),
        (f'eva valid-before="20261332" {LINE}', "calendar"),
        (f"eva no-touch-required {LINE}", "is not known"),
    ],
)
def test_a_line_that_cannot_be_read_is_an_error_and_never_a_silent_no(
    line: str, problem: str
) -> None:
    with pytest.raises(BadSigners, match=problem):
        allowed_signers.parse(line)
