"""A JSON API over HTTP, for collectors of plugins: one request in our errors, a typed answer."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from .contract import Call
from .errors import AccessDenied, CollectionError, SourceUnavailable, UnexpectedAnswer, Unsupported
from .web import Answer, Web

T = TypeVar("T")


class JsonApi:
    """One server. Nothing is opened before the first request; threads may share it."""

    def __init__(
        self,
        where: str,
        url: str,
        *,
        timeout_s: float,
        grant: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """``where``: the source's id. ``grant``: what to give us when the server refuses.
        ``headers`` may hold a token: they go to this server only."""
        self._where = where
        self._url = url.rstrip("/")
        self._grant = grant
        self._web = Web(
            where, timeout_s=timeout_s, headers={"accept": "application/json", **(headers or {})}
        )

    def get(self, call: Call, path: str, answer: type[T], **query: object) -> T:
        """GET ``path``; parameters that are None are left out. For the runner's hand only: pass it
        to ``call.once`` or ``call.every_page``.

        Raises:
            CollectionError: Anything but a whole 2xx answer of the right shape, in time.
        """
        wanted = {name: value for name, value in query.items() if value is not None}
        url = self._url + path + (f"?{urlencode(wanted)}" if wanted else "")
        found = self._web.get(call, url)
        if not 200 <= found.status < 300:
            raise self._refusal(found, path)
        return msgspec.json.decode(found.body, type=answer)

    def _refusal(self, answer: Answer, path: str) -> CollectionError:
        said = f"GET {path}: HTTP {answer.status}"
        match answer.status:
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                return AccessDenied(self._where, said, remedy=f"grant {self._grant}")
            case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
                return Unsupported(self._where, said, remedy="check the address and the version")
            case status if status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500:
                wish = answer.headers.get("retry-after", "")
                return SourceUnavailable(
                    self._where,
                    said,
                    remedy="the next run tries again",
                    retry_after_s=float(wish) if wish.isdecimal() else None,
                )
            case _:
                return UnexpectedAnswer(self._where, said, remedy="check the address")
