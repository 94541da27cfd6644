"""Times as the ledger stores them: whole microseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(instant: datetime) -> int:
    """Exact; a float would lose the last digits.

    Raises:
        ValueError: The time has no zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"the time {instant} has no zone")
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def text(micros: int) -> str:
    """RFC 3339 with six decimals and ``Z``: one instant, one text."""
    return from_micros(micros).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
