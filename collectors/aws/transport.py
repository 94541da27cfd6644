"""Sends what botocore has signed, and reads the answer within a size and a time.

botocore's own transport reads answers of any size, and its timeout starts anew with every byte.
"""

import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

from ..answer import read_body
from ..errors import SourceUnavailable

_CHUNK_BYTES = 64 * 1024


class Transport:
    """A ``before-send`` handler of botocore clients; one pool of connections for all of them."""

    def __init__(self, where: str, session: Any, *, timeout_s: float) -> None:
        self._where = where
        self._timeout_s = timeout_s
        self._session = session
        """A ``botocore.httpsession.URLLib3Session``."""
        self._here = threading.local()

    def __call__(self, request: Any, **_event: object) -> Any:
        """Raises botocore's connection errors, `SourceUnavailable` and `UnexpectedAnswer`."""
        from botocore.awsrequest import AWSResponse

        self._here.body = b""
        request.stream_output = True  # leave the body to us
        answer = self._session.send(request)
        with closing(_arriving(answer.raw)) as chunks:  # at once, not when somebody collects it
            body = read_body(chunks, where=self._where, timeout_s=self._timeout_s)
        announced = answer.headers.get("content-length", "")
        is_cut = announced.isdecimal() and int(announced) != len(body)
        if is_cut and request.method != "HEAD":
            raise SourceUnavailable(
                self._where,
                f"an answer ended after {len(body)} of {announced} bytes",
                remedy="the next run tries again",
            )
        self._here.body = body
        return AWSResponse(answer.url, answer.status_code, answer.headers, _Read(body))

    @property
    def body(self) -> bytes:
        """Of the last answer that this thread got."""
        body: bytes = getattr(self._here, "body", b"")
        return body


class _Read:
    """A body that is in memory, with the one method that ``AWSResponse`` needs."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self._body


def _arriving(raw: Any) -> Generator[bytes, None, None]:
    """Chunks as the network gives them. The connection goes back to the pool at the end only."""
    from botocore.exceptions import ReadTimeoutError, ResponseStreamingError
    from urllib3.exceptions import HTTPError
    from urllib3.exceptions import ReadTimeoutError as SlowError

    read = getattr(raw, "read1", raw.read)  # urllib3 before 2 has none
    finished = False
    try:
        while chunk := read(_CHUNK_BYTES):
            yield chunk
        finished = True
    except SlowError as error:
        raise ReadTimeoutError(endpoint_url="", error=error) from error
    except (HTTPError, OSError) as error:
        raise ResponseStreamingError(error=error) from error
    finally:
        if not finished:
            raw.close()
        raw.release_conn()
