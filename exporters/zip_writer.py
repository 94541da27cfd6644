"""A zip of which every byte is determined by what goes in: fixed times and rights, no extras.

The headers are those of ``verify.py``, which takes no others. Files are packed one after another,
each through a spool that holds small ones in memory, so a header can be written with the sizes
in it and nothing is read again. The archive's comment is the SHA-256 of all that is before it.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

from .errors import ExportError
from .verify import (
    CHUNK,
    DEFLATED,
    STORED,
    Entry,
    Limits,
    central_header,
    end_records,
    local_header,
    name_problem,
)

_SPOOL_BYTES = 4 << 20
PACKED_ALREADY = (".parquet", ".xlsx", ".png", ".gz", ".zst")


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A file in its packed form, before it has a place."""

    content: SpooledTemporaryFile[bytes]
    method: int
    crc: int
    packed_bytes: int
    size_bytes: int
    sha256: str


def pack(
    chunks: Iterable[bytes], *, is_packed: bool = False, scratch: Path | None = None
) -> Packed:
    """Compress a file, unless it ``is_packed`` already, empty, or would look like a zip bomb."""
    where = None if scratch is None else str(scratch)
    spool: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(_SPOOL_BYTES, dir=where)  # noqa: SIM115 - closed by whoever it is given to
    deflate = None if is_packed else zlib.compressobj(6, zlib.DEFLATED, -15)
    total, crc, size, packed = hashlib.sha256(), 0, 0, 0
    for chunk in chunks:
        total.update(chunk)
        crc = zlib.crc32(chunk, crc)
        size += len(chunk)
        packed += spool.write(chunk if deflate is None else deflate.compress(chunk))
    if deflate is not None:
        packed += spool.write(deflate.flush())
    method = STORED if deflate is None else DEFLATED
    if not size or (size > CHUNK and size > Limits().ratio * packed):
        plain: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(_SPOOL_BYTES, dir=where)  # noqa: SIM115 - closed by whoever it is given to
        for chunk in _inflated(spool):
            plain.write(chunk)
        spool.close()
        spool, method, packed = plain, STORED, size
    spool.seek(0)
    return Packed(
        content=spool,
        method=method,
        crc=crc,
        packed_bytes=packed,
        size_bytes=size,
        sha256=total.hexdigest(),
    )


def _inflated(spool: SpooledTemporaryFile[bytes]) -> Iterator[bytes]:
    spool.seek(0)
    inflate = zlib.decompressobj(-15)
    while packed := spool.read(CHUNK // 64):
        while packed:
            yield inflate.decompress(packed, CHUNK)
            packed = inflate.unconsumed_tail
    yield inflate.flush()


class ZipWriter:
    """Writes to ``out``, from its start and in one go."""

    def __init__(self, out: BinaryIO, *, scratch: Path | None = None) -> None:
        self._out, self._scratch = out, scratch
        self._total = hashlib.sha256()
        self._offset = 0
        self._entries: list[Entry] = []
        self._names: set[str] = set()

    def add(self, name: str, chunks: Iterable[bytes]) -> Packed:
        """Pack ``chunks`` and write them as ``name``; what is returned has no content any more.

        Raises:
            ExportError: The name may not be in a bundle, or is taken.
        """
        self._reserve(name)
        is_packed = name.endswith(PACKED_ALREADY)
        return self.append(name, pack(chunks, is_packed=is_packed, scratch=self._scratch))

    def append(self, name: str, packed: Packed) -> Packed:
        entry = Entry(
            name, packed.method, packed.crc, packed.packed_bytes, packed.size_bytes, self._offset
        )
        self._write(local_header(entry))
        with packed.content as content:
            while chunk := content.read(CHUNK):
                self._write(chunk)
        self._entries.append(entry)
        return packed

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
        start = self._offset
        for entry in self._entries:
            self._write(central_header(entry))
        self._write(end_records(len(self._entries), self._offset - start, start))
        self._out.write(b"sha256:" + self._total.hexdigest().encode())
