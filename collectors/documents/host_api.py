"""Requests to GitHub's and GitLab's REST APIs: the token, pages, limits, and what a refusal means.

Source: docs.github.com/rest (using the REST API: pagination, rate limits, troubleshooting) and
docs.gitlab.com/api/rest. Both page with ``Link`` headers; GitLab names the page in ``x-next-page``
as well.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from ..contract import Call
from ..errors import AccessDenied, CollectionError, SourceUnavailable, UnexpectedAnswer
from ..web import Answer, Web
from .settings import Host
from .token import read_token

T = TypeVar("T")

PAGE_SIZE = 100  # the most that both allow
MINUTE_S = 60.0
_NEXT = re.compile(r'<(?P<url>[^<>]*)>\s*;[^,]*\brel="?next"?')


class NotFound(AccessDenied):
    """HTTP 404: it is not there, or the token may not see it; both hosts answer the same."""

    body: bytes = b""

    def says(self, words: str) -> bool:
        """Are these words in the answer?"""
        return words.encode() in self.body


class HostApi:
    """One repository at one host. For use by several threads."""

    def __init__(self, where: str, host: Host, *, timeout_s: float) -> None:
        self.where = where
        self.host = host
        self.name = "GitHub" if host.type == "github" else "GitLab"
        self._timeout_s = timeout_s
        self._web: Web | None = None

    @property
    def root(self) -> str:
        """The path of the repository's own resources."""
        if self.host.type == "github":
            return "/repos/" + "/".join(map(_quoted, self.host.repository.split("/")))
        return "/projects/" + _quoted(self.host.repository)

    def get(self, call: Call, path: str, answer: type[T], **query: object) -> T:
        """One object under `root`. ``path`` is its template: ``/branches/{branch}``; what it does
        not name of ``query`` goes behind the question mark."""
        operation, url, shown = self._request(path, query)

        def fetch() -> T:
            return self._decoded(self._asked(call, url, operation), answer)

        return call.once(operation, fetch, **shown)

    def pages(self, call: Call, path: str, item: type[T], **query: object) -> Iterator[list[T]]:
        """All pages of a list under `root`."""
        operation, first, shown = self._request(path, {**query, "per_page": PAGE_SIZE})

        def fetch(url: str | None) -> tuple[list[T], str | None]:
            answer = self._asked(call, url or first, operation)
            return self._decoded(answer, list[item]), self._next(answer)  # type: ignore[valid-type]  # mypy takes no variable for a type

        return call.every_page(operation, fetch, **shown)

    def items(self, call: Call, path: str, item: type[T], **query: object) -> list[T]:
        """A list that is never long, whole."""
        return [one for page in self.pages(call, path, item, **query) for one in page]

    def _request(
        self, path: str, query: Mapping[str, object]
    ) -> tuple[str, str, dict[str, object]]:
        """The operation's name, its address, and what of the query the receipt shows."""
        named = {key: _quoted(str(value)) for key, value in query.items() if f"{{{key}}}" in path}
        rest = {
            key: value for key, value in query.items() if key not in named and value is not None
        }
        url = self.host.base + self.root + path.format(**named)
        if rest:
            url += "?" + urlencode(rest)
        place = "/repos/{repository}" if self.host.type == "github" else "/projects/{id}"
        return f"GET {place}{path}", url, rest

    def _asked(self, call: Call, url: str, operation: str) -> Answer:
        answer = self._opened().get(call, url)
        if answer.status != 200:
            raise refusal(self, operation, answer)
        return answer

    def _decoded(self, answer: Answer, shape: type[T]) -> T:
        return msgspec.json.decode(answer.body, type=shape)

    def _next(self, answer: Answer) -> str | None:
        """The address of the next page.

        Raises:
            UnexpectedAnswer: It is on another server, which would get the token.
        """
        found = _NEXT.search(answer.headers.get("link", ""))
        if found is not None:
            return self._opened().same_server(answer.url, found["url"])
        page = answer.headers.get("x-next-page", "")
        if not page.isdecimal():
            return None
        base, _, query = answer.url.partition("?")
        kept = [part for part in query.split("&") if not part.startswith("page=")]
        return base + "?" + "&".join([*kept, f"page={page}"])

    def _opened(self) -> Web:
        if self._web is None:
            self._web = Web(self.where, timeout_s=self._timeout_s, headers=self._headers())
        return self._web

    def _headers(self) -> dict[str, str]:
        token = read_token(self.where, self.host.token_env, self.name)
        if self.host.type == "gitlab":
            return {"private-token": token} if token else {}
        own = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
        return own | ({"authorization": f"Bearer {token}"} if token else {})


def refusal(api: HostApi, operation: str, answer: Answer) -> CollectionError:
    """The error for an answer that is none."""
    where, status = api.where, answer.status
    said = f"{operation} answered HTTP {status}"
    wait_s = _wish_s(answer)
    if wait_s is not None:
        limit = "its rate limit" if status in (403, 429) else "a break"
        return SourceUnavailable(
            where,
            f"{said}: {api.name} asks for {limit} of {wait_s:.0f} s more to pass",
            remedy="the next run goes on; set rate_per_s, or every to a longer time",
            retry_after_s=wait_s,
        )
    if status == 429 or status >= 500 or status == 408:
        return SourceUnavailable(where, said, remedy="the next run tries again")
    if status == 401:
        return AccessDenied(where, f"{said}: {_token_state(api)}", remedy=_token_remedy(api))
    if status == 403:
        return AccessDenied(where, said, remedy=_grant(api, answer))
    if status == 404:
        error = NotFound(
            where,
            f"{said}: it is not there, or the token may not see it ({api.name} hides that as 404)",
            remedy=f"check host.repository, and {_grant(api, answer)}",
        )
        error.body = answer.body[:10_000]
        return error
    return UnexpectedAnswer(where, said, remedy="check host.url in annexa.yaml")


def _wish_s(answer: Answer) -> float | None:
    """How long to wait, in seconds, where the answer is about limits."""
    headers = answer.headers
    if answer.status not in (403, 429, 503):
        return None
    wish = headers.get("retry-after", "")
    if wish.isdecimal():
        return float(wish)
    remaining = headers.get("x-ratelimit-remaining", headers.get("ratelimit-remaining"))
    reset = headers.get("x-ratelimit-reset", headers.get("ratelimit-reset", ""))
    if remaining == "0" and reset.isdecimal():
        return max(float(reset) - answer.date.timestamp(), 1.0)
    if b"secondary rate limit" in answer.body or b"abuse detection" in answer.body:
        return MINUTE_S
    return None


def _token_state(api: HostApi) -> str:
    if api.host.token_env is None:
        return f"{api.name} wants a token"
    return f"the token in {api.host.token_env} is wrong, revoked or has expired"


def _token_remedy(api: HostApi) -> str:
    name = api.host.token_env
    return "set host.token_env" if name is None else f"make a new token and set {name} to it"


def _grant(api: HostApi, answer: Answer) -> str:
    """The permission to grant, in the host's own words where it says them."""
    if "x-github-sso" in answer.headers:
        return "authorize the token for the organisation's single sign-on"
    needs: Any = answer.headers.get("x-accepted-github-permissions")
    if needs and re.fullmatch(r"[a-z_=,; ]{1,200}", needs):
        return f"grant the token {needs}"
    if api.host.type == "gitlab":
        return "give the token read_api and the role Maintainer in the project"
    return "grant the token Contents, Pull requests and Administration: read"


def _quoted(part: str) -> str:
    return quote(part, safe="")
