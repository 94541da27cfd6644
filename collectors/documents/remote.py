"""Fetches a repository over HTTPS into a temporary folder, whole and bare, without the git program.

It is fetched anew for each run: for a large one keep a clone, and name its folder instead.
"""

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import AccessDenied, CollectionError, SourceUnavailable
from .repository import NotInGit
from .settings import DocumentsSettings
from .token import read_token

MAX_BYTES = 2 * 1024**3  # of history
_USERS = {"github": "x-access-token", "gitlab": "oauth2"}
_STATUS = re.compile(r"unexpected http resp (\d{3})")


def is_remote(repository: str | None) -> bool:
    """Is this an address, and no folder?"""
    return repository is not None and "://" in repository


def fetched(settings: DocumentsSettings) -> Path:
    """The folder with the branch or tag ``ref`` of ``settings.repository``, and all that it leads
    to; the caller removes it.

    Raises:
        CollectionError: It could not be fetched.
    """
    folder = Path(tempfile.mkdtemp(prefix="annexa-repository-"))
    try:
        _Fetch(settings, folder).make()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


@contextmanager
def _hanging_up(client: Any) -> Iterator[None]:
    """Close all connections of dulwich's client, which forgets those of answers it dislikes."""
    pool = client.pool_manager
    ask, answers = pool.request, []

    def request(*arguments: Any, **more: Any) -> Any:
        answers.append(ask(*arguments, **more))
        return answers[-1]

    pool.request = request
    try:
        yield
    finally:
        for answer in answers:
            answer.close()
        pool.clear()


class _Fetch:
    def __init__(self, settings: DocumentsSettings, folder: Path) -> None:
        self._settings = settings
        self._where = settings.id
        self._folder = folder
        self._url = settings.repository or ""
        self._ref = settings.ref
        self._ends = time.monotonic() + settings.deadline_s
        self._size = 0
        self._chosen: bytes | None = None

    def make(self) -> None:
        from dulwich.repo import Repo

        parts = urlsplit(self._url)
        client = self._client(f"{parts.scheme}://{parts.netloc}/")
        with _hanging_up(client), Repo.init_bare(str(self._folder)) as repository:
            pack, commit, abort = repository.object_store.add_pack()
            try:
                found: Any = client.fetch_pack(
                    parts.path, self._wants, repository.get_graph_walker(), self._into(pack.write)
                )
            except CollectionError:
                abort()
                raise
            except Exception as error:  # dulwich raises whatever the network leads to
                abort()
                raise self._explained(error) from error
            except BaseException:
                abort()
                raise
            commit()
            self._point(repository.refs, found.refs, found.symrefs)

    def _client(self, base: str) -> Any:
        from dulwich.client import HttpGitClient

        host = self._settings.host
        token = read_token(self._where, host.token_env, host.type) if host else None
        user = _USERS[host.type] if host and token else None
        return HttpGitClient(
            base,
            username=user,
            password=token,
            timeout=self._settings.timeout_s,
            thin_packs=False,
            quiet=True,
        )

    def _wants(self, refs: Mapping[bytes, bytes], depth: int | None = None) -> list[bytes]:
        del depth
        names = [self._ref, f"refs/heads/{self._ref}", f"refs/tags/{self._ref}"]
        self._chosen = next((n.encode() for n in names if n.encode() in refs), None)
        if self._chosen is None:
            raise NotInGit(
                self._where,
                f"the repository has no branch or tag {self._ref}",
                remedy="commit the documents, or correct ref",
            )
        return [refs[self._chosen]]

    def _into(self, write: Callable[[bytes], int]) -> Callable[[bytes], int]:
        """Write within the limits of size and time."""

        def bounded(data: bytes) -> int:
            self._size += len(data)
            if self._size > MAX_BYTES:
                raise CollectionError(
                    self._where,
                    f"the repository is larger than {MAX_BYTES // 1024**3} GiB",
                    remedy="keep a clone of it, and set repository to its folder",
                )
            if time.monotonic() > self._ends:
                raise CollectionError(
                    self._where,
                    f"the repository was not there in full within {self._settings.deadline_s:g} s",
                    remedy="keep a clone of it, or raise deadline_s",
                )
            return write(data)

        return bounded

    def _point(
        self, refs: Any, there: Mapping[bytes, bytes], symbolic: Mapping[bytes, bytes]
    ) -> None:
        """Give the clone the one ref that was asked for, and its HEAD."""
        name = self._chosen or b"HEAD"
        target = symbolic.get(name, b"refs/heads/main") if name == b"HEAD" else name
        commit = there[name]
        refs[target] = commit
        refs.set_symbolic_ref(b"HEAD", target)

    def _explained(self, error: Exception) -> CollectionError:
        from dulwich.client import HTTPUnauthorized
        from dulwich.errors import NotGitRepository

        host = urlsplit(self._url).hostname
        found = _STATUS.search(str(error))
        status = 401 if isinstance(error, HTTPUnauthorized) else int(found[1]) if found else 0
        if isinstance(error, NotGitRepository):
            return AccessDenied(
                self._where,
                f"{host} has no such repository, or the token may not see it",
                remedy="check repository, and grant the token Contents: read",
            )
        if status in (401, 403):
            return AccessDenied(
                self._where,
                f"{host} answered HTTP {status}: the token is missing, wrong or has expired",
                remedy="set host.token_env, and its variable to a token that may read Contents",
            )
        said = f"HTTP {status}" if status else type(error).__name__
        return SourceUnavailable(
            self._where,
            f"the repository could not be fetched from {host} ({said})",
            remedy="check the address and the network; the next run tries again",
        )
