"""Makes a ledger again from its archive alone."""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import zstandard

from ...ledger import Rebuilding, VerifyReport
from ...ledger.tiles import WIDTH, spans, split_entries, tile_name
from ..errors import ArchiveDamaged, ArchiveError
from .manifest import Listed, Manifest, part_file
from .reading import checked, manifests
from .store import Store

_LINE_BYTES = 64 << 20

Progress = Callable[[str], None]


def restore(store: Store, path: Path, *, progress: Progress | None = None) -> VerifyReport:
    """Write the ledger to ``path``, which is not there yet; only if all of it verifies.

    The key that signs is in no archive: without it the restored ledger can be read and exported
    from by whoever has a bundle key, and not be written to.

    Raises:
        ArchiveError: There is no archive.
        ArchiveDamaged: Something is missing or was altered.
        LedgerError: ``path`` is taken, or what was restored does not verify.
    """
    parts = 0
    with Rebuilding(path) as rebuilding:
        for manifest, _ in manifests(store):
            parts = manifest.part
            if progress is not None:
                progress(f"part {parts}: leaves {manifest.start.leaves} to {manifest.end.leaves}")
            if manifest.end.leaves > manifest.start.leaves:
                _part(store, manifest, rebuilding)
        if not parts:
            raise ArchiveError(store.where, "holds no archive", remedy="name the right place")
        return rebuilding.finish()


def _part(store: Store, manifest: Manifest, rebuilding: Rebuilding) -> None:
    objects = {one.name: one for one in manifest.objects}
    with ExitStack() as stack:

        def opened(name: str) -> IO[bytes]:
            return stack.enter_context(checked(store, _listed(store, manifest, objects, name)))

        evidence = sorted(
            name for name in objects if name.startswith(part_file(manifest.part, "evidence-"))
        )
        bodies = _Joined([opened(name) for name in evidence])
        rows = opened(part_file(manifest.part, "rows.jsonl.zst"))
        leaves = _leaves(manifest, opened)
        rebuilding.add(leaves, _unpacked(rows), io.BufferedReader(bodies))


def _leaves(manifest: Manifest, opened: Callable[[str], IO[bytes]]) -> Iterator[bytes]:
    for index, width in spans(manifest.start.leaves, manifest.end.leaves):
        entries = split_entries(opened(f"log/{tile_name('entries', index, width)}").read())
        yield from entries[max(0, manifest.start.leaves - index * WIDTH) :]


def _listed(store: Store, manifest: Manifest, objects: dict[str, Listed], name: str) -> Listed:
    if name not in objects:
        raise ArchiveDamaged(
            f"{store.where}/{part_file(manifest.part, 'end.json')}",
            f"does not list {name}",
            remedy="check it with `annexa archive verify`",
        )
    return objects[name]


def _unpacked(rows: IO[bytes]) -> Iterator[bytes]:
    with zstandard.ZstdDecompressor().stream_reader(rows) as reader:
        buffered = io.BufferedReader(reader, 1 << 20)
        try:
            while line := buffered.readline(_LINE_BYTES):
                yield line
        except zstandard.ZstdError as error:
            raise ValueError(f"rows cannot be unpacked: {error}") from error


class _Joined(io.RawIOBase):
    """Files one after another."""

    def __init__(self, files: list[IO[bytes]]) -> None:
        super().__init__()
        self._files = files

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # whatever BufferedReader gives
        while self._files:
            data = self._files[0].read(len(view))
            if data:
                view[: len(data)] = data
                return len(data)
            self._files.pop(0)
        return 0
