"""Packed bodies, unpacked up to a limit: a few bytes may claim to be gigabytes."""

import zlib

_GZIP = 16 + zlib.MAX_WBITS


class TooLarge(Exception):
    """It unpacks to more than is taken."""


class NotPacked(Exception):
    """It is not what its header says, or ends too early."""


def unpacked(body: bytes, *, limit: int) -> bytes:
    """The content of gzip members, all of them, with at most ``limit`` bytes in memory.

    Raises:
        TooLarge: It has more.
        NotPacked: It is no gzip.
    """
    parts: list[bytes] = []
    room = limit
    while body:
        member = zlib.decompressobj(_GZIP)
        try:
            part = member.decompress(body, room + 1)
        except zlib.error as error:
            raise NotPacked from error
        if len(part) > room:
            raise TooLarge
        if not member.eof:
            raise NotPacked
        room -= len(part)
        parts.append(part)
        body = member.unused_data
    if not parts:
        raise NotPacked
    return b"".join(parts)
