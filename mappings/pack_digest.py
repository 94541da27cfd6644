"""Which files a pack and its overlays are made of, and one number for all of them."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def pack_files(folder: Path) -> list[Path]:
    """The pack's own files, in the order in which they are digested; no plugin's fragments."""
    found = [folder / name for name in ("pack.yaml", "catalogue.yaml")]
    for part in ("views.yaml", "readiness.yaml", "rules/*.yaml", "crosswalk/*.yaml", "views/*.sql"):
        found += sorted(folder.glob(part))
    return found


def overlay_files(folder: Path) -> list[Path]:
    """An overlay's own files."""
    return [
        folder / "overlay.yaml",
        *sorted(folder.glob("rules/*.yaml")),
        *sorted(folder.glob("views/*.sql")),
    ]


def pack_digest(folder: Path, overlays: Iterable[Path], sql_files: Iterable[Path]) -> str:
    """SHA-256, hex, over every file's name and content; ``sql_files`` are those of all views."""
    own = [path for path in pack_files(folder) if path.suffix != ".sql"]
    for layer in overlays:
        own += [path for path in overlay_files(layer) if path.suffix != ".sql"]
    total = hashlib.sha256()
    for path in (*own, *sql_files):
        total.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
