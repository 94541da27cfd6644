"""An archive in a folder: files that are written once. Whoever owns it can delete them."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import ArchiveDamaged, ArchiveError
from .store import Opened, Stored

_CHUNK = 1 << 20
_DRAFT = ".draft-"


class FolderStore:
    locks = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self.where = str(self._folder)

    def names(self, prefix: str = "") -> Iterator[Stored]:
        """See `Store.names`. Symbolic links are told like files, and are not followed into."""
        found: list[str] = []
        for here, folders, files in os.walk(self._folder, onerror=self._complain):
            links = [name for name in folders if (Path(here) / name).is_symlink()]
            inside = Path(here).relative_to(self._folder)
            found += [(inside / name).as_posix() for name in [*files, *links]]
        for name in sorted(found):
            if name.startswith(prefix) and not Path(name).name.startswith(_DRAFT):
                yield Stored(name=name)

    @contextmanager
    def open(self, name: str) -> Iterator[Opened]:
        """See `Store.open`."""
        path = self._folder / name
        is_inside = path.resolve().is_relative_to(self._folder.resolve())
        if path.is_symlink() or not is_inside or not path.is_file():
            raise ArchiveDamaged(f"{self.where}/{name}", "is missing", remedy="restore it")
        try:
            with path.open("rb") as file:
                yield Opened(chunks=iter(lambda: file.read(_CHUNK), b""))
        except OSError as error:
            raise self._refused(name, error) from error

    def put(self, name: str, content: BinaryIO, *, sha256: bytes, size: int) -> bool:
        """See `Store.put`."""
        path = self._folder / name
        draft = path.with_name(f"{_DRAFT}{os.getpid()}-{path.name}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                with draft.open("xb") as file:
                    shutil.copyfileobj(content, file, _CHUNK)
                    file.flush()
                    os.fsync(file.fileno())
                draft.chmod(0o440)
                os.link(draft, path)  # fails if somebody was faster
                return True
        except FileExistsError:
            pass
        except OSError as error:
            raise self._refused(name, error) from error
        finally:
            draft.unlink(missing_ok=True)
        with self.open(name) as there:
            found = hashlib.sha256()
            for chunk in there.chunks:
                found.update(chunk)
        if found.digest() != sha256:
            raise ArchiveDamaged(
                f"{self.where}/{name}",
                "is there already, with other content",
                remedy="check it with `annexa archive verify`, or archive to a new place",
            )
        return False

    def _complain(self, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise self._refused("", error) from error

    def _refused(self, name: str, error: OSError) -> ArchiveError:
        return ArchiveError(
            str(self._folder / name),
            f"cannot be used ({error.strerror})",
            remedy="check the folder, its rights and the disk",
        )
