"""A set of row ids in one bit each."""

from collections.abc import Iterable

_BITS = 16
_BYTES = 1 << (_BITS - 3)
_MASK = (1 << _BITS) - 1


class IdSet:
    """Ids of one kind lie close together, so blocks of 65,536 bits (8 KiB) fill up well."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytearray] = {}
        self._size = 0

    def add(self, id_: int) -> None:
        self.update((id_,))

    def update(self, ids: Iterable[int]) -> None:
        """Add many: once for each subject of a run, so in one loop."""
        blocks, size = self._blocks, self._size
        number, block = -1, bytearray()
        for id_ in ids:
            if id_ >> _BITS != number:
                number = id_ >> _BITS
                if number not in blocks:
                    blocks[number] = bytearray(_BYTES)
                block = blocks[number]
            byte, bit = (id_ & _MASK) >> 3, 1 << (id_ & 7)
            if not block[byte] & bit:
                block[byte] |= bit
                size += 1
        self._size = size

    def __contains__(self, id_: int) -> bool:
        block = self._blocks.get(id_ >> _BITS)
        return block is not None and bool(block[(id_ & _MASK) >> 3] & (1 << (id_ & 7)))

    def __len__(self) -> int:
        return self._size
