"""One log file of a trail: unpacked and cut into its records as it is read, never whole."""

import hashlib
import json
import zlib
from collections.abc import Iterator

from ...errors import UnexpectedAnswer

MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
"""CloudTrail's own files have some 50 MB; more is a bomb."""
MAX_RECORD_CHARS = 4 * 1024 * 1024
"""CloudTrail's own limit is 256 KB."""

_CHUNK_BYTES = 256 * 1024
_DECODER = json.JSONDecoder()


class LogFile:
    """The records of ``packed``, a gzip file with ``{"Records": [...]}``."""

    def __init__(self, where: str, key: str, packed: bytes) -> None:
        self._where, self._key, self._packed = where, key, packed
        self._hash = hashlib.sha256()

    def records(self) -> Iterator[object]:
        """Memory: a chunk and a record.

        Raises:
            UnexpectedAnswer: It is no such file, was cut short, or is much too large.
        """
        text = ""
        pieces = self._texts()
        for piece in pieces:
            text += piece
            if (start := text.find("[")) >= 0:
                text = text[start + 1 :]
                break
        else:
            raise self._broken("has no list of records")
        while True:
            text = text.lstrip(" \t\r\n,")
            if text.startswith("]"):
                break
            try:
                record, end = _DECODER.raw_decode(text)
            except (json.JSONDecodeError, RecursionError):
                if len(text) > MAX_RECORD_CHARS:
                    raise self._broken("has a record that is no JSON, or far too long") from None
                more = next(pieces, None)
                if more is None:
                    raise self._broken("ends in the middle of a record") from None
                text += more
                continue
            text = text[end:]
            yield record
        for _ in pieces:  # to the end, for the hash
            pass

    @property
    def sha256(self) -> str:
        """Of the unpacked file, once all records were taken; as digest files have it."""
        return self._hash.hexdigest()

    def _texts(self) -> Iterator[str]:
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
        pending, size, left = self._packed, 0, b""
        try:
            while pending and not unpack.eof:
                data = unpack.decompress(pending, _CHUNK_BYTES)
                pending = unpack.unconsumed_tail
                size += len(data)
                if size > MAX_UNPACKED_BYTES:
                    raise self._broken("unpacks to more than 1 GiB")
                self._hash.update(data)
                text, left = _whole(left + data)
                yield text
        except zlib.error as error:
            raise self._broken("is not packed with gzip") from error
        if not unpack.eof:
            raise self._broken("ends too early")

    def _broken(self, what: str) -> UnexpectedAnswer:
        return UnexpectedAnswer(
            self._where,
            f"log file {self._key} {what}",
            remedy="look at it in S3; the next run reads it again",
        )


def _whole(data: bytes) -> tuple[str, bytes]:
    """The text, and what is left of a character that is cut in the middle."""
    for left in range(4):
        end = len(data) - left
        try:
            return data[:end].decode(), data[end:]
        except UnicodeDecodeError as error:
            if error.end != end or error.reason != "unexpected end of data":
                break
    return data.decode("utf-8", "replace"), b""
