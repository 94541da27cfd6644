"""Who vouches for a bundle, and when: a DSSE envelope around an in-toto statement, by one or
several ECDSA P-256 keys; the same as a Sigstore bundle; time stamps of the first signature.

With keys in files and without time stamps, the same bundle and keys give the same bytes.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..ledger.keys import BUNDLE_KEY, load_or_create
from .errors import ExportError
from .signers import FileKey, SigningKey, fingerprint, open_key, public_pem
from .timestamps import Answer, ask
from .verify import (
    ENVELOPE,
    PAYLOAD_TYPE,
    PREDICATE_TYPE,
    SIGSTORE,
    STAMP_LIST,
    STAMPS,
    STATEMENT_TYPE,
    TAGS,
    canonical,
    pre_authentication,
    public_key_file,
    sigstore_bundle,
)


@dataclass(frozen=True, kw_only=True)
class Signing:
    """How bundles are signed."""

    keys: tuple[str, ...] = ()
    """Addresses, see `signers`; none: a key in the folder of keys, which is made on first use."""
    timestamps: tuple[str, ...] = ()
    """Authorities (RFC 3161) that are asked for the time, each for a token of its own."""
    timestamps_required: int = 0
    """So many have to answer, or nothing is written."""
    timeout_s: float = 10.0


@dataclass
class BundleKey:
    """The keys that sign bundles, the first of which gives the bundle its fingerprint.

    Raises:
        KeyRefused: One cannot be used.
    """

    folder: Path
    signing: Signing = Signing()
    keys: Sequence[SigningKey] = ()
    gaps: list[Answer] = field(default_factory=list)
    """Authorities that gave no time, after `seal`."""

    def __post_init__(self) -> None:
        own = self.folder / BUNDLE_KEY
        addresses = self.signing.keys
        self.keys = self.keys or (
            [open_key(address) for address in addresses]
            if addresses
            else [FileKey(load_or_create(own, "p256"))]
        )

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the first public key's DER form, hex."""
        return fingerprint(self.keys[0].public)

    @property
    def fingerprints(self) -> list[str]:
        return [fingerprint(key.public) for key in self.keys]

    @property
    def public_files(self) -> Mapping[str, bytes]:
        """Name in the bundle -> public key in PEM."""
        return {public_key_file(i): public_pem(key.public) for i, key in enumerate(self.keys, 1)}

    def seal(self, tags_sha256: str, predicate: Mapping[str, object]) -> dict[str, bytes]:
        """All that vouches for the tag manifest with this SHA-256: name in the bundle -> content.

        Raises:
            ExportError: A key did not sign, or too few authorities gave their time.
        """
        urls = self.signing.timestamps
        said = {**predicate, "timestamps": list(urls)} if urls else dict(predicate)
        subject = [{"name": TAGS, "digest": {"sha256": tags_sha256}}]
        text = envelope(PREDICATE_TYPE, subject, said, self.keys)
        files = {ENVELOPE: text.content}
        answers = ask(urls, text.signatures[0], timeout_s=self.signing.timeout_s)
        self.gaps = [answer for answer in answers if answer.token is None]
        if len(answers) - len(self.gaps) < self.signing.timestamps_required:
            where = self.gaps[0].url if self.gaps else "timestamps"
            problem = self.gaps[0].gap or "" if self.gaps else "fewer are asked than have to answer"
            remedy = "try again, name more authorities, or lower timestamps_required"
            raise ExportError(where, problem, remedy=remedy)
        entries: list[dict[str, str]] = []
        for number, (url, token, gap) in enumerate(answers, 1):
            if token is None:
                entries.append({"url": url, "gap": gap or ""})
            else:
                entries.append({"url": url, "file": f"{number}.tsr"})
                files[f"{STAMPS}{number}.tsr"] = token
        if entries:
            files[STAMP_LIST] = canonical(entries) + b"\n"
        tokens = [answer.token for answer in answers if answer.token is not None]
        return files | {SIGSTORE: sigstore_bundle(text.content, tokens)}


@dataclass(frozen=True, kw_only=True)
class Envelope:
    content: bytes
    signatures: Sequence[bytes]
    """DER, in the order of the keys."""


def envelope(
    predicate_type: str,
    subject: Sequence[Mapping[str, object]],
    predicate: Mapping[str, object],
    keys: Sequence[SigningKey],
) -> Envelope:
    """An in-toto statement in a DSSE envelope, signed with each key."""
    payload = canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": list(subject),
            "predicateType": predicate_type,
            "predicate": dict(predicate),
        }
    )
    made = [key.sign(pre_authentication(payload)) for key in keys]
    signatures = [
        {"keyid": fingerprint(key.public), "sig": _base64(signature)}
        for key, signature in zip(keys, made, strict=True)
    ]
    content = canonical(
        {"payload": _base64(payload), "payloadType": PAYLOAD_TYPE, "signatures": signatures}
    )
    return Envelope(content=content + b"\n", signatures=made)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
