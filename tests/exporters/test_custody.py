"""A bundle is encrypted to one auditor, and who had it is in the ledger's log."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from annexa.exporters import custody, encryption
from annexa.exporters.encryption import encrypt, recipient
from annexa.exporters.errors import BundleError, ExportError
from annexa.exporters.verify import TAGS, verify_bundle
from annexa.ledger import Ledger
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ..ledger.sample import NOON, open_ledger

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@pytest.fixture
def ledger(tmp_path: Path, pristine: Path) -> Iterator[Ledger]:
    """It has exported the small bundle."""
    subject = verify_bundle(pristine).statement["subject"][0]
    assert subject["name"] == TAGS
    with open_ledger(tmp_path / "ledger") as made:
        made.append("export", {"bundle_sha256": subject["digest"]["sha256"]})
        yield made


def certificate(folder: Path, key: Key, *, days: int = 30) -> Path:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "auditor")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, SHA256())
    )
    path = folder / "auditor.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def test_age_gives_the_bundle_back_to_the_one_it_was_encrypted_to(
    bundle: Path, tmp_path: Path
) -> None:
    identity = pyrage.x25519.Identity.generate()
    found = encrypt(bundle, recipient(str(identity.to_public())))
    content = found.path.read_bytes()
    assert found.path.name == "bundle.zip.age"
    assert hashlib.sha256(content).hexdigest() == found.sha256
    assert pyrage.decrypt(content, [identity]) == bundle.read_bytes()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(content, [pyrage.x25519.Identity.generate()])


def test_openssl_opens_what_was_encrypted_to_a_certificate(bundle: Path, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl is not None, "apt-get install openssl"
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    path = certificate(tmp_path, key)
    found = encrypt(bundle, recipient(str(path)))
    subprocess.run(
        [
            openssl, "cms", "-decrypt", "-binary", "-inform", "DER", "-in", str(found.path),
            "-recip", str(path), "-inkey", str(tmp_path / "key.pem"),
            "-out", str(tmp_path / "opened.zip"),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    assert (tmp_path / "opened.zip").read_bytes() == bundle.read_bytes()


def test_a_recipient_that_cannot_be_used_is_refused_before_anything_is_written(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text, problem in (
        ("age1xyz", "is no recipient of age"),
        ("nothing.pem", "neither a recipient of age nor a certificate"),
        (str(certificate(tmp_path, ec.generate_private_key(ec.SECP256R1()))), "has no RSA key"),
    ):
        with pytest.raises(ExportError, match=problem):
            recipient(text)
    key = rsa.generate_private_key(65537, 2048)
    with pytest.raises(ExportError, match="has expired"):
        recipient(str(certificate(tmp_path, key, days=-1)))
    monkeypatch.setattr(encryption, "CMS_BYTES", 10)
    with pytest.raises(ExportError, match="encrypt it to an age key"):
        encrypt(bundle, recipient(str(certificate(tmp_path, key))))
    assert sorted(path.name for path in tmp_path.glob("*bundle*")) == ["bundle.zip"]


def test_the_way_of_a_bundle_is_in_the_log_with_hashes_and_in_order(
    ledger: Ledger, bundle: Path, folder: Path
) -> None:
    identity = pyrage.x25519.Identity.generate()
    held = custody.identify(ledger, bundle)
    encrypted = encrypt(bundle, recipient(str(identity.to_public())))
    custody.record_encrypted(ledger, held.bundle_sha256, encrypted)
    sent = custody.identify(ledger, encrypted.path)
    assert (sent.bundle_sha256, sent.file_sha256) == (held.bundle_sha256, encrypted.sha256)
    custody.record(
        ledger,
        sent,
        "handed",
        to="A. Auditor",
        by="E. Xporter",
        happened_at=NOON,
        note="by courier",
    )
    assert custody.identify(ledger, folder).file_sha256 == ""
    found = list(custody.steps(ledger, held.bundle_sha256))
    assert [one.event for one in found] == ["exported", "encrypted", "handed"]
    assert (found[2].to, found[2].happened_at) == ("A. Auditor", "2026-11-24T12:00:00Z")
    assert ledger.verify().ok


def test_what_is_no_bundle_of_this_ledger_has_no_custody_here(
    ledger: Ledger, bundle: Path, tmp_path: Path
) -> None:
    with open_ledger(tmp_path / "other") as other:
        with pytest.raises(BundleError, match="was not exported from this ledger"):
            custody.identify(other, bundle)
        assert list(custody.steps(other)) == []
    bundle.write_bytes(bundle.read_bytes()[:-3])
    with pytest.raises(BundleError, match="is no bundle that verifies"):
        custody.identify(ledger, bundle)
