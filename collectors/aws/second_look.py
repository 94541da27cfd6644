"""Was the list complete? List again in the opposite order and compare, in constant memory."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

from ..contract import Check
from .api import Answer


class Fingerprint:
    """A set of names as their number and the sum of their hashes; the order does not matter."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0

    def add(self, name: str) -> None:
        self.count += 1
        self._sum += _number(name)

    def take_out(self, name: str) -> None:
        """A name that was listed and is gone since."""
        self.count -= 1
        self._sum -= _number(name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fingerprint):
            return NotImplemented
        return (self.count, self._sum) == (other.count, other._sum)

    __hash__ = None  # type: ignore[assignment]  # it changes


def server_date(answer: Answer) -> datetime | None:
    """When the server gave ``answer``, by its own clock, in whole seconds."""
    said = answer.response_metadata.headers.get("date")
    try:
        return parsedate_to_datetime(said) if said else None
    except ValueError:
        return None


def compare(
    what: str,
    first: Fingerprint,
    again: Iterable[tuple[str, datetime | None]],
    *,
    began: datetime | None,
) -> Iterator[Check]:
    """One check. ``again`` are the names of the second list with the times of their creation;
    what was made after the first list ``began`` cannot have been in it and is not counted."""
    second = Fingerprint()
    newer = 0
    for name, created_at in again:
        if began is not None and created_at is not None and created_at >= began:
            newer += 1
        else:
            second.add(name)
    yield Check(
        method=f"{what} in the opposite sort order",
        expected=f"{first.count} names",
        found=f"{second.count} names"
        if first.count != second.count or first == second
        else f"{second.count} names, other ones",
        ok=first == second,
        note=f"{newer} made since the first list began" if newer else "",
    )


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "replace")).digest(), "big")
