"""RFC 3161: other people's clocks say that a bundle's signature existed.

The token is over the bytes of the first signature, as in a Sigstore bundle, and is kept as it
came. An authority that does not answer is a gap that stands in the bundle.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from .. import AnnexaError
from .errors import ExportError
from .verify import STAMPS, Report, read_token

_MEDIA = "application/timestamp-query"
_LIMIT_BYTES = 1 << 20


class Answer(NamedTuple):
    """What came from one authority."""

    url: str
    token: bytes | None
    gap: str | None
    """Why there is no token."""


def ask(urls: Sequence[str], data: bytes, *, timeout_s: float = 10.0) -> list[Answer]:
    """Ask each authority to put its time on ``data``, of which only the SHA-256 is sent.

    Raises:
        ExportError: rfc3161-client is not installed.
    """
    return [_ask(url, data, timeout_s) for url in urls]


def _ask(url: str, data: bytes, timeout_s: float) -> Answer:
    import httpx2

    request, content = _request(data), b""
    try:
        with httpx2.stream(
            "POST", url, content=request, headers={"content-type": _MEDIA}, timeout=timeout_s
        ) as answer:
            if answer.status_code != 200:
                return Answer(url, None, f"answered with HTTP {answer.status_code}")
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > _LIMIT_BYTES:
                    return Answer(url, None, "answered with more than a token")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return Answer(url, None, f"did not answer ({type(error).__name__})")
    try:
        read_token(content, hashlib.sha256(data).digest())
    except ValueError as error:
        return Answer(url, None, f"answered with something else: {error}")
    return Answer(url, content, None)


def _request(data: bytes) -> bytes:
    try:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder
    except ImportError as error:
        raise ExportError(
            "timestamps", "rfc3161-client is not installed", remedy="install annexa[timestamps]"
        ) from error
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()


def check(report: Report, roots: Path) -> None:
    """Hold each token of a bundle against the auditor's own list of roots, at the token's time.

    Raises:
        RootsRefused: There are no certificates in that file, or rfc3161-client is missing.
    """
    try:
        from cryptography import x509
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError as error:
        raise RootsRefused(
            "--tsa-roots", "rfc3161-client is not installed", remedy="install annexa[timestamps]"
        ) from error
    try:
        trusted = x509.load_pem_x509_certificates(roots.read_bytes())
    except (OSError, ValueError) as error:
        raise RootsRefused(
            str(roots), "holds no certificates in PEM", remedy="give the authorities' roots"
        ) from error
    verifier = VerifierBuilder(roots=trusted).build()
    for number, stamp in enumerate(report.stamps):
        if stamp.token is None:
            continue
        try:
            response = decode_timestamp_response(stamp.token)
        except ValueError:
            told = "not checked, rfc3161-client cannot read it: `sh verify.sh` asks openssl"
            report.stamps[number] = stamp._replace(told=told)
            continue
        try:
            verifier.verify_message(response, report.signature)
        except (VerificationError, ValueError) as error:
            told = f"the token of {stamp.url} does not verify with your roots ({_line(error)})"
            report.add(f"{STAMPS}{number + 1}.tsr", told)
        else:
            told = "by a certificate under your roots"
            report.stamps[number] = stamp._replace(told=told)


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]


class RootsRefused(AnnexaError):
    """The tokens cannot be checked with what was given."""
