"""Turns what can go wrong with an answer into the errors of `errors.py`, the same for everybody."""

import re
import time
from collections.abc import Callable, Iterable

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
            raise UnexpectedAnswer(
                where,
                f"the answer is larger than {limit_bytes // 1024**2} MiB",
                remedy="lower page_size in this source's settings",
            )
        if monotonic() > end:
            raise SourceUnavailable(
                where,
                f"the answer was not complete after {timeout_s:g} s",
                remedy="raise timeout_s if the source is slow; the next run tries again",
            )
    return b"".join(parts)


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
