"""A zip of which every byte is determined by what goes in: fixed times and rights, no extras.

The headers are those of ``verify.py``, which takes no others. Files are packed in threads and
written in the order in which they came, each with its sizes in its header, so nothing is read
again. The archive's comment is the SHA-256 of all that is before it.
"""

import hashlib
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import BinaryIO

from .errors import ExportError
from .packing import Packed, Packing, Watch
from .verify import CHUNK, Entry, central_header, end_records, local_header, name_problem

PACKED_ALREADY = (".parquet", ".xlsx", ".png", ".gz", ".zst")


class ZipWriter:
    """Writes to ``out``, from its start and in one go. Close it."""

    def __init__(self, out: BinaryIO, *, scratch: Path | None = None) -> None:
        self._out = out
        self._total = hashlib.sha256()
        self._offset = 0
        self._entries: list[Entry] = []
        self._names: set[str] = set()
        self._packing = Packing(self._append, scratch)

    def add(self, name: str, chunks: Iterable[bytes], watch: Watch | None = None) -> Future[Packed]:
        """Take ``chunks`` as the file ``name``; the result is known once they are packed, and
        may have no content any more.

        Args:
            watch: Looks at the chunks as they pass, in another thread.

        Raises:
            ExportError: The name may not be in a bundle, or is taken.
        """
        self._reserve(name)
        is_packed = name.endswith(PACKED_ALREADY)
        return self._packing.add(name, chunks, watch or iter, is_packed=is_packed)

    def add_later(self, name: str, chunks: Iterable[bytes]) -> Future[Packed]:
        """The same for chunks that may be taken in another thread, while this one goes on.

        Raises:
            ExportError: See `add`.
        """
        self._reserve(name)
        return self._packing.add_later(name, chunks, is_packed=name.endswith(PACKED_ALREADY))

    def wait(self) -> None:
        """Until all that was added is written."""
        self._packing.finish()

    def _append(self, name: str, packed: Packed) -> None:
        entry = Entry(
            name, packed.method, packed.crc, packed.packed_bytes, packed.size_bytes, self._offset
        )
        self._write(local_header(entry))
        with packed.content as content:
            while chunk := content.read(CHUNK):
                self._write(chunk)
        self._entries.append(entry)

    def _reserve(self, name: str) -> None:
        problem = name_problem(name)
        if problem is None and name.lower() in self._names:
            problem = "is there already"
        if problem is not None:
            raise ExportError(f"bundle file {name!r}", problem, remedy="report this as a bug")
        self._names.add(name.lower())

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._total.update(data)
        self._offset += len(data)

    def finish(self) -> None:
        """Write the directory and the archive's own digest."""
        self.wait()
        start = self._offset
        for entry in self._entries:
            self._write(central_header(entry))
        self._write(end_records(len(self._entries), self._offset - start, start))
        self._out.write(b"sha256:" + self._total.hexdigest().encode())

    def close(self) -> None:
        """Give up what was not written, after an error; else there is nothing to do."""
        self._packing.close()
