"""What becomes of a push: whose it is, whether it is taken, and kept before we say so."""

import errno
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from ... import AnnexaError
from ...collectors.inbox import Inbox, InboxFull
from ...collectors.intake import Accepted, Push, Receiver, Refused

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
QUIET_S = 60.0
"""A sender with a wrong secret gets one log line in this time, not one for each attempt."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def said(status: int, problem: str, *headers: tuple[str, str]) -> Answer:
    return Answer(status, msgspec.json.encode({"error": problem}), headers)


@dataclass(frozen=True)
class Post:
    """A source that takes pushes."""

    source: str
    receiver: Receiver
    inbox: Inbox


class Desk:
    """Called by several threads at once."""

    def __init__(self, posts: Sequence[Post], *, arrived: Callable[[str], None], log: Any) -> None:
        """``arrived`` hears the source of each push that is kept."""
        self._arrived = arrived
        self._log = log
        self._routes: dict[str, list[tuple[str, Post]]] = {}
        self._quiet_until: dict[tuple[str, int], float] = {}
        self._lock = threading.Lock()
        for post in posts:
            for path in post.receiver.paths:
                for route in (f"/{post.source}{path}", path):
                    self._routes.setdefault(route, []).append((path, post))

    def knows(self, path: str) -> bool:
        return path in self._routes

    def turns_away(self, path: str, headers: Mapping[str, str], now: datetime) -> Answer | None:
        """Whether the head alone decides that nobody takes this; the body is not read then."""
        answer = None
        for _, post in self._routes[path]:
            refused = self._asked(post, partial(post.receiver.admits, headers, now))
            if refused is None:
                return None
            answer = self._better(answer, refused)
        return answer

    def take(self, push: Push) -> Answer:
        """Keep ``push`` for the source whose receiver accepts it, on disk when this returns."""
        answer = None
        for path, post in self._routes[push.path]:
            own = Push(
                path=path, headers=push.headers, body=push.body, received_at=push.received_at
            )
            verdict = self._asked(post, partial(self._accepted, post, own))
            if isinstance(verdict, Accepted):
                return self._kept(post, verdict)
            answer = self._better(answer, verdict)
        return answer or said(404, "nobody takes this")

    def _accepted(self, post: Post, push: Push) -> Accepted | Refused:
        refused = post.receiver.admits(push.headers, push.received_at)
        return refused or post.receiver.accepts(push)

    def _asked(self, post: Post, ask: Callable[[], Any]) -> Any:
        """What the receiver says; whatever goes wrong in it never lets a push through."""
        try:
            verdict = ask()
        except AnnexaError as error:
            self._tell(post.source, 503, str(error))
            return said(503, "cannot check this now", ("retry-after", "30"))
        except Exception as error:  # a plugin may raise anything
            self._tell(post.source, 500, f"its receiver failed ({type(error).__name__})")
            return said(500, "failed by a bug")
        if isinstance(verdict, Refused):
            self._tell(post.source, verdict.status, verdict.problem)
            extra = (("www-authenticate", "Bearer"),) if verdict.status == 401 else ()
            return said(verdict.status, verdict.problem, *extra)
        return verdict

    def _kept(self, post: Post, accepted: Accepted) -> Answer:
        try:
            if accepted.documents:
                post.inbox.put(accepted.documents)
        except InboxFull as error:
            self._tell(post.source, 507, f"its inbox is full: {error}")
            return said(507, "full; come back later", ("retry-after", "60"))
        except OSError as error:
            status = 507 if error.errno in _DISK_FULL else 503
            self._tell(post.source, status, f"its inbox cannot be written ({error.strerror})")
            return said(status, "cannot be kept now; come back later", ("retry-after", "60"))
        if not accepted.can_wait:
            self._arrived(post.source)
        return Answer(accepted.status, accepted.answer)

    def _better(self, one: Answer | None, other: Answer) -> Answer:
        """Of several refusals, the one from a source that knew the sender."""
        return other if one is None or one.status == 401 else one

    def _tell(self, source: str, status: int, problem: str) -> None:
        now = time.monotonic()
        with self._lock:
            if now < self._quiet_until.get((source, status), 0.0):
                return
            self._quiet_until[source, status] = now + QUIET_S
        self._log.warning("push refused", source=source, status=status, problem=problem)
