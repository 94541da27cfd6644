"""Was the list complete? List again in the opposite order and compare, in constant memory."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ..contract import Check
from ..names import Names
from .api import Answer


class SecondLook:
    """Two lists of the same names, compared by their number and the sum of their hashes.

    What was made after the first list began may be in one and not in the other: neither counts it.
    ``gone`` may be called by any thread, all else by one.
    """

    def __init__(self, operation: str) -> None:
        self._operation = operation
        self._began: datetime | None = None
        self._first = Names()
        self._gone: list[tuple[str, datetime | None]] = []

    def page(self, answer: Answer) -> None:
        """A page of the first list came, before `listed` is told its names."""
        self._began = self._began or server_date(answer)

    def listed(self, name: str, created_at: datetime | None) -> None:
        if not self._is_newer(created_at):
            self._first.add(name)

    def gone(self, name: str, created_at: datetime | None) -> None:
        """It was listed, and when it was asked for it was not there any more."""
        self._gone.append((name, created_at))

    def compare(self, again: Iterable[tuple[str, datetime | None]]) -> Check:
        """``again`` are names and times of creation of the second list."""
        second = Names()
        newer = 0
        for name, created_at in again:
            if self._is_newer(created_at):
                newer += 1
            else:
                second.add(name)
        for name, created_at in self._gone:
            if not self._is_newer(created_at):
                self._first.take_out(name)
        first = self._first
        other = ", not the same ones" if first.count == second.count and first != second else ""
        differ = first.minus(second)
        return Check(
            method=f"{self._operation} in the opposite sort order",
            expected=f"{first.count} names",
            found=f"{second.count} names{other}",
            ok=first == second,
            note=f"{newer} made since the first list began" if newer else "",
            only_expected=differ.only_first,
            only_found=differ.only_second,
        )

    def _is_newer(self, created_at: datetime | None) -> bool:
        """Dates have whole seconds, rounded down."""
        return self._began is not None and created_at is not None and created_at >= self._began


def server_date(answer: Answer) -> datetime | None:
    """When the server gave ``answer``, by its own clock, in whole seconds."""
    said = answer.response_metadata.headers.get("date")
    try:
        at = parsedate_to_datetime(said) if said else None
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
