"""What a working tree has otherwise than the commit that was read, so that nobody is surprised."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from ..contract import Check
from .folder import Folder
from .place import File, is_candidate, named


class WorkingTree:
    """The files of ``folder``, which lies ``below`` the top of ``git``; None: there is none."""

    def __init__(self, git: Any, folder: Folder | None, below: str) -> None:
        self._git = git
        self._folder = folder
        self._below = below + "/" if below else ""

    def check(self, files: Sequence[File], commit: str) -> Check:
        """What of the working tree ``commit`` does not have.

        That is no failure: what was asked for is the commit, and it was read.
        """
        method = "files in the working tree equal those of the commit that was read"
        if self._folder is None:
            nothing = "no working tree to compare with"
            return Check(method=method, expected=nothing, found=nothing, ok=True, note=commit[:12])
        here = {file.path: file.key for file in files if is_candidate(file.path)}
        here = {path: key for path, key in here.items() if not _is_hidden(path)}
        changed, new = self._differences(self._folder, here)
        parts = []
        if changed:
            parts.append(f"changed or gone, read as committed: {named(changed)}")
        if new:
            parts.append(f"not committed, not read: {named(new)}")
        return Check(
            method=method,
            expected=f"{len(here)} files of commit {commit[:12]}",
            found=f"{len(here) - len(changed)} the same, {len(changed)} otherwise, {len(new)} new",
            ok=True,
            note="; ".join(parts),
        )

    def _differences(self, folder: Folder, here: Mapping[str, str]) -> tuple[list[str], list[str]]:
        """Paths that the working tree has otherwise or not at all, and those only it has."""
        from dulwich.ignore import IgnoreFilterManager

        found = {file.path: file for file in folder.listed()[0] if is_candidate(file.path)}
        changed = [
            path
            for path, key in here.items()
            if path not in found or not _equals(folder, found[path], key)
        ]
        ignored = IgnoreFilterManager.from_repo(self._git)
        new = [p for p in found if p not in here and not ignored.is_ignored(self._below + p)]
        return changed, sorted(new)


def _equals(folder: Folder, file: File, key: str) -> bool:
    """Is this the blob ``key``? Line ends do not count, git may translate them."""
    try:
        content = folder.content(file)
    except OSError:
        return False
    return key in (_blob_id(content), _blob_id(content.replace(b"\r\n", b"\n")))


def _blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def _is_hidden(path: str) -> bool:
    return any(step.startswith(".") for step in path.split("/")[:-1])
