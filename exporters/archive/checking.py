"""Checks an archive from its own bytes: what is missing, altered, added; whether it restores."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ... import AnnexaError
from ...ledger import Ledger, VerifyReport
from ...ledger.checkpoint import read_text
from ...ledger.tiles import names
from ..errors import ArchiveDamaged
from .manifest import Listed, Manifest, mark, part_file
from .reading import manifests, whole, written
from .restoring import restore
from .store import Store

Progress = Callable[[str], None]


@dataclass
class ArchiveReport:
    where: str
    problems: list[str] = field(default_factory=list)
    """What does not fit; nothing: the archive is whole."""
    notes: list[str] = field(default_factory=list)
    parts: int = 0
    objects: int = 0
    size_bytes: int = 0
    checkpoint: str = ""
    unlocked: int = 0
    """Objects that could be deleted now."""
    locked_until: datetime | None = None
    """The first day on which one of the locked objects could be deleted."""
    ledger: VerifyReport | None = None
    """What the ledger that was restored from it says; None when it could not be."""

    @property
    def ok(self) -> bool:
        return not self.problems


def check(store: Store, *, scratch: Path, progress: Progress | None = None) -> ArchiveReport:
    """Read every object, then restore the ledger into ``scratch`` and verify it there.

    Everything that was found is told, not only the first. Needs room for the ledger.

    Raises:
        ArchiveError: The place does not answer.
    """
    report = ArchiveReport(where=store.where)
    tell = progress or (lambda _: None)
    listed: set[str] = set()
    marks: dict[int, str] = {}
    _objects(store, report, listed, marks, tell)
    _others(store, report, listed)
    if report.ok:
        tell("restoring")
        _restored(store, report, marks, scratch)
    return report


def _objects(
    store: Store,
    report: ArchiveReport,
    listed: set[str],
    marks: dict[int, str],
    progress: Progress,
) -> None:
    """``marks``: part -> the SHA-256 of its end mark."""
    before: Manifest | None = None
    digest = ""
    try:
        for manifest, sha256 in manifests(store):
            name = part_file(manifest.part, "end.json")
            progress(f"part {manifest.part}: {len(manifest.objects)} objects")
            if manifest.previous != digest or (before and before.end != manifest.start):
                report.problems.append(f"{name}: does not follow on the part before it")
            size = _size(store, name, report)
            marks[manifest.part] = sha256
            listed |= {name, part_file(manifest.part, "end.sig")}
            for one in manifest.objects:
                _object(store, one, report)
                listed.add(one.name)
            before, digest = manifest, sha256
            report.parts, report.checkpoint = manifest.part, manifest.checkpoint
            report.objects += len(manifest.objects) + 1
            report.size_bytes += sum(one.size for one in manifest.objects) + size
    except ArchiveDamaged as error:
        report.problems.append(_told(error, store))
    if not report.parts and report.ok:
        report.problems.append("holds no archive")


def _object(store: Store, listed: Listed, report: ArchiveReport) -> None:
    total, size = hashlib.sha256(), 0
    try:
        with store.open(listed.name) as opened:
            for chunk in opened.chunks:
                total.update(chunk)
                size += len(chunk)
            _lock(opened.locked_until, report)
    except ArchiveDamaged as error:
        report.problems.append(_told(error, store))
        return
    if (total.hexdigest(), size) != (listed.sha256, listed.size):
        report.problems.append(f"{listed.name}: was altered since it was written")


def _size(store: Store, name: str, report: ArchiveReport) -> int:
    with store.open(name) as opened:
        _lock(opened.locked_until, report)
        return sum(map(len, opened.chunks))


def _lock(until: datetime | None, report: ArchiveReport) -> None:
    if until is None:
        report.unlocked += 1
    else:
        report.locked_until = min(until, report.locked_until or until)


def _others(store: Store, report: ArchiveReport, listed: set[str]) -> None:
    """Everything that lies there: what no manifest lists, what was overwritten or deleted."""
    unfinished = _unfinished(store, report)
    for stored in store.names():
        if stored.name not in listed and not stored.name.startswith(unfinished):
            report.problems.append(f"{stored.name}: is in no manifest: annexa did not finish it")
        if stored.overwrites:
            report.problems.append(
                f"{stored.name}: somebody wrote over it {stored.overwrites} times; the first "
                "version is still there"
            )
        if stored.is_deleted:
            report.problems.append(f"{stored.name}: somebody deleted it; it is still there")


def _unfinished(store: Store, report: ArchiveReport) -> tuple[str, ...]:
    """How the names begin that a part which was begun and not finished may have."""
    try:
        begun = written(store).begun
    except ArchiveDamaged:
        return ()  # told already
    if begun is None or begun.part != report.parts + 1:
        return ()
    report.notes.append(f"part {begun.part} was begun and not finished; `annexa archive` ends it")
    tiles = names(begun.start.leaves, begun.end.leaves)
    note = f"log/checkpoints/{begun.end.leaves}"
    return (part_file(begun.part, ""), note, *(f"log/{name}" for name in tiles))


def _restored(store: Store, report: ArchiveReport, marks: Mapping[int, str], scratch: Path) -> None:
    try:
        with tempfile.TemporaryDirectory(prefix=".annexa-archive-", dir=scratch) as folder:
            path = Path(folder) / "ledger.db"
            report.ledger = restore(store, path)
            with Ledger.open(path, read_only=True) as restored:
                if restored.checkpoint() != report.checkpoint:
                    last = part_file(report.parts, "end.json")
                    report.problems.append(f"{last}: names another checkpoint than the log's")
                _signed(store, report, marks, restored)
    except AnnexaError as error:
        report.problems.append(f"{error.where}: {error.problem}")


def _signed(store: Store, report: ArchiveReport, marks: Mapping[int, str], ledger: Ledger) -> None:
    """Every end mark is the one that the ledger's key signed, if it was signed at all."""
    there = {stored.name for stored in store.names("parts/")}
    unsigned = []
    for part, sha256 in marks.items():
        name = part_file(part, "end.sig")
        if name not in there:
            unsigned.append(part)
            continue
        try:
            note = whole(store, name).decode()
            if read_text(note, ledger.origin, ledger.public_key) != mark(
                ledger.origin, part, sha256
            ):
                raise ValueError("is of another end mark")
        except (ValueError, UnicodeDecodeError) as error:
            report.problems.append(f"{name}: {error}")
    if not unsigned:
        return
    if len(unsigned) < len(marks) and max(unsigned) > min(marks.keys() - set(unsigned)):
        report.problems.append(
            f"{part_file(max(unsigned), 'end.sig')}: is missing, though parts before it are signed"
        )
        return
    report.notes.append(
        f"the end marks of parts {unsigned[0]} to {unsigned[-1]} are not signed: an older annexa "
        "wrote them. Each is named by the part after it; what the newest lists, nobody vouches for"
    )


def _told(error: ArchiveDamaged, store: Store) -> str:
    return f"{error.where.removeprefix(store.where).lstrip('/')}: {error.problem}"
