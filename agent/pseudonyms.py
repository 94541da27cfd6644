"""The key that makes pseudonyms of people, and the table that says who they are: kept apart.

``people.hmac`` and ``people.jsonl`` lie in the folder of the keys, mode 0600, and go nowhere else.
Without the table nobody can tell who a pseudonym is; without the key nobody can try names out.
"""

import fcntl
import json
import os
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

from ..collectors.people import People
from ..ledger.errors import KeyRefused
from ..mappings.conventions import PLATFORMS, Conventions

KEY = "people.hmac"
TABLE = "people.jsonl"
_KEY_BYTES = 32
_MEANINGS = ("owner", "approved_by", "deployed_by")


def people(folder: Path, conventions: Conventions) -> People:
    """With the key in ``folder``, which is made on first use.

    Raises:
        KeyRefused: The key or the table cannot be read, or others may read it.
    """
    keys = {
        key
        for platform in PLATFORMS
        for meaning in _MEANINGS
        for key in conventions.of(platform).of(meaning)
    }
    return People(_key(folder / KEY, is_made=True), keys=keys, met=_Table(folder / TABLE).met)


def known_people(folder: Path) -> Iterator[tuple[str, str]]:
    """Pseudonym and name, as first met.

    Raises:
        KeyRefused: There is no table, or others may read it.
    """
    for line in _private(folder / TABLE).splitlines():
        try:
            said = json.loads(line)
            yield str(said["pseudonym"]), str(said["name"])
        except (ValueError, KeyError, TypeError):
            continue  # the last line of an agent that was killed


def pseudonym_of(folder: Path, name: str) -> str:
    """Raises:
    KeyRefused: There is no key.
    """
    return People(_key(folder / KEY, is_made=False)).pseudonym(name)


class _Table:
    """Appends whom it has not met; a line each, of several threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known = (
            {pseudonym for pseudonym, _ in known_people(path.parent)}
            if (path.exists())
            else set[str]()
        )

    def met(self, pseudonym: str, name: str) -> None:
        if pseudonym in self._known:
            return
        line = json.dumps({"pseudonym": pseudonym, "name": name}, ensure_ascii=False) + "\n"
        with self._lock:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write(line.encode("utf-8", "backslashreplace"))
                file.flush()
                os.fsync(file.fileno())
            self._known.add(pseudonym)


def _key(path: Path, *, is_made: bool) -> bytes:
    if is_made and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(_KEY_BYTES) + "\n")
                file.flush()
                os.fsync(file.fileno())
            if not path.exists():
                os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
    try:
        key = bytes.fromhex(_private(path).strip())
    except ValueError:
        key = b""
    if len(key) < _KEY_BYTES:
        raise KeyRefused(str(path), "is no key for pseudonyms", remedy="restore the right file")
    return key


def _private(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise KeyRefused(str(path), "others may read it", remedy=f"chmod 600 {path}")
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise KeyRefused(
            str(path),
            f"cannot be read ({error.strerror})",
            remedy="restore it, or check its rights",
        ) from error
