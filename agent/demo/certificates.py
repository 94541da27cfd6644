"""Keys and certificates for the sample API server: made for one run, trusted by nobody else."""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class ServerFiles:
    certificate: Path
    """Self-signed, for localhost; also what a client trusts."""
    key: Path
    account_key: Path
    """Signs service account tokens."""


def write_server_files(folder: Path) -> ServerFiles:
    """Write a server certificate with its key, and a signing key, readable by this user only."""
    folder.mkdir(parents=True, exist_ok=True)
    files = ServerFiles(
        certificate=folder / "server.crt",
        key=folder / "server.key",
        account_key=folder / "accounts.key",
    )
    key = ec.generate_private_key(ec.SECP256R1())
    files.certificate.write_bytes(_self_signed(key).public_bytes(serialization.Encoding.PEM))
    _write_key(files.key, key)
    _write_key(files.account_key, ec.generate_private_key(ec.SECP256R1()))
    return files


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "annexa demo")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + 30 * _DAY)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
