"""Who changed a file last and when it first appeared, from the commits alone.

As ``git log`` does, a path is followed to the first parent that holds it unchanged, so that a merge
is not mistaken for a change; and from where it appears to what it was renamed from.
"""

import heapq
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any

from .kinds import Commit
from .place import History
from .renames import renames

_ADDRESS = re.compile(r"<([^<>]*)>\s*$")
_LAST_SECOND = 253_402_300_799  # of the year 9999


@dataclass
class _Trail:
    """One file on its way back in time."""

    path: str
    """As it is called now."""
    name: bytes
    """As it was called at the commit where the trail stands."""
    last: Commit | None = None
    first_at: datetime | None = None
    is_cut: bool = False


class Walk:
    """Walks back from ``head``; ``repository`` is dulwich's, of which only objects are read."""

    def __init__(self, repository: Any, head: bytes) -> None:
        self._repository = repository
        self._head = head
        self._shallow = frozenset(repository.get_shallow())
        self._tree = lru_cache(maxsize=4096)(self._read_tree)
        self._renamed = lru_cache(maxsize=64)(partial(renames, repository.object_store))
        self._waiting: dict[bytes, list[_Trail]] = {}
        self._order: list[tuple[int, bytes]] = []

    def histories(self, names: Mapping[str, bytes]) -> dict[str, History]:
        """Of files, given as path -> name in the repository."""
        trails = [_Trail(path, name) for path, name in names.items()]
        for trail in trails:
            self._go_on(self._head, trail)
        while self._order:
            _, commit_id = heapq.heappop(self._order)
            self._visit(commit_id, self._waiting.pop(commit_id))
        return {
            trail.path: History(last=trail.last, first_at=trail.first_at, is_cut=trail.is_cut)
            for trail in trails
        }

    def _go_on(self, commit_id: bytes, trail: _Trail) -> None:
        waiting = self._waiting.get(commit_id)
        if waiting is None:
            waiting = self._waiting[commit_id] = []
            heapq.heappush(self._order, (-self._repository[commit_id].commit_time, commit_id))
        waiting.append(trail)

    def _visit(self, commit_id: bytes, trails: list[_Trail]) -> None:
        commit = self._repository[commit_id]
        if commit_id in self._shallow:
            for trail in trails:
                trail.is_cut = True
            return
        parents = [(parent, self._repository[parent].tree) for parent in commit.parents]
        for parent, tree in parents:
            if tree == commit.tree:  # an empty commit, or a merge that took one side whole
                for trail in trails:
                    self._go_on(parent, trail)
                return
        for trail in trails:
            self._follow(commit, parents, trail)

    def _follow(self, commit: Any, parents: list[tuple[bytes, bytes]], trail: _Trail) -> None:
        blob = self._blob(commit.tree, trail.name)
        before = [(parent, self._blob(tree, trail.name)) for parent, tree in parents]
        for parent, other in before:
            if other == blob:
                self._go_on(parent, trail)
                return
        if trail.last is None:
            trail.last = _commit(commit)
        for parent, other in before:
            if other is not None:
                self._go_on(parent, trail)
                return
        for parent, tree in parents:
            old_name = self._renamed(tree, commit.tree).get(trail.name)
            if old_name is not None:
                trail.name = old_name
                self._go_on(parent, trail)
                return
        trail.first_at = _committed_at(commit)

    def _blob(self, tree: bytes, name: bytes) -> bytes | None:
        found = tree
        for step in name.split(b"/"):
            entry = self._tree(found).get(step)
            if entry is None:
                return None
            found = entry
        return found

    def _read_tree(self, tree: bytes) -> dict[bytes, bytes]:
        try:
            entries = self._repository[tree].items()
        except (KeyError, AttributeError):  # a file where a folder was; a submodule
            return {}
        return {entry.path: entry.sha for entry in entries}


def _commit(commit: Any) -> Commit:
    author = commit.author.decode("utf-8", "backslashreplace")
    address = _ADDRESS.search(author)
    return Commit(
        id=commit.id.decode("ascii"),
        author=address[1] if address else author,
        committed_at=_committed_at(commit),
        signed=commit.gpgsig is not None,
    )


def _committed_at(commit: Any) -> datetime:
    """Any number may stand in a commit; what is beyond the calendar becomes its edge."""
    seconds = min(max(commit.commit_time, 0), _LAST_SECOND)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
