"""Every kind of change to a bundle, and whether it is found: for the test and for
``bench/tampering.py``, which does the same ten thousand times."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random

from annexa.exporters.verify import COMMENT_BYTES, CannotTry, verify_bundle

from . import changed_files, changed_zips
from .tampering import Mended, Original, with_digest

SAME = "the same files in other deflate, which is no change"
"""Bits of deflate that nothing reads, or that say the same in another way."""
Case = tuple[str, Callable[[Random], bytes]]
_COVERED_UP = {
    "": Mended(),
    ", lists mended": Mended(lists=True),
    ", lists mended and signed by another key": Mended(lists=True, signature=True),
}


def is_found(path: Path, fingerprint: str) -> bool:
    try:
        return not verify_bundle(path, fingerprint=fingerprint).ok
    except CannotTry:
        return True


def structural(original: Original) -> Iterator[Case]:
    """What it is, and a function that makes a random one: a zip."""
    for change in changed_files.CHANGES:
        for told, mended in _COVERED_UP.items():
            made = partial(changed_files.tampered, original, change, mended=mended)
            yield change.__name__.replace("_", " ") + told, made
    for kind in changed_zips.CHANGES:
        for told, is_mended in (("", False), (", digest mended", True)):
            made = partial(changed_zips.tampered, original, kind, is_mended=is_mended)
            yield f"zip, {kind}{told}", made
    yield "zip, files in another order", partial(changed_zips.reordered, original)
    yield "zip, packed at another level", partial(changed_zips.repacked, original)


def byte_change(
    original: Original, number: int, chance: Random, folder: Path, fingerprint: str
) -> tuple[str, bool]:
    """One bit of one byte, where ``number`` says; what it was, and whether it was found.

    Args:
        folder: With the files in ``unpacked``, which are mended afterwards.
    """
    if number % 3 == 2:
        files = [(name, content) for name, content in original.files if content]
        ((name, content),) = chance.choices(files, [len(content) for _, content in files])
        path = folder / "unpacked" / name
        path.write_bytes(flipped(content, chance))
        found = is_found(folder / "unpacked", fingerprint)
        path.write_bytes(content)
        return "in an unpacked file", found
    path = folder / "tampered.zip"
    if number % 3 == 1:
        path.write_bytes(with_digest(flipped(original.data[:-COMMENT_BYTES], chance)))
        if is_found(path, fingerprint):
            return "in the zip, its digest mended", True
        return f"in the zip, its digest mended: {SAME}", original.has_files_of(path)
    path.write_bytes(flipped(original.data, chance))
    return "in the zip", is_found(path, fingerprint)


def flipped(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes((data[at] ^ (1 << chance.randrange(8)),)) + data[at + 1 :]
