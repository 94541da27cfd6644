"""An HTTP server that answers as GitHub's or GitLab's documented API: pages, Link headers, limits.

    host = HostServer({"/pulls": [...]}, root="/repos/acme/docs")
    with host.running() as server: ...

Lists are paged by ``per_page`` (at most ``page_size``) and sorted as they were given.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from .misbehaving import Reply, Request, Server, json_reply, misbehaving

TOKEN = "ghp_hunter2hunter2"
DATE = "Tue, 24 Nov 2026 12:00:00 GMT"


@dataclass
class HostServer:
    resources: dict[str, Any]
    """Path behind ``root`` -> an object, a list, or a `Reply`."""
    root: str
    page_size: int = 2
    links: bool = True
    """False: GitLab's page headers only."""
    intercept: Callable[[Request], Reply | None] = field(default=lambda request: None)
    url: str = ""
    seen: list[Request] = field(default_factory=list)

    @contextlib.contextmanager
    def running(self) -> Iterator[Server]:
        with misbehaving(self._answer) as server:
            self.url = server.url
            yield server

    def _answer(self, request: Request) -> Reply:
        self.seen.append(request)
        given = request.headers.get("authorization", request.headers.get("private-token", ""))
        if given.removeprefix("Bearer ") != TOKEN:
            return json_reply({"message": "Bad credentials"}, 401)
        reply = self.intercept(request)
        if reply is not None:
            return reply
        path = unquote(request.path)
        found = self.resources.get(path.removeprefix(self.root))
        if found is None or not path.startswith(self.root):
            return json_reply({"message": "Not Found"}, 404)
        if isinstance(found, Reply):
            return found
        return self._page(request, found) if isinstance(found, list) else json_reply(found)

    def _page(self, request: Request, found: list[Any]) -> Reply:
        page = int(request.query.get("page", "1"))
        size = min(int(request.query.get("per_page", "30")), self.page_size)
        reply = json_reply(found[(page - 1) * size : page * size])
        if page * size >= len(found):
            return reply
        if not self.links:
            return Reply(200, reply.body, {"X-Next-Page": str(page + 1)})
        query = urlencode({**request.query, "page": page + 1})
        link = f'<{self.url}{request.path}?{query}>; rel="next", <{self.url}/x>; rel="last"'
        return Reply(200, reply.body, {"Link": link})
