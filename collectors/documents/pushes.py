"""What a clone shows of a move of its branch: the commits that came, and whether any were lost."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from .place import Place
from .records import Push
from .repository import Repository

MAX_COMMITS = 1_000
MAX_STEPS = 100_000  # commits that are looked at to say whether one leads to another


class Clone:
    """The repository that documents are read from."""

    def __init__(self, place: Repository) -> None:
        self._git = place.git
        self.head = place.head
        self.branch = place.branch or "HEAD"

    @classmethod
    def of(cls, place: Place) -> "Clone | None":
        """None: it is a folder or a bucket."""
        return cls(place) if isinstance(place, Repository) else None

    def move(self, before: str, now: datetime) -> Push | None:
        """How the branch got from ``before`` to where it is; None: it did not move."""
        if before == self.head:
            return None
        is_forward = self._has(before) and self._leads(self.head, before)
        return Push(
            id=f"clone/{before[:12]}..{self.head[:12]}",
            branch=self.branch,
            at=now,
            how="push" if is_forward else "force_push",
            seen_by="clone",
            before=before,
            after=self.head,
            commits=self._between(before, self.head),
        )

    def filled(self, push: Push) -> Push:
        """``push`` with its commits, and as a forced one where it left some behind.

        Nothing is added where the clone does not have the commits.
        """
        before, after = push.before or "", push.after or ""
        if not self._has(after) or set(before) <= {"0"}:
            return push
        commits = self._between(before, after)
        was_lost = push.how == "push" and self._has(before) and not self._leads(after, before)
        how = "force_push" if was_lost else push.how
        return msgspec.structs.replace(push, commits=commits, how=how)

    def _has(self, commit: str) -> bool:
        return len(commit) in (40, 64) and commit.encode("ascii", "replace") in self._git

    def _between(self, before: str, after: str) -> list[str]:
        """What ``after`` leads to and ``before`` does not."""
        exclude = [before.encode("ascii")] if self._has(before) else []
        walker = self._git.get_walker(
            include=[after.encode("ascii")], exclude=exclude, max_entries=MAX_COMMITS
        )
        return [entry.commit.id.decode("ascii") for entry in walker]

    def _leads(self, after: str, before: str) -> bool:
        """Is ``before`` an ancestor of ``after``?"""
        wanted = before.encode("ascii")
        return any(commit == wanted for commit in self._ancestors(after.encode("ascii")))

    def _ancestors(self, commit: bytes) -> Iterator[bytes]:
        waiting, seen = [commit], {commit}
        while waiting and len(seen) < MAX_STEPS:
            here = waiting.pop()
            yield here
            found: Any = self._git[here].parents if here in self._git else ()
            fresh = [parent for parent in found if parent not in seen]
            seen.update(fresh)
            waiting += fresh
