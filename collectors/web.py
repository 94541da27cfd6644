"""GET requests over HTTP, bounded in size and time, that never leave the server they began with."""

import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from .answer import read_body
from .contract import Call
from .errors import CollectionError, SourceUnavailable, UnexpectedAnswer

MAX_HOPS = 5
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, kw_only=True)
class Answer:
    url: str
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def date(self) -> datetime:
        """The server's clock; ours where it does not say."""
        try:
            return parsedate_to_datetime(self.headers["date"]).astimezone(UTC)
        except (KeyError, ValueError):
            return datetime.fromtimestamp(time.time(), tz=UTC)


class Web:
    """One pool of connections; nothing is opened before the first request."""

    def __init__(self, where: str, *, timeout_s: float, headers: Mapping[str, str]) -> None:
        """``headers`` may hold a token: they go to the server of each request's own address."""
        self._where = where
        self._timeout_s = timeout_s
        self._headers = {"user-agent": "annexa", **headers}
        self._client: Any = None

    def get(self, call: Call, url: str) -> Answer:
        """One answer, whatever its status; redirects are followed on the same server only.

        Raises:
            SourceUnavailable: No whole answer came in time.
            UnexpectedAnswer: It is too large, or leads elsewhere.
            CollectionError: The address or the certificate cannot be used.
        """
        for _ in range(MAX_HOPS):
            answer = self._once(call, url)
            target = answer.headers.get("location")
            if answer.status not in _MOVED or target is None:
                return answer
            url = self.same_server(url, urljoin(url, target))
        raise UnexpectedAnswer(
            self._where, f"more than {MAX_HOPS} redirects", remedy="correct the address"
        )

    def same_server(self, here: str, there: str) -> str:
        """``there``, if it is on the server of ``here``: a token goes nowhere else.

        Raises:
            UnexpectedAnswer: It is not.
        """
        one, other = urlsplit(here), urlsplit(there)
        is_upgrade = (one.scheme, other.scheme) == ("http", "https") and one.port == other.port
        if (one.scheme, one.netloc) != (other.scheme, other.netloc) and not (
            is_upgrade and one.hostname == other.hostname
        ):
            raise UnexpectedAnswer(
                self._where,
                f"{one.hostname} leads to another server, {other.hostname or 'nowhere'}",
                remedy="correct the address in annexa.yaml",
            )
        return there

    def _once(self, call: Call, url: str) -> Answer:
        import httpx2

        try:
            with self._opened(httpx2).stream("GET", url) as response:
                body = read_body(
                    response.iter_bytes(), where=self._where, timeout_s=self._timeout_s
                )
        except CollectionError:
            raise
        except httpx2.HTTPError as error:
            raise self._failed(url, error) from error
        except (httpx2.InvalidURL, ValueError) as error:
            raise CollectionError(
                self._where, "a web address cannot be used", remedy="correct it in annexa.yaml"
            ) from error
        call.received(len(body), body)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(url=url, status=response.status_code, headers=headers, body=body)

    def _failed(self, url: str, error: Exception) -> CollectionError:
        server = urlsplit(url).hostname
        if "CERTIFICATE" in str(error).upper():
            return CollectionError(
                self._where,
                f"the certificate of {server} was not accepted",
                remedy="set SSL_CERT_FILE to your CA's file",
            )
        return SourceUnavailable(
            self._where,
            f"no whole answer from {server} ({type(error).__name__})",
            remedy="check the address and the network; the next run tries again",
        )

    def _opened(self, httpx2: Any) -> Any:
        if self._client is None:
            self._client = httpx2.Client(
                headers=self._headers, timeout=self._timeout_s, follow_redirects=False
            )
            weakref.finalize(self, self._client.close)
        return self._client
