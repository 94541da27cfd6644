"""The checkpoints in a file beside the database: the proof that is not inside what it proves.

Notes follow each other, each closed by an empty line. The file may lag behind by what was
committed when the process died; the next commit writes that too. Copy it elsewhere: whoever
owns both files and the key can rewrite all three.
"""

import fcntl
import logging
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

_LOG = logging.getLogger("annexa.ledger")
_TAIL = 4096
_NOTE = re.compile(rb"[^\n]+\n(\d+)\n[^\n]+\n\n\xe2\x80\x94 [^\n]+\n\n")


def path_beside(ledger: Path) -> Path:
    return ledger.with_name(ledger.name + ".checkpoints")


def append(path: Path, newer_than: Callable[[int], Iterable[str]]) -> None:
    """Write what is missing. A failure is logged and not raised: the commit stands already, and
    the next one, and ``verify``, see that the file lags behind.

    Args:
        newer_than: Size of the last note in the file (0: none) -> the notes that follow it.
    """
    try:
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last, torn = _last(file.fileno())
            missing = "".join(f"{note}\n" for note in newer_than(last)).encode()
            if missing.startswith(torn):
                missing = missing[len(torn) :]
            file.write(missing)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        _LOG.warning("%s: the checkpoint was not written (%s)", path, error.strerror)


def split(content: bytes) -> tuple[list[str], bytes]:
    """The whole notes from the start of a file, and what follows the last of them."""
    notes: list[str] = []
    position = 0
    while match := _NOTE.match(content, position):
        notes.append(match[0][:-1].decode(errors="replace"))
        position = match.end()
    return notes, content[position:]


def _last(descriptor: int) -> tuple[int, bytes]:
    """Size in the last whole note, and the bytes of one that was cut off behind it."""
    length = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, _TAIL, max(0, length - _TAIL))
    size, end = 0, 0
    for match in _NOTE.finditer(tail):
        size, end = int(match[1]), match.end()
    return size, tail[end:]
