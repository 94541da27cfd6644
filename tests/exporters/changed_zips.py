"""Ways to change a zip around files that stay as they are, each a random one with every call."""

import struct
from collections.abc import Callable
from random import Random

from annexa.exporters.verify import COMMENT_BYTES

from .tampering import Original, with_digest, zipped

Change = Callable[[Original, Random], bytes]
"""The bytes of the zip without its digest; where it lies is up to whoever calls."""


def _body(original: Original) -> bytearray:
    return bytearray(original.data[:-COMMENT_BYTES])


def _directory(data: bytes | bytearray) -> int:
    """Where the central directory begins."""
    return int(struct.unpack_from("<I", data, data.rindex(b"PK\5\6") + 16)[0])


def _places(data: bytes | bytearray, mark: bytes) -> list[int]:
    """Where the headers with this mark are."""
    found, at = [], data.find(mark)
    while at >= 0:
        found.append(at)
        at = data.find(mark, at + 1)
    return found


def _field(mark: bytes, offset: int, size: int) -> Change:
    """Another value in one field of one header."""

    def change(original: Original, chance: Random) -> bytes:
        data = _body(original)
        places = _places(data, mark)
        if mark == b"PK\1\2":
            places = [place for place in places if place >= _directory(data)]
        at = chance.choice(places) + offset + chance.randrange(size)
        data[at] ^= 1 << chance.randrange(8)
        return bytes(data)

    return change


def trailing(original: Original, chance: Random) -> bytes:
    return bytes(_body(original)) + chance.randbytes(chance.randrange(1, 200))


def leading(original: Original, chance: Random) -> bytes:
    return chance.randbytes(chance.randrange(1, 200)) + _body(original)


def cut(original: Original, chance: Random) -> bytes:
    data = _body(original)
    return bytes(data[: chance.randrange(len(data))])


def hole(original: Original, chance: Random) -> bytes:
    """Bytes between two files that no file shows."""
    data = _body(original)
    at = chance.choice(_places(data, b"PK\3\4"))
    return bytes(data[:at] + chance.randbytes(20) + data[at:])


def entry_dropped(original: Original, chance: Random) -> bytes:
    """From the directory alone; the file's bytes stay."""
    data = _body(original)
    start = _directory(data)
    at = chance.choice([place for place in _places(data, b"PK\1\2") if place >= start])
    length = 46 + sum(struct.unpack_from("<3H", data, at + 28))
    del data[at : at + length]
    return bytes(data)


def comment_in_entry(original: Original, chance: Random) -> bytes:
    data = _body(original)
    start = _directory(data)
    at = chance.choice([place for place in _places(data, b"PK\1\2") if place >= start])
    name, extra, _ = struct.unpack_from("<3H", data, at + 28)
    struct.pack_into("<H", data, at + 32, 5)
    data[at + 46 + name + extra : at + 46 + name + extra] = b"hello"
    return bytes(data)


LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
CHANGES: dict[str, Change] = {
    "trailing bytes": trailing,
    "leading bytes": leading,
    "cut short": cut,
    "a hole between files": hole,
    "an entry dropped": entry_dropped,
    "a comment on an entry": comment_in_entry,
    "local: version": _field(LOCAL, 4, 2),
    "local: flags": _field(LOCAL, 6, 2),
    "local: method": _field(LOCAL, 8, 2),
    "local: time": _field(LOCAL, 10, 4),
    "local: checksum": _field(LOCAL, 14, 4),
    "local: sizes": _field(LOCAL, 18, 8),
    "local: name": _field(LOCAL, 30, 4),
    "directory: made by": _field(CENTRAL, 4, 2),
    "directory: flags": _field(CENTRAL, 8, 2),
    "directory: method": _field(CENTRAL, 10, 2),
    "directory: time": _field(CENTRAL, 12, 4),
    "directory: checksum": _field(CENTRAL, 16, 4),
    "directory: sizes": _field(CENTRAL, 20, 8),
    "directory: disk": _field(CENTRAL, 34, 2),
    "directory: attributes": _field(CENTRAL, 36, 6),
    "directory: place": _field(CENTRAL, 42, 4),
    "directory: name": _field(CENTRAL, 46, 4),
    "end: counts": _field(END, 8, 4),
    "end: size and place": _field(END, 12, 8),
}


def tampered(original: Original, change: str, chance: Random, *, is_mended: bool) -> bytes:
    """With the digest that was there, or with one that fits what is there now."""
    body = CHANGES[change](original, chance)
    return with_digest(body) if is_mended else body + original.data[-COMMENT_BYTES:]


def repacked(original: Original, chance: Random) -> bytes:
    """The same files, packed anew and with the digest that was there."""
    anew = zipped(original.top, original.files, chance.choice((1, 9)))
    return anew[:-COMMENT_BYTES] + original.data[-COMMENT_BYTES:]


def reordered(original: Original, chance: Random) -> bytes:
    """The same files in another order, with the digest that was there."""
    files = list(original.files)
    while files == original.files:
        chance.shuffle(files)
    return zipped(original.top, files)[:-COMMENT_BYTES] + original.data[-COMMENT_BYTES:]
