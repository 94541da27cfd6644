"""What is kept of an HTTP answer that went well, and what the head of any answer says of time."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Answer:
    body: bytes
    server_time: datetime | None
    """From the ``Date`` header."""


def date(header: str | None) -> datetime | None:
    """``Date``, or whatever else is written so; None where it is no date."""
    try:
        return parsedate_to_datetime(header).astimezone(UTC) if header else None
    except (ValueError, OverflowError):
        return None


def retry_after_s(header: str | None) -> float | None:
    """``Retry-After``: seconds, or a date."""
    if header is None:
        return None
    wish = header.strip()
    if wish.isascii() and wish.isdecimal():
        return float(wish)
    until = date(wish)
    return max(0.0, until.timestamp() - time.time()) if until else None
