"""One HTTP POST with a few short tries; what still fails stays in the outbox."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import httpx2
import stamina

from ..errors import AlertError

Transport = Callable[[str, bytes, Mapping[str, str]], None]


class _TryAgain(Exception):
    """Unreachable, too busy, or broken on the other side."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, attempts: int = 3) -> None:
    """Deliver ``body``. Redirects are not followed: a signed body goes to the named host only.

    Raises:
        AlertError: No answer, or none of 2xx.
    """
    host = urlsplit(url).netloc
    try:
        for attempt in stamina.retry_context(
            on=_TryAgain, attempts=attempts, wait_initial=0.2, wait_max=2.0, timeout=20.0
        ):
            with attempt:
                _post_once(url, body, headers)
    except _TryAgain as error:
        raise AlertError(
            f"alerts {host}", str(error), remedy="it is sent again in the next round"
        ) from error


def _post_once(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    try:
        answer = httpx2.post(url, content=body, headers=dict(headers), timeout=10.0)
    except httpx2.TransportError as error:
        raise _TryAgain(f"did not answer ({type(error).__name__})") from error
    except httpx2.InvalidURL as error:
        raise AlertError("alerts", "the address cannot be used", remedy="correct it") from error
    status = answer.status_code
    if status == 429 or status >= 500:
        raise _TryAgain(f"answered HTTP {status}")
    if not 200 <= status < 300:
        raise AlertError(
            f"alerts {urlsplit(url).netloc}",
            f"refused the notification (HTTP {status})",
            remedy="check its address and the secret",
        )
