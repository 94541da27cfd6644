"""A set of row ids in one bit each."""

_BITS = 16
_BYTES = 1 << (_BITS - 3)
_MASK = (1 << _BITS) - 1


class IdSet:
    """Ids of one kind lie close together, so blocks of 65,536 bits (8 KiB) fill up well."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytearray] = {}
        self._size = 0

    def add(self, id_: int) -> None:
        block = self._blocks.get(id_ >> _BITS)
        if block is None:
            block = self._blocks[id_ >> _BITS] = bytearray(_BYTES)
        byte, bit = (id_ & _MASK) >> 3, 1 << (id_ & 7)
        if not block[byte] & bit:
            block[byte] |= bit
            self._size += 1

    def __contains__(self, id_: int) -> bool:
        block = self._blocks.get(id_ >> _BITS)
        return block is not None and bool(block[(id_ & _MASK) >> 3] & (1 << (id_ & 7)))

    def __len__(self) -> int:
        return self._size
