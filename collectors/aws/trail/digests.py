"""A trail's digest files: which log files there were, with their hashes, signed by AWS.

They show a log file that was deleted or changed after it was delivered. Of each digest file the
signature is checked too; that one digest file follows another is not.
"""

import hashlib
import threading
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from ...contract import Call, Check, Skip
from ...errors import CollectionError
from ..api import Api, Paged
from ..listing import skip_of
from .bucket import Stored, TrailBucket

KEPT_DAYS = 3
"""A digest names files of its own day and of the day before."""
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
NAMED = 5


class _Named(msgspec.Struct, rename="camel"):
    s3_bucket: str
    s3_object: str
    hash_value: str


class _Digest(msgspec.Struct, rename="camel"):
    digest_end_time: str
    digest_s3_bucket: str
    digest_s3_object: str
    digest_public_key_fingerprint: str
    previous_digest_signature: str | None = None
    log_files: list[_Named] = []


class _Key(msgspec.Struct, rename="pascal"):
    value: bytes
    """PKCS #1, DER."""
    fingerprint: str


class _Keys(Paged, kw_only=True):
    public_key_list: list[_Key]


class Digests:
    """Compares what was listed and read with what digest files name. Its memory is some days of
    names. `read` may be called by any thread, all else by one."""

    def __init__(self, api: Api, call: Call, bucket: TrailBucket) -> None:
        self._api, self._call, self._bucket = api, call, bucket
        self._listed: dict[date, set[str]] = {}
        self._hashes: dict[str, str] = {}
        self._lock = threading.Lock()
        self._keys: dict[str, bytes] | None = None
        self._is_off = False
        """Without the public keys nothing can be checked."""
        self._named = self._same = self._differ = 0
        self._wrong: list[str] = []
        self.files = 0

    def listed(self, day: date, files: Sequence[Stored]) -> None:
        """``day`` was listed, even if there are no ``files`` in it."""
        self._listed.setdefault(day, set()).update(one.key for one in files)

    def read(self, key: str, sha256: str) -> None:
        with self._lock:
            self._hashes[key] = sha256

    def compare(self, day: date) -> Iterator[Skip]:
        """Read the digest files of ``day``; those of the days before were compared."""
        for page in self._bucket.digests(self._call, day):
            for stored in page:
                if self._is_off:
                    return
                try:
                    self._load_keys()
                except CollectionError as error:
                    self._is_off = True
                    yield skip_of("the digest files: CloudTrail's public keys", error)
                    return
                try:
                    self._compare(stored)
                except CollectionError as error:
                    yield skip_of(f"digest file {_short(stored.key)}", error)
        self._forget(day)

    def check(self) -> Check:
        """What was found until now."""
        wrong = "; ".join(self._wrong[:NAMED])
        return Check(
            method="log files against the trail's signed digest files",
            expected=f"{self._named} files named by {self.files} digest files",
            found=f"{self._named - self._differ} of them, {self._same} read now and the same",
            ok=not self._wrong,
            note=f"{len(self._wrong)} differ: {wrong}" if self._wrong else "",
        )

    def _compare(self, stored: Stored) -> None:
        packed, metadata = self._bucket.fetch(self._call, stored.key)
        self.files += 1
        digest = _unpacked(packed)
        if digest is None:
            self._wrong.append(f"{_short(stored.key)} is no digest file")
            return
        content, found = digest
        if not self._is_signed(found, content, stored.key, metadata.get("signature", "")):
            self._wrong.append(f"{_short(stored.key)} is not signed by CloudTrail")
            return  # what it names may be anybody's invention
        for one in found.log_files:
            self._look_at(one)

    def _look_at(self, named: _Named) -> None:
        day = _day_of(named.s3_object)
        if named.s3_bucket != self._bucket.name or day not in self._listed:
            return  # it was not looked for
        self._named += 1
        sha256 = self._hashes.get(named.s3_object)
        if named.s3_object not in self._listed[day]:
            self._differ += 1
            self._wrong.append(f"{_short(named.s3_object)} is gone")
        elif sha256 == named.hash_value:
            self._same += 1
        elif sha256 is not None:
            self._differ += 1
            self._wrong.append(f"{_short(named.s3_object)} was changed")

    def _is_signed(self, digest: _Digest, content: bytes, key: str, signature: str) -> bool:
        """As AWS's guide "Validating CloudTrail log file integrity" has it."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        public = (self._keys or {}).get(digest.digest_public_key_fingerprint)
        if public is None or digest.digest_s3_object != key:
            return False
        text = "\n".join(
            (
                digest.digest_end_time,
                f"{digest.digest_s3_bucket}/{digest.digest_s3_object}",
                hashlib.sha256(content).hexdigest(),
                digest.previous_digest_signature or "null",
            )
        )
        try:
            loaded = load_der_public_key(public)
            if not isinstance(loaded, rsa.RSAPublicKey):
                return False
            signed = bytes.fromhex(signature)
            loaded.verify(signed, text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def _load_keys(self) -> None:
        """All that CloudTrail signed with in the last ten years, once."""
        if self._keys is None:
            now = datetime.now(UTC)
            wanted = {"StartTime": now - timedelta(days=3650), "EndTime": now}
            pages = self._api.pages(self._call, "cloudtrail:ListPublicKeys", _Keys, wanted)
            self._keys = {
                key.fingerprint: key.value for page in pages for key in page.public_key_list
            }

    def _forget(self, day: date) -> None:
        oldest = day - timedelta(days=KEPT_DAYS)
        for gone in [one for one in self._listed if one <= oldest]:
            for key in self._listed.pop(gone):
                self._hashes.pop(key, None)


def _unpacked(packed: bytes) -> tuple[bytes, _Digest] | None:
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = unpack.decompress(packed, MAX_UNPACKED_BYTES)
        return (content, msgspec.json.decode(content, type=_Digest)) if unpack.eof else None
    except (zlib.error, msgspec.MsgspecError, ValueError):
        return None


def _day_of(key: str) -> date | None:
    try:
        year, month, day = key.split("/")[-4:-1]
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _short(key: str) -> str:
    return key.rsplit("/", maxsplit=1)[-1]
