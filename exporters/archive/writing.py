"""Archives what the ledger has gained since the last time, and bundles."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from tempfile import SpooledTemporaryFile

import zstandard

from ...ledger import Ledger, Reach
from ..errors import ArchiveDamaged, ArchiveError
from .manifest import FORMAT, Beginning, Listed, Manifest, encode, mark, part_file
from .reading import Written, manifests, written
from .store import Store

_SPOOL = 8 << 20
_EVIDENCE_BYTES = 8 << 20
"""An object of bodies is closed when it is this big."""

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class ArchiveSummary:
    where: str
    leaves: int
    """How far the archive goes now."""
    parts: int
    """Written this time."""
    objects: int
    """Written this time."""
    size_bytes: int
    """Of those."""


@dataclass
class _Putting:
    store: Store
    objects: list[Listed] = field(default_factory=list)
    new: int = 0
    size_bytes: int = 0

    def put(self, name: str, chunks: Iterable[bytes], *, is_listed: bool = True) -> str:
        """Write an object through a spool; its SHA-256, hex."""
        total, size = hashlib.sha256(), 0
        with SpooledTemporaryFile(_SPOOL) as spool:
            for chunk in chunks:
                total.update(chunk)
                size += len(chunk)
                spool.write(chunk)
            spool.seek(0)
            if self.store.put(name, spool, sha256=total.digest(), size=size):  # type: ignore[arg-type]  # a spool is one
                self.new += 1
                self.size_bytes += size
        if is_listed:
            self.objects.append(Listed(name=name, sha256=total.hexdigest(), size=size))
        return total.hexdigest()


def archive(
    ledger: Ledger, store: Store, *, bundles: Sequence[Path] = (), progress: Progress | None = None
) -> ArchiveSummary:
    """Write what is new; that it was done is a leaf, which by itself is nothing new.

    Raises:
        ArchiveError: The place refuses, or holds another ledger.
        ArchiveDamaged: What is there is not what was written.
    """
    found = written(store)
    _check_same(ledger, found, store.where)
    parts, objects, size_bytes = 0, 0, 0
    fresh = _fresh(store, _names(ledger, bundles))
    tell = progress or (lambda _: None)
    while True:
        begun = found.begun
        end = begun.end if begun else ledger.parts.reach()
        if not begun and not fresh and not _is_new(ledger, found.reach, end):
            break
        putting = _Putting(store)
        manifest, digest = _part(
            ledger, putting, found, end, bundles={} if begun else fresh, progress=tell
        )
        fresh = fresh if begun else {}
        parts, objects = parts + 1, objects + putting.new
        size_bytes += putting.size_bytes
        ledger.append(
            "archived",
            {
                "place": store.where,
                "part": manifest.part,
                "manifest_sha256": digest,
                "objects": putting.new,
                "size_bytes": putting.size_bytes,
                "checkpoint_size": end.leaves,
            },
        )
        found = found.after(manifest, digest)
    return ArchiveSummary(
        where=store.where,
        leaves=found.reach.leaves,
        parts=parts,
        objects=objects,
        size_bytes=size_bytes,
    )


def _part(
    ledger: Ledger,
    putting: _Putting,
    found: Written,
    end: Reach,
    *,
    bundles: dict[str, Path],
    progress: Progress,
) -> tuple[Manifest, str]:
    number, start = found.parts + 1, found.reach
    beginning = Beginning(format=FORMAT, ledger=ledger.origin, part=number, start=start, end=end)
    putting.put(part_file(number, "begin.json"), [encode(beginning)])
    progress(f"part {number}: leaves {start.leaves} to {end.leaves}")
    note = ledger.checkpoint(end.leaves)
    if end.leaves > start.leaves:
        rows = _packed(ledger.parts.rows(start, end))
        putting.put(part_file(number, "rows.jsonl.zst"), rows)
        for i, frames in enumerate(_grouped(ledger.parts.segments(start, end)), 1):
            putting.put(part_file(number, f"evidence-{i:04d}.zst"), frames)
        for name, content in ledger.parts.tiles(start, end):
            putting.put(f"log/{name}", [content])
        putting.put(f"log/checkpoints/{end.leaves}", [note.encode()])
    for name, path in bundles.items():
        progress(path.name)
        putting.put(name, _chunks(path))
    manifest = Manifest(
        format=FORMAT,
        ledger=ledger.origin,
        part=number,
        start=start,
        end=end,
        previous=found.digest,
        checkpoint=note,
        objects=sorted(putting.objects, key=lambda one: one.name),
    )
    end_mark = encode(manifest)
    signed = ledger.sign(mark(ledger.origin, number, hashlib.sha256(end_mark).hexdigest()))
    putting.put(part_file(number, "end.sig"), [signed.encode()], is_listed=False)
    digest = putting.put(part_file(number, "end.json"), [end_mark], is_listed=False)
    return manifest, digest


def _check_same(ledger: Ledger, found: Written, where: str) -> None:
    """What was archived is the beginning of this ledger."""
    if found.ledger not in ("", ledger.origin):
        raise ArchiveError(
            where,
            f"is the archive of {found.ledger}",
            remedy="archive each ledger to its own place",
        )
    size = found.reach.leaves
    begun = found.begun.end.leaves if found.begun else 0
    try:
        same = not size or ledger.checkpoint(size) == found.checkpoint
        same = same and begun <= ledger.log.size()
    except ValueError:
        same = False
    if not same:
        raise ArchiveDamaged(
            where,
            f"holds a checkpoint of {max(size, begun)} leaves that this ledger does not have",
            remedy="one of them was rewritten or set back: compare both before you go on",
        )


def _is_new(ledger: Ledger, start: Reach, end: Reach) -> bool:
    leaves = ledger.log.leaves(start.leaves, end.leaves)
    return any(leaf.type != "archived" for leaf in leaves)


def _names(ledger: Ledger, bundles: Sequence[Path]) -> dict[str, Path]:
    """Name in the archive -> file; each a bundle that this ledger exported and that verifies."""
    from ..verify import verify_bundle

    if not bundles:
        return {}
    exported = b"".join(leaf.body for leaf in ledger.log.of_type("export"))
    named: dict[str, Path] = {}
    for path in bundles:
        report = verify_bundle(str(path))
        if not report.ok:
            raise ArchiveDamaged(
                str(path), "does not verify", remedy=f"see `annexa verify {path}`, export it again"
            )
        digest = report.statement["subject"][0]["digest"]["sha256"]
        if f'"bundle_sha256":"{digest}"'.encode() not in exported:
            raise ArchiveError(
                str(path),
                "was not exported from this ledger",
                remedy="archive it where its own ledger goes",
            )
        named[f"bundles/{digest[:16]}-{path.name}"] = path
    return named


def _fresh(store: Store, named: dict[str, Path]) -> dict[str, Path]:
    """Those that no manifest lists."""
    if not named:
        return {}
    known = {one.name for manifest, _ in manifests(store) for one in manifest.objects}
    return {name: path for name, path in named.items() if name not in known}


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(1 << 20), b"")


def _packed(lines: Iterator[bytes]) -> Iterator[bytes]:
    packer = zstandard.ZstdCompressor(level=6).compressobj()
    for line in lines:
        yield packer.compress(line)
    yield packer.flush()


def _grouped(frames: Iterator[bytes]) -> Iterator[Iterator[bytes]]:
    """Frames, as many as fit into an object; each group is used up before the next."""
    for first in frames:
        yield _group(chain((first,), frames))


def _group(frames: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for frame in frames:
        yield frame
        size += len(frame)
        if size >= _EVIDENCE_BYTES:
            return
