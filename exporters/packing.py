"""Packs files into their zip form in threads of its own, while the next ones are being made.

Deflate and hashlib let other threads run meanwhile. A packed file waits in a spool, small ones in
memory; of files that wait there are never more than a few, so memory does not grow with the bundle.
"""

import hashlib
import os
import queue
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile

from .verify import CHUNK, DEFLATED, STORED, Limits

try:
    from isal.isal_zlib import compressobj

    _LEVEL = 1
    """On tables and JSON lines four to five times as fast as zlib at 3, and as small."""
except ImportError:  # there is no wheel for every machine
    from zlib import compressobj  # type: ignore[assignment]

    _LEVEL = 3
_SPOOL_BYTES = 1 << 20
_PIECE = 256 << 10
"""Bytes that are handed over at once; each handing over may wait for the interpreter's lock."""
_PIECES_AHEAD = 4


Watch = Callable[[Iterable[bytes]], Iterable[bytes]]
"""Gives the same chunks, having looked at them."""


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
    with ExitStack() as opened:
        spool = opened.enter_context(_spool(scratch))
        deflate = None if is_packed else compressobj(_LEVEL, zlib.DEFLATED, -15)
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
            plain = opened.enter_context(_spool(scratch))
            for chunk in _inflated(spool):
                plain.write(chunk)
            spool.close()
            spool, method, packed = plain, STORED, size
        spool.seek(0)
        opened.pop_all()
    return Packed(
        content=spool,
        method=method,
        crc=crc,
        packed_bytes=packed,
        size_bytes=size,
        sha256=total.hexdigest(),
    )


def _spool(scratch: Path | None) -> SpooledTemporaryFile[bytes]:
    where = None if scratch is None else str(scratch)
    return SpooledTemporaryFile(_SPOOL_BYTES, dir=where)


def _inflated(spool: SpooledTemporaryFile[bytes]) -> Iterator[bytes]:
    spool.seek(0)
    inflate = zlib.decompressobj(-15)
    while packed := spool.read(CHUNK // 64):
        while packed:
            yield inflate.decompress(packed, CHUNK)
            packed = inflate.unconsumed_tail
    yield inflate.flush()


class Packing:
    """Files on their way, handed to ``take`` in the order in which they came. Close it."""

    def __init__(self, take: Callable[[str, Packed], None], scratch: Path | None) -> None:
        """``take`` is called in the thread that adds files, never in two at once."""
        threads = min(4, os.cpu_count() or 1)
        self._take, self._scratch = take, scratch
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="annexa-packing")
        self._most = threads + 1
        self._waiting: deque[tuple[str, Future[Packed]]] = deque()

    def add(
        self, name: str, chunks: Iterable[bytes], watch: Watch, *, is_packed: bool
    ) -> Future[Packed]:
        """Take the chunks now; watch and pack them meanwhile. The result says what they became."""
        pieces: queue.Queue[bytes | None] = queue.Queue(_PIECES_AHEAD)
        source = watch(iter(pieces.get, None))
        future = self._pool.submit(pack, source, is_packed=is_packed, scratch=self._scratch)
        try:
            for piece in _pieces(chunks):
                _hand_over(piece, pieces, future)
        except BaseException:
            future.add_done_callback(_dropped)
            raise
        finally:
            _hand_over(None, pieces, future)
        self._waiting.append((name, future))
        self._hand_on(self._most)
        return future

    def add_later(self, name: str, chunks: Iterable[bytes], *, is_packed: bool) -> Future[Packed]:
        """Take and pack the chunks meanwhile."""
        future = self._pool.submit(pack, chunks, is_packed=is_packed, scratch=self._scratch)
        self._waiting.append((name, future))
        self._hand_on(self._most)
        return future

    def finish(self) -> None:
        """Wait for all, and hand them on."""
        self._hand_on(0)

    def close(self) -> None:
        """Give up what is not packed."""
        self._pool.shutdown(cancel_futures=True)
        while self._waiting:
            _dropped(self._waiting.popleft()[1])

    def _hand_on(self, most: int) -> None:
        while self._waiting and (len(self._waiting) > most or self._waiting[0][1].done()):
            name, future = self._waiting.popleft()
            self._take(name, future.result())


def _dropped(future: Future[Packed]) -> None:
    if not future.cancelled() and future.exception() is None:
        future.result().content.close()


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that are worth handing over."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= _PIECE:
            yield b"".join(held)
            held, size = [], 0
    if size:
        yield b"".join(held)


def _hand_over(
    piece: bytes | None, pieces: "queue.Queue[bytes | None]", future: Future[Packed]
) -> None:
    """Wait for room, unless the packing has ended already, as it does on a full disk."""
    while not future.done():
        try:
            pieces.put(piece, timeout=1)
        except queue.Full:
            continue
        return


def head_and_file(head: bytes, path: Path) -> Iterator[bytes]:
    """What is at ``path`` after ``head``; nobody else needs the file any more: it is removed."""
    yield head
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
    path.unlink()
