"""Every version of a file and who made it, from the commits alone.

As ``git log`` does, a path is followed to the first parent that holds it unchanged, so that a merge
is not mistaken for a change; to all parents where none does; and from where it appears to what it
was renamed from.
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from .commits import Commits, committed_at
from .place import History, Revision
from .records import Version
from .renames import renames


@dataclass
class _Trail:
    """One file on its way back in time."""

    path: str
    """As it is called now."""
    changes: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)
    """Commit -> the file's name and blob there, the newest first."""
    first_at: datetime | None = None
    is_cut: bool = False
    seen: set[bytes] | None = None
    """Commits that it came by, since it had to go more than one way."""


class Walk:
    """Walks back from ``head``; ``repository`` is dulwich's, of which only objects are read."""

    def __init__(self, repository: Any, head: bytes, commits: Commits) -> None:
        self._repository = repository
        self._head = head
        self._commits = commits
        self._shallow = frozenset(repository.get_shallow())
        self._tree = lru_cache(maxsize=4096)(self._read_tree)
        self._renamed = lru_cache(maxsize=64)(partial(renames, repository.object_store))
        self._waiting: dict[bytes, list[tuple[_Trail, bytes]]] = {}
        self._order: list[tuple[int, bytes]] = []

    def histories(self, names: Mapping[str, bytes], below: bytes) -> dict[str, History]:
        """Of files, given as path -> name in the repository; paths begin behind ``below``."""
        trails = [_Trail(path) for path in names]
        for trail in trails:
            self._go_on(self._head, trail, names[trail.path])
        while self._order:
            _, commit_id = heapq.heappop(self._order)
            self._visit(commit_id, self._waiting.pop(commit_id))
        return {trail.path: self._history(trail, names[trail.path], below) for trail in trails}

    def _go_on(self, commit_id: bytes, trail: _Trail, name: bytes) -> None:
        if trail.seen is not None:
            if commit_id in trail.seen:
                return
            trail.seen.add(commit_id)
        waiting = self._waiting.get(commit_id)
        if waiting is None:
            waiting = self._waiting[commit_id] = []
            heapq.heappush(self._order, (-self._repository[commit_id].commit_time, commit_id))
        waiting.append((trail, name))

    def _visit(self, commit_id: bytes, trails: list[tuple[_Trail, bytes]]) -> None:
        commit = self._repository[commit_id]
        if commit_id in self._shallow:
            for trail, _ in trails:
                trail.is_cut = True
            return
        parents = [(parent, self._repository[parent].tree) for parent in commit.parents]
        for parent, tree in parents:
            if tree == commit.tree:  # an empty commit, or a merge that took one side whole
                for trail, name in trails:
                    self._go_on(parent, trail, name)
                return
        for trail, name in trails:
            self._follow(commit, parents, trail, name)

    def _follow(
        self, commit: Any, parents: list[tuple[bytes, bytes]], trail: _Trail, name: bytes
    ) -> None:
        blob = self._blob(commit.tree, name)
        before = [(parent, self._blob(tree, name)) for parent, tree in parents]
        for parent, other in before:
            if other == blob:
                self._go_on(parent, trail, name)
                return
        trail.changes[commit.id] = (name, blob or b"")
        ways = [parent for parent, other in before if other is not None]
        if len(ways) > 1 and trail.seen is None:
            trail.seen = {commit.id}
        for parent in ways:
            self._go_on(parent, trail, name)
        if ways:
            return
        for parent, tree in parents:
            old_name = self._renamed(tree, commit.tree).get(name)
            if old_name is not None:
                self._go_on(parent, trail, old_name)
                return
        first_at = committed_at(commit)
        trail.first_at = min(first_at, trail.first_at or first_at)

    def _history(self, trail: _Trail, now: bytes, below: bytes) -> History:
        last = next(iter(trail.changes), None)
        return History(
            last=None if last is None else self._commits.brief(last),
            first_at=trail.first_at,
            modified_at=None if last is None else self._commits.brief(last).committed_at,
            is_cut=trail.is_cut,
            revisions=tuple(
                self._revision(trail, commit_id, now, below) for commit_id in trail.changes
            ),
        )

    def _revision(self, trail: _Trail, commit_id: bytes, now: bytes, below: bytes) -> Revision:
        name, blob = trail.changes[commit_id]
        key = blob.decode("ascii")
        version = Version(
            path=trail.path,
            is_current=commit_id == next(iter(trail.changes)),
            is_deletion=False,
            was_at=None if name == now else self._commits.path(name, below),
            blob=key,
            **self._commits.facts(commit_id),
        )
        return Revision(version=version, key=key)

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
