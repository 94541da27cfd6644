"""A commit of a git repository, read with dulwich: no hook, filter or program is ever run."""

import importlib.util
import os
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG
from typing import Any

from ..contract import Call, Check, Skip
from ..errors import CollectionError, PluginError
from . import records
from .commits import Commits
from .folder import Folder
from .history import Walk
from .place import (
    MAX_FILES,
    File,
    History,
    Revision,
    asked,
    is_candidate,
    linked,
    printable,
    too_many,
)
from .signatures import Keyring
from .working_tree import WorkingTree

_SUBMODULE = 0o160000


class NotInGit(CollectionError):
    """The folder is in no repository, or its commit does not have it."""


class Repository:
    """The files below ``root`` as the commit has them, whatever the working tree says."""

    threads = 1  # dulwich's caches know no locks

    def __init__(
        self, root: Path, where: str, *, ref: str, keys: Keyring, address: str | None = None
    ) -> None:
        """Open the repository that ``root`` is, or is in; ``address`` is where it was fetched from.

        Raises:
            NotInGit: There is none, or the commit has no such folder.
            CollectionError: It cannot be read.
            PluginError: dulwich is not installed.
        """
        require_dulwich(where)
        import dulwich

        self._root = root
        self._address = address or str(root)
        self._where = where
        self._ref = ref
        self._names: dict[str, bytes] = {}
        self._git = self._open()
        weakref.finalize(self, self._git.close)  # packs are open files; nobody closes a collector
        with self._reading():
            self._commit = self._resolve()
            self._below = self._prefix()
            self._tree = self._subtree()
            self.branch = self._branch()
        self._commits = Commits(self._git, keys)
        self.client: str | None = "dulwich " + ".".join(str(n) for n in dulwich.__version__)
        self.server = f"git commit {self._commit.id.decode('ascii')} ({ref})"

    def identity(self, call: Call) -> tuple[str | None, str]:
        """See `place.Place.identity`."""
        del call
        return None, self._address

    def files(self, call: Call) -> tuple[Sequence[File], Sequence[Skip]]:
        """See `place.Place.files`."""
        return call.once("list files", self._listed)

    def _listed(self) -> tuple[Sequence[File], Sequence[Skip]]:
        files: list[File] = []
        skips: list[Skip] = []
        with self._reading():
            for name, mode, sha in self._walk(self._tree, b""):
                path = printable(os.fsdecode(name))
                if mode == _SUBMODULE:
                    skips.append(_submodule(path))
                elif S_ISLNK(mode) and is_candidate(path):
                    skips.append(linked(path))
                elif S_ISREG(mode):
                    self._names[path] = name
                    files.append(File(path=path, size_bytes=None, key=sha.decode("ascii")))
                if len(files) > MAX_FILES:
                    raise too_many(self._where)
        return sorted(files, key=lambda file: file.path), skips

    def read(self, call: Call, file: File) -> bytes:
        """See `place.Place.read`."""

        def content() -> bytes:
            with self._reading():
                return self._content(file.key)

        return asked(call, "read file", content)

    def _content(self, key: str) -> bytes:
        content: bytes = self._git[key.encode("ascii")].data
        return content

    def histories(self, paths: Iterable[str]) -> Mapping[str, History]:
        """See `place.Place.histories`."""
        below = self._below + b"/" if self._below else b""
        with self._reading():
            return Walk(self._git, self._commit.id, self._commits).histories(
                {path: below + self._names[path] for path in paths}, self._below
            )

    def whole(self, call: Call, revision: Revision) -> tuple[records.Version, bytes]:
        """See `place.Place.whole`."""

        def content() -> bytes:
            try:
                return self._content(revision.key)
            except (KeyError, AttributeError) as error:
                raise OSError("the object is missing: this is a partial clone") from error

        return revision.version, asked(call, "read version", content)

    def keeping(self, call: Call) -> tuple[records.Place, Sequence[Skip]]:
        """See `place.Place.keeping`: git keeps every version that the branch led to."""
        del call
        with self._reading():
            whole = not self._git.get_shallow()
        record = records.Place(
            place="git",
            keeps_versions=True,
            whole_history=whole,
            branch=self.branch,
            head=self.head,
        )
        return record, ()

    @property
    def head(self) -> str:
        """The commit that is read."""
        commit_id: bytes = self._commit.id
        return commit_id.decode("ascii")

    @property
    def git(self) -> Any:
        """The repository as dulwich opened it; only its objects are read."""
        return self._git

    def check(self, call: Call, files: Sequence[File]) -> Check:
        """See `place.Place.check`."""
        del call
        compared = not self._git.bare and self._ref == "HEAD"
        tree = Folder(self._root, self._where) if compared else None
        return WorkingTree(self._git, tree, os.fsdecode(self._below)).check(files, self.head)

    def _open(self) -> Any:
        from dulwich.errors import NotGitRepository
        from dulwich.repo import Repo

        try:
            return Repo.discover(self._root)
        except NotGitRepository as error:
            raise NotInGit(
                self._where,
                f"{self._root} is in no git repository",
                remedy="set git: false, or path to a repository",
            ) from error
        except Exception as error:  # a repository can be broken in many ways
            raise self._broken(error) from error

    def _resolve(self) -> Any:
        from dulwich.objectspec import parse_commit

        try:
            return parse_commit(self._git, self._ref)
        except KeyError as error:
            raise NotInGit(
                self._where,
                f"the repository has no commit {self._ref}",
                remedy="commit the documents, or correct ref",
            ) from error

    def _branch(self) -> str | None:
        """The branch that ``ref`` stands for; None for a tag, a commit, a detached HEAD."""
        for name in (self._ref, f"refs/heads/{self._ref}", f"refs/remotes/{self._ref}"):
            chain, _ = self._git.refs.follow(os.fsencode(name)) if name.isprintable() else ((), 0)
            for step in reversed(chain):
                for head in (b"refs/heads/", b"refs/remotes/origin/"):
                    if step.startswith(head) and step in self._git.refs:
                        return printable(os.fsdecode(step.removeprefix(head)))
        return None

    def _prefix(self) -> bytes:
        """The folder's path inside the repository; empty for all of it."""
        if self._git.bare:
            return b""
        top = Path(os.fsdecode(self._git.path)).resolve()
        relative = self._root.resolve().relative_to(top)
        return b"" if relative == Path() else os.fsencode(relative.as_posix())

    def _subtree(self) -> bytes:
        tree: bytes = self._commit.tree
        for step in filter(None, self._below.split(b"/")):
            entries = {e.path: e for e in self._git[tree].items()}
            if step not in entries or not S_ISDIR(entries[step].mode):
                raise NotInGit(
                    self._where,
                    f"commit {self._ref} has no folder {printable(os.fsdecode(self._below))}",
                    remedy="commit the documents, or set git: false",
                )
            tree = entries[step].sha
        return tree

    def _walk(self, tree: bytes, below: bytes) -> Iterator[tuple[bytes, int, bytes]]:
        folders = [(tree, below)]
        while folders:
            tree, below = folders.pop()
            for entry in self._git[tree].items():
                name = below + entry.path
                if S_ISDIR(entry.mode):
                    folders.append((entry.sha, name + b"/"))
                else:
                    yield name, entry.mode, entry.sha

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except CollectionError:
            raise
        except Exception as error:  # dulwich raises whatever a broken object leads to
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> CollectionError:
        what = "an object is missing" if isinstance(error, KeyError) else type(error).__name__
        return CollectionError(
            self._where,
            f"the git repository cannot be read ({what})",
            remedy="run git fsck there; a partial clone lacks objects, so fetch it anew",
        )


def require_dulwich(where: str) -> None:
    """Raises `PluginError` where it is not installed."""
    if importlib.util.find_spec("dulwich") is None:
        raise PluginError(
            where,
            "it is in a git repository, and the Python package dulwich is not installed",
            remedy='pip install "annexa[documents]", or set git: false to read files only',
        )


def _submodule(path: str) -> Skip:
    return Skip(
        what=path,
        problem="it is a submodule, which is a repository of its own",
        remedy="add it as a source of its own if it holds documents",
    )
