"""What an archive says about itself: one list for each part, each with the hash of the one before.

A part begins with ``begin.json`` and is there when its ``end.json`` is: an archive that was
interrupted goes on with the same part, which has the same bytes whenever it is written. What
``end.json`` says is signed in ``end.sig``, which is written before it; parts of an annexa that did
not do so have none.
"""

import msgspec

from ...collectors import canonical
from ...ledger import Reach

FORMAT = "annexa-archive/1"


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    sha256: str
    size: int


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """``begin.json``."""

    format: str
    ledger: str
    """Its name in checkpoints."""
    part: int
    start: Reach
    end: Reach


class Manifest(Beginning, frozen=True, kw_only=True):
    """``end.json``."""

    previous: str
    """SHA-256 of the manifest before; empty in the first."""
    checkpoint: str
    """The signed note at the part's end."""
    objects: list[Listed]


def encode(value: Beginning) -> bytes:
    return canonical.encode(msgspec.to_builtins(value))


def mark(ledger: str, part: int, manifest_sha256: str) -> str:
    """What ``end.sig`` signs, as a C2SP signed note."""
    return f"{FORMAT}\n{ledger}\n{part}\n{manifest_sha256}\n"


def part_file(part: int, name: str) -> str:
    return f"parts/{part:08d}/{name}"
