"""What somebody without the key can do to a bundle and cover up: take it apart, and put together
a zip that is perfect in itself, with lists that fit and a signature by a key of their own."""

import base64
import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from annexa.exporters.signature import BundleKey
from annexa.exporters.verify import (
    DEFLATED,
    ENVELOPE,
    MANIFEST,
    STORED,
    SUMS,
    TAGS,
    UNLISTED,
    Entry,
    central_header,
    end_records,
    listing,
    local_header,
)

Files = list[tuple[str, bytes]]
"""Path under the top folder, and content, in the order of the zip."""


@dataclass(frozen=True, kw_only=True)
class Original:
    data: bytes
    top: str
    files: Files
    key: BundleKey
    """Of somebody else than whoever exported it."""
    earlier: Mapping[str, bytes]
    """Files of another bundle by the same keys."""

    @classmethod
    def read(cls, bundle: Path, earlier: Path, key: BundleKey) -> "Original":
        (top, files), (_, others) = _members(bundle), _members(earlier)
        return cls(data=bundle.read_bytes(), top=top, files=files, key=key, earlier=dict(others))

    def unpack(self, folder: Path) -> None:
        for name, content in self.files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)

    def has_files_of(self, bundle: Path) -> bool:
        """The same files come out of it."""
        return _members(bundle) == (self.top, self.files)

    @property
    def predicate(self) -> dict[str, object]:
        """What the signer said about the bundle."""
        payload = json.loads(dict(self.files)[ENVELOPE])["payload"]
        said: dict[str, object] = json.loads(base64.b64decode(payload))["predicate"]
        return said


def _members(path: Path) -> tuple[str, Files]:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        top = names[0].partition("/")[0]
        return top, [(name[len(top) + 1 :], archive.read(name)) for name in names]


@dataclass(frozen=True, kw_only=True)
class Mended:
    """How far whoever changed files went on to cover it up."""

    lists: bool = False
    signature: bool = False
    """By a key of their own; only the fingerprint tells that from the real one."""


def zipped(top: str, files: Files, level: int = 6) -> bytes:
    """A zip that is perfect in itself, as an export writes it."""
    out, directory = bytearray(), b""
    for name, content in files:
        deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
        packed = deflate.compress(content) + deflate.flush() if content else b""
        method = DEFLATED if content else STORED
        crc = zlib.crc32(content)
        entry = Entry(f"{top}/{name}", method, crc, len(packed), len(content), len(out))
        directory += central_header(entry)
        out += local_header(entry) + packed
    body = bytes(out) + directory + end_records(len(files), len(directory), len(out))
    return with_digest(body)


def with_digest(body: bytes) -> bytes:
    return body + b"sha256:" + hashlib.sha256(body).hexdigest().encode()


def relisted(original: Original, files: Files, mended: Mended) -> Files:
    """The files with lists that fit them, and a signature if asked for."""
    now = dict(files)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files}
    payload = {name: digest for name, digest in digests.items() if name.startswith("data/")}
    if "bag-info.txt" in now:
        size = sum(len(now[name]) for name in payload)
        oxum = f"Payload-Oxum: {size}.{len(payload)}".encode()
        now["bag-info.txt"] = re.sub(rb"(?m)^Payload-Oxum: .*$", oxum, now["bag-info.txt"])
        digests["bag-info.txt"] = hashlib.sha256(now["bag-info.txt"]).hexdigest()
    now[MANIFEST] = listing(payload)
    digests[MANIFEST] = hashlib.sha256(now[MANIFEST]).hexdigest()
    if mended.signature:
        now |= original.key.public_files
        digests |= {n: hashlib.sha256(now[n]).hexdigest() for n in original.key.public_files}
    tags = {n: d for n, d in digests.items() if n not in payload and n not in UNLISTED}
    now[TAGS] = listing(tags)
    if mended.signature:
        digest = hashlib.sha256(now[TAGS]).hexdigest()
        now |= original.key.seal(digest, original.predicate)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in now.items()}
    now[SUMS] = listing({name: digest for name, digest in digests.items() if name != SUMS})
    names = [name for name, _ in files]
    return [(name, now[name]) for name in (*names, *(now.keys() - set(names)))]
