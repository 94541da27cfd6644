"""Turns what can go wrong with an answer into the errors of `errors.py`, the same for everybody."""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from .. import AnnexaError
from .errors import CollectionError, SourceUnavailable, UnexpectedAnswer

MAX_BODY_BYTES = 64 * 1024 * 1024

# What msgspec says about a shape without quoting a value.
_SHAPE = re.compile(r"(Expected `[^`]*`, got `[^`]*`|Object missing required field `[^`]*`)")
_PATH = re.compile(r" - at `(\$[^`]*)`$")


def read_body(
    chunks: Iterable[bytes],
    *,
    where: str,
    timeout_s: float,
    limit_bytes: int = MAX_BODY_BYTES,
    monotonic: Callable[[], float] = time.monotonic,
) -> bytes:
    """Join an answer's ``chunks`` within a size and a time.

    A socket's timeout starts anew with every byte; this one does not, so an answer that drips in
    cannot hold a run. Give it chunks as they arrive (``read1``), not gathered ones.

    Raises:
        UnexpectedAnswer: There are more than ``limit_bytes``.
        SourceUnavailable: It is not there in full after ``timeout_s`` seconds.
    """
    end = monotonic() + timeout_s
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > limit_bytes:
            raise _too_large(where, limit_bytes)
        if monotonic() > end:
            raise _late(where, timeout_s)
    return b"".join(parts)


def read_response(
    response: Any, *, where: str, timeout_s: float, limit_bytes: int = MAX_BODY_BYTES
) -> bytes:
    """The body of a urllib3 response that was not preloaded, bounded like `read_body`.

    TLS hands out 16 KiB at a time, so on a page of 1 MiB looking at the clock after each piece
    takes longer than parsing it: a timer hangs up instead.

    Raises:
        CollectionError: As `read_body`; and what urllib3 raises when the connection breaks.
    """
    if not hasattr(response, "shutdown"):  # urllib3 before 2.3
        return read_body(
            response.stream(1 << 16), where=where, timeout_s=timeout_s, limit_bytes=limit_bytes
        )
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        with contextlib.suppress(Exception):  # it has just come to its end
            response.shutdown()

    timer = threading.Timer(timeout_s, hang_up)
    timer.daemon = True
    timer.start()
    try:
        body = _whole(response, limit_bytes + 1)
    except Exception as error:  # whatever a closed connection leads to
        if late.is_set():
            raise _late(where, timeout_s) from error
        raise
    finally:
        timer.cancel()
    if late.is_set():
        raise _late(where, timeout_s)
    if len(body) > limit_bytes:
        raise _too_large(where, limit_bytes)
    return body


def _whole(response: Any, limit_bytes: int) -> bytes:
    """The first ``limit_bytes``. urllib3 copies what it unpacks once more, so where nothing was
    packed it is not asked to."""
    is_packed = "Content-Encoding" in response.headers
    parts: list[bytes] = []
    while limit_bytes and (part := response.read(limit_bytes, decode_content=is_packed)):
        parts.append(part)
        limit_bytes -= len(part)
    return b"".join(parts)


def _too_large(where: str, limit_bytes: int) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        where,
        f"the answer is larger than {limit_bytes // 1024**2} MiB",
        remedy="lower page_size in this source's settings",
    )


def _late(where: str, timeout_s: float) -> SourceUnavailable:
    return SourceUnavailable(
        where,
        f"the answer was not complete after {timeout_s:g} s",
        remedy="raise timeout_s if the source is slow; the next run tries again",
    )


def explain(where: str, operation: str, error: Exception) -> CollectionError:
    """The `CollectionError` for any error that came out of a reader.

    Of foreign errors it names the class, and for a wrong shape the path; never the text, which may
    hold values.
    """
    if isinstance(error, CollectionError):
        return error
    if isinstance(error, AnnexaError):  # a client library that is not installed
        return CollectionError(where, error.problem, remedy=error.remedy)
    if isinstance(error, msgspec.ValidationError):
        return UnexpectedAnswer(
            where,
            f"{operation} answered in another shape{_shape(str(error))}",
            remedy="check the server's version and report this",
        )
    if isinstance(error, msgspec.DecodeError):
        if "truncated" in str(error):
            return SourceUnavailable(
                where,
                f"{operation} answered with JSON that was cut short",
                remedy="the next run tries again",
            )
        return UnexpectedAnswer(
            where,
            f"{operation} answered with something that is not JSON",
            remedy="check the address, and any proxy in between",
        )
    if isinstance(error, UnicodeError):
        return UnexpectedAnswer(
            where,
            f"{operation} answered with text that is not Unicode",
            remedy="find and rename the object at the source",
        )
    if isinstance(error, TimeoutError | ConnectionError):
        return SourceUnavailable(
            where, f"{operation}: {type(error).__name__}", remedy="the next run tries again"
        )
    return UnexpectedAnswer(
        where,
        f"the collector failed in {operation} with {type(error).__name__}",
        remedy="report this as a bug of the collector",
    )


def _shape(text: str) -> str:
    path = _PATH.search(text)
    shape = _SHAPE.match(text)
    said = ": " + shape[1].replace("`", "") if shape else ""
    return said + (f" at {path[1]}" if path else "")
