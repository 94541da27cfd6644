"""Bodies of one run and kind, packed together: alike things compress well side by side."""

from collections import OrderedDict
from collections.abc import Callable

import zstandard

from .errors import LedgerTampered

TARGET_BYTES = 256 * 1024
"""A segment is closed when it holds this much raw; one body may be bigger."""
LEVEL = 1
"""On these data faster than 3 and not bigger."""


def compress(bodies: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=LEVEL, write_content_size=True).compress(bodies)


def decompress(data: bytes, length: int, name: str) -> bytes:
    """The bodies of a segment.

    Raises:
        LedgerTampered: Damaged, or not of that length; ``name`` says which it is.
    """
    try:
        # The length comes from the database too: a frame that claims more is not unpacked.
        parameters = zstandard.get_frame_parameters(data)
        if parameters.content_size != length:
            raise zstandard.ZstdError("wrong size")
        raw = zstandard.ZstdDecompressor().decompress(data, max_output_size=max(length, 1))
    except zstandard.ZstdError as error:
        raise _damaged(name) from error
    if len(raw) != length:
        raise _damaged(name)
    return raw


def _damaged(name: str) -> LedgerTampered:
    return LedgerTampered(name, "its bytes are damaged", remedy="restore the ledger from a copy")


class SegmentCache:
    """The segments used last, unpacked; reading goes through them in order."""

    def __init__(self, load: Callable[[int], tuple[bytes, int]], *, keep: int = 8) -> None:
        """``load``: segment id -> compressed bytes and raw length."""
        self._load = load
        self._keep = keep
        self._raw: OrderedDict[int, bytes] = OrderedDict()

    def get(self, segment: int) -> bytes:
        raw = self._raw.get(segment)
        if raw is None:
            data, length = self._load(segment)
            raw = decompress(data, length, f"segment {segment}")
            self._raw[segment] = raw
            if len(self._raw) > self._keep:
                self._raw.popitem(last=False)
        else:
            self._raw.move_to_end(segment)
        return raw
