"""Encrypts a bundle to one auditor: age, streamed, or CMS for those who have certificates.

``age -d`` and ``openssl cms -decrypt -binary -inform DER`` open them again. The plain file stays.
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from .errors import ExportError

CMS_BYTES = 512 << 20
"""A CMS envelope is made in memory, several times the file; age is not."""
_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Encrypted:
    path: Path
    sha256: str
    """Of the encrypted file; each time another one."""
    recipient: str
    """The age recipient, or SHA-256 of the certificate."""


class Recipient(Protocol):
    name: str
    ending: str
    """Of the encrypted file's name."""

    def write(self, plain: Path, into: Path) -> None: ...


def recipient(text: str) -> Recipient:
    """Read ``--encrypt-to``: ``age1…``, ``ssh-ed25519 …``, or the path of a certificate in PEM.

    Raises:
        ExportError: It is none, or cannot be used.
    """
    if text.startswith(("age1", "ssh-ed25519 ", "ssh-rsa ")):
        return _Age(text)
    return _Cms(Path(text))


def encrypt(plain: Path, to: Recipient) -> Encrypted:
    """Write the encrypted file beside ``plain``, whole or not at all.

    Raises:
        ExportError: It cannot be written, or is too big for CMS.
    """
    path = plain.with_name(plain.name + to.ending)
    draft = path.with_name(f".{path.name}.partial")
    total = hashlib.sha256()
    try:
        try:
            to.write(plain, draft)
            with draft.open("rb") as file:
                for chunk in iter(lambda: file.read(_CHUNK), b""):
                    total.update(chunk)
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise ExportError(str(path), problem, remedy="check the folder and the disk") from error
    return Encrypted(path=path, sha256=total.hexdigest(), recipient=to.name)


class _Age:
    ending = ".age"

    def __init__(self, text: str) -> None:
        try:
            import pyrage
        except ImportError as error:
            raise ExportError(
                "--encrypt-to", "age needs pyrage", remedy="pip install 'annexa[age]'"
            ) from error
        form = pyrage.x25519.Recipient if text.startswith("age1") else pyrage.ssh.Recipient
        try:
            self._key = form.from_str(text)
        except pyrage.RecipientError as error:
            raise ExportError(
                "--encrypt-to",
                f"{text[:12]}… is no recipient of age",
                remedy="ask the auditor for the line that `age-keygen -y` prints",
            ) from error
        self.name = text

    def write(self, plain: Path, into: Path) -> None:
        import pyrage

        with plain.open("rb") as source, into.open("wb") as target:
            pyrage.encrypt_io(source, target, [self._key])


class _Cms:
    ending = ".p7m"

    def __init__(self, path: Path) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            self._certificate = x509.load_pem_x509_certificate(path.read_bytes())
        except (OSError, ValueError) as error:
            raise ExportError(
                str(path),
                "is neither a recipient of age nor a certificate in PEM",
                remedy="give age1…, or the file of the auditor's certificate",
            ) from error
        if not isinstance(self._certificate.public_key(), RSAPublicKey):
            raise ExportError(
                str(path), "has no RSA key", remedy="ask for an RSA certificate, or use age"
            )
        if self._certificate.not_valid_after_utc < datetime.now(UTC):
            raise ExportError(str(path), "has expired", remedy="ask for a new certificate")
        self.name = f"sha256:{self._certificate.fingerprint(SHA256()).hex()}"

    def write(self, plain: Path, into: Path) -> None:
        from cryptography.hazmat.primitives.ciphers.algorithms import AES256
        from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

        if plain.stat().st_size > CMS_BYTES:
            raise ExportError(
                str(plain),
                f"is larger than the {CMS_BYTES >> 20} MiB that are encrypted as CMS",
                remedy="encrypt it to an age key, which has no limit",
            )
        envelope = (
            pkcs7.PKCS7EnvelopeBuilder()
            .set_data(plain.read_bytes())
            .set_content_encryption_algorithm(AES256)
            .add_recipient(self._certificate)
            .encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
        )
        into.write_bytes(envelope)
