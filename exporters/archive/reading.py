"""Reads what an archive says about itself."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from tempfile import SpooledTemporaryFile
from typing import IO, TypeVar

import msgspec

from ...ledger import Reach
from ..errors import ArchiveDamaged
from .manifest import FORMAT, Beginning, Listed, Manifest, part_file
from .store import Store

_SPOOL = 8 << 20
_MANIFEST_BYTES = 256 << 20
_REMEDY = "restore it from where it was copied to; tell your auditor"
_B = TypeVar("_B", bound=Beginning)


@dataclass(frozen=True, kw_only=True)
class Written:
    """How far an archive goes."""

    ledger: str = ""
    """Empty: nothing is there yet."""
    parts: int = 0
    reach: Reach = field(default_factory=Reach)
    checkpoint: str = ""
    digest: str = ""
    """Of the newest manifest, hex."""
    begun: Beginning | None = None
    """A further part that was begun and not finished."""

    def after(self, manifest: Manifest, digest: str) -> "Written":
        return replace(
            self,
            ledger=manifest.ledger,
            parts=manifest.part,
            reach=manifest.end,
            checkpoint=manifest.checkpoint,
            digest=digest,
            begun=None,
        )


def written(store: Store) -> Written:
    """What is there, by the newest manifest; the others are not read.

    Raises:
        ArchiveDamaged: It cannot be understood.
    """
    begun, ended = 0, 0
    for stored in store.names("parts/"):
        _, number, name = [*stored.name.split("/", 2), "", ""][:3]
        if number.isdecimal() and name == "begin.json":
            begun = max(begun, int(number))
        elif number.isdecimal() and name == "end.json":
            ended = max(ended, int(number))
    found = Written()
    if ended:
        found = found.after(*manifest(store, ended))
    if begun == ended + 1:
        name = part_file(begun, "begin.json")
        found = replace(found, begun=_decode(store, name, whole(store, name), Beginning))
    return found


def manifests(store: Store) -> Iterator[tuple[Manifest, str]]:
    """All of them in order, up to the first that is missing, each with its SHA-256 in hex."""
    numbers = [
        int(stored.name.split("/")[1])
        for stored in store.names("parts/")
        if stored.name.endswith("/end.json") and stored.name.split("/")[1].isdecimal()
    ]
    for number in range(1, max(numbers, default=0) + 1):
        yield manifest(store, number)


def manifest(store: Store, part: int) -> tuple[Manifest, str]:
    name = part_file(part, "end.json")
    content = whole(store, name)
    return _decode(store, name, content, Manifest), hashlib.sha256(content).hexdigest()


def checked(store: Store, listed: Listed) -> IO[bytes]:
    """An object's content, after all of it was read and hashed; close it.

    Raises:
        ArchiveDamaged: It is missing or has changed.
    """
    spool = SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - closed by whoever it is given to
    total, size = hashlib.sha256(), 0
    with store.open(listed.name) as opened:
        for chunk in opened.chunks:
            total.update(chunk)
            size += len(chunk)
            if size > listed.size:
                break
            spool.write(chunk)
    if (total.hexdigest(), size) != (listed.sha256, listed.size):
        spool.close()
        raise ArchiveDamaged(
            f"{store.where}/{listed.name}", "was altered since it was written", remedy=_REMEDY
        )
    spool.seek(0)
    return spool


def whole(store: Store, name: str) -> bytes:
    """A small object's content; a list or a mark."""
    content = b""
    with store.open(name) as opened:
        for chunk in opened.chunks:
            content += chunk
            if len(content) > _MANIFEST_BYTES:
                break
    return content


def _decode(store: Store, name: str, content: bytes, form: type[_B]) -> _B:
    try:
        found = msgspec.json.decode(content, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ArchiveDamaged(f"{store.where}/{name}", "is no manifest", remedy=_REMEDY) from error
    if found.format != FORMAT:
        raise ArchiveDamaged(
            f"{store.where}/{name}",
            f"is of the format {found.format[:40]!r}",
            remedy="use the annexa that wrote it, or a newer one",
        )
    return found
