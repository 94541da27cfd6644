"""The log as files that never change: C2SP tlog-tiles, hashes and entries.

Source: https://c2sp.org/tlog-tiles. A tile holds up to 256 hashes of one level, an entry bundle up
to 256 leaves. One that is not full yet is a file of its own, named by its width.
"""

from collections.abc import Callable, Iterator, Sequence

from .merkle import Hashes

WIDTH = 256
_LENGTH_BYTES = 2
MAX_ENTRY_BYTES = (1 << 8 * _LENGTH_BYTES) - 1


def tile_name(level: int | str, index: int, width: int) -> str:
    """``tile/0/x001/234``, or ``tile/entries/000.p/17`` for one that holds 17 of 256.

    Args:
        level: Of the tile, not of the tree: eight levels of the tree go into one; or ``entries``.
    """
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/{level}/{path}" + ("" if width == WIDTH else f".p/{width}")


def spans(old: int, new: int) -> Iterator[tuple[int, int]]:
    """(index, width) of each tile that differs between a level of ``old`` and of ``new`` items."""
    for index in range(old // WIDTH, -(-new // WIDTH)):
        yield index, min(WIDTH, new - index * WIDTH)


def names(old: int, new: int) -> Iterator[str]:
    """Of all tiles and entry bundles that ``new`` leaves have and ``old`` had not."""
    for index, width in spans(old, new):
        yield tile_name("entries", index, width)
    level = 0
    while new >> (8 * level):
        for index, width in spans(old >> (8 * level), new >> (8 * level)):
            yield tile_name(level, index, width)
        level += 1


def hash_tiles(hashes: Hashes, old: int, new: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of the tiles that a log of ``new`` leaves has and one of ``old`` had not."""
    level = 0
    while count := new >> (8 * level):
        for index, width in spans(old >> (8 * level), count):
            start = index * WIDTH
            content = b"".join(hashes(8 * level, start + i) for i in range(width))
            yield tile_name(level, index, width), content
        level += 1


def entry_tiles(
    bodies: Callable[[int, int], Sequence[bytes]], old: int, new: int
) -> Iterator[tuple[str, bytes]]:
    """The same for entry bundles. ``bodies(start, end)`` gives those leaves.

    Raises:
        ValueError: A leaf is longer than `MAX_ENTRY_BYTES`.
    """
    for index, width in spans(old, new):
        start = index * WIDTH
        yield tile_name("entries", index, width), join_entries(bodies(start, start + width))


def join_entries(bodies: Sequence[bytes]) -> bytes:
    """Each leaf behind its length.

    Raises:
        ValueError: One is longer than `MAX_ENTRY_BYTES`.
    """
    for body in bodies:
        if len(body) > MAX_ENTRY_BYTES:
            raise ValueError(f"a leaf of {len(body)} bytes is more than a log entry may have")
    return b"".join(len(body).to_bytes(_LENGTH_BYTES, "big") + body for body in bodies)


def split_entries(bundle: bytes) -> list[bytes]:
    """The leaves of an entry bundle.

    Raises:
        ValueError: It ends within one.
    """
    found: list[bytes] = []
    at = 0
    while at < len(bundle):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(bundle[at:start], "big")
        if at > len(bundle):
            raise ValueError("ends within an entry")
        found.append(bundle[start:at])
    return found
