"""What a host of repositories can be asked, whichever it is."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from ..contract import Call, Skip
from .records import BranchProtection, Merge, Push


class RepositoryHost(Protocol):
    """GitHub or GitLab; see their files for what each asks."""

    @property
    def name(self) -> str: ...

    def branch(self, call: Call) -> str:
        """The branch in question: that of the settings, else the default one."""
        ...

    def protection(self, call: Call, branch: str) -> tuple[BranchProtection, list[Skip]]:
        """How the branch is guarded.

        Raises:
            CollectionError: The branch itself cannot be read.
        """
        ...

    def merges(
        self, call: Call, branch: str, since: datetime | None
    ) -> Iterator[tuple[Merge | Skip | None, datetime]]:
        """Requests merged into the branch and changed at ``since`` or later, the oldest change
        first, each with the time of its change; None for one that was closed without merging."""
        ...

    def pushes(self, call: Call, branch: str, since: datetime | None) -> list[Push]:
        """Moves of the branch at ``since`` or later, the oldest first.

        Raises:
            Unsupported: The host does not tell.
        """
        ...
