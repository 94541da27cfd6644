"""Reads what the host of a repository knows: protection of the branch, reviews, pushes."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from ..contract import Call, Check, Page, Skip
from ..errors import Unsupported
from . import kinds
from .collection import Collection
from .host import RepositoryHost
from .pushes import Clone

BATCH = 50


class _HostReader:
    """Without a host there is nothing to ask."""

    def __init__(self, where: str, host: RepositoryHost | None) -> None:
        self._where = where
        self._host = host

    def _known(self) -> RepositoryHost:
        if self._host is None:
            raise Unsupported(
                self._where,
                "the settings name no host of this place",
                remedy="set host: {type: github, repository: owner/name, token_env: …}",
            )
        return self._host


class ProtectionReader(_HostReader):
    """One record: the branch that documents are read from."""

    kind = kinds.BRANCH_PROTECTION

    def __init__(self, where: str, host: RepositoryHost | None, clone: "FindClone") -> None:
        super().__init__(where, host)
        self._clone = clone

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        host = self._known()
        branch = host.branch(call)
        record, skips = host.protection(call, branch)
        yield Page(records=[record])
        yield from skips
        clone = self._clone(call)
        if clone is not None and record.head is not None:
            yield Check(
                method="the commit that was read is the branch's newest at the host",
                expected=record.head[:12],
                found=clone.head[:12],
                ok=True,  # an old clone was read whole; what it is worth is for the rules
                note=""
                if clone.head == record.head
                else "the clone is behind, or of another branch",
            )


class MergeReader(_HostReader):
    """Merged requests, from the last one that an earlier run brought."""

    kind = kinds.MERGE

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        host = self._known()
        batch: list[kinds.Merge] = []
        cursor = since
        for found, changed_at in host.merges(call, host.branch(call), _time(since)):
            cursor = _text(changed_at)
            if isinstance(found, Skip):
                yield found
            elif found is not None:
                batch.append(found)
            if len(batch) >= BATCH:
                yield Page(records=batch, cursor=cursor)
                batch = []
        yield Page(records=batch, cursor=cursor)


class PushReader(_HostReader):
    """Moves of the branch: as the host tells them, else as the clone shows them between runs."""

    kind = kinds.PUSH

    def __init__(
        self,
        where: str,
        host: RepositoryHost | None,
        clone: "FindClone",
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(where, host)
        self._clone = clone
        self._clock = clock

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`. A cursor is ``time commit``."""
        clone = self._clone(call)
        last_at, _, last_head = (since or "").partition(" ")
        pushes: list[kinds.Push] | None = None
        if self._host is not None:
            try:
                branch = self._host.branch(call)
                pushes = self._host.pushes(call, branch, _time(last_at or None))
            except Unsupported:
                if clone is None:
                    raise
        if pushes is not None:
            yield from self._told(pushes, since, last_head, clone)
        elif clone is not None:
            yield from _seen(clone, last_head, self._clock())
        else:
            raise Unsupported(
                self._where, "only git has branches", remedy="nothing is wrong; or use git"
            )

    def _told(
        self, pushes: list[kinds.Push], since: str | None, last: str, clone: Clone | None
    ) -> Iterator[Page | Check]:
        filled = [clone.filled(push) if clone else push for push in pushes]
        newest = filled[-1] if filled else None
        cursor = f"{_text(newest.at)} {newest.after or ''}" if newest else since
        yield Page(records=filled, cursor=cursor)
        broken = _breaks(filled, last)
        yield Check(
            method="each push begins where the one before it ended",
            expected=f"{len(filled)} pushes without a break",
            found=f"{len(broken)} breaks",
            ok=not broken,
            note=f"missing before {broken[0]}" if broken else "",
        )


FindClone = Callable[[Call], Clone | None]


def clone_of(collection: Collection) -> FindClone:
    """The repository behind the place, where it is one."""

    def find(call: Call) -> Clone | None:
        place = call.once("open", lambda: collection.place)
        return Clone.of(place)

    return find


def _seen(clone: Clone, last_head: str, now: datetime) -> Iterator[Page | Check]:
    """What the clone shows: where the branch was in the last run, and where it is."""
    push = clone.move(last_head, now) if last_head else None
    yield Page(records=[push] if push else [], cursor=f"{_text(now)} {clone.head}")
    yield Check(
        method="where the last run left the branch",
        expected=last_head[:12] or "nothing, it is the first run",
        found=clone.head[:12],
        ok=True,
        note="what happened between two runs is seen as one push",
    )


def _breaks(pushes: list[kinds.Push], last: str) -> list[str]:
    """Ids of the pushes that do not begin where the one before them ended."""
    found = []
    for push in pushes:
        is_next = not last or push.before in (last, None)
        if not is_next and push.after != last:  # the push that the last run ended with comes again
            found.append(push.id)
        last = push.after or ""
    return found


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
