"""A private folder for what one evaluation spills, gone afterwards even when it was killed.

Whoever holds a folder holds a lock on a file in it. The kernel frees the lock of a process that
was killed, so the next one knows which folders nobody uses any more, whatever their age.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PREFIX = "annexa-evaluation-"
_LOCK = "lock"


class Scratch:
    """The folder at ``path``, readable by its owner only, until `close`. Making one removes those
    that were left behind."""

    def __init__(self) -> None:
        remove_abandoned()
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
            self._lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            if os.fstat(self._lock).st_nlink:
                return
            os.close(self._lock)  # another process took it for an abandoned one before the lock

    def close(self) -> None:
        """Remove the folder with everything in it; a second time does nothing."""
        if self._lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1


def remove_abandoned() -> None:
    """Remove the folders of evaluations that ended without doing so: ours only, and only those
    whose lock nobody holds. What cannot be removed stays."""
    for folder in _own_folders():
        with suppress(OSError):
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _own_folders() -> Iterator[Path]:
    """Everybody may write into the folder for temporary files, links too."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
                yield folder
