"""The one way in which a record becomes bytes: same record in, same bytes out.

Keys are sorted, nothing is spaced, text is UTF-8, numbers with fractions are strings, times are
UTC with a ``Z``. For what records hold (no floats, keys of ASCII) these bytes equal RFC 8785.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

import msgspec

ENCODER = msgspec.json.Encoder(order="sorted", decimal_format="string")
"""For loops that encode many records; everybody else calls `encode`."""


def encode(record: object) -> bytes:
    """Canonical JSON of a record, a Struct or a plain mapping.

    Times must be aware. Times of another zone than UTC are written as they are by msgspec, so
    records pass through `to_utc` first.

    Raises:
        TypeError: Something in it has no JSON form.
        UnicodeEncodeError: A text holds half of a surrogate pair.
    """
    return ENCODER.encode(record)


def sha256(body: bytes) -> bytes:
    """The 32-byte name of ``body``."""
    return hashlib.sha256(body).digest()


def to_utc(record: msgspec.Struct) -> None:
    """Turn every aware time in ``record``, nested Structs and lists of them included, to UTC in
    place. Types without times cost one dictionary look-up.

    Raises:
        ValueError: A time has no zone; nobody can say when that was.
    """
    for name, leads_further in _time_fields(record.__class__):
        value = getattr(record, name)
        if value is None:
            continue
        if leads_further:
            if value.__class__ is list:
                for nested in value:
                    to_utc(nested)
            else:
                to_utc(value)
        elif (zone := value.tzinfo) is None:
            raise ValueError(f"the time in {type(record).__name__}.{name} has no zone")
        elif zone is not UTC:
            msgspec.structs.force_setattr(record, name, value.astimezone(UTC))


@cache
def _time_fields(record: type[msgspec.Struct]) -> tuple[tuple[str, bool], ...]:
    """Fields that are times (False) or Structs that hold some (True)."""
    found: list[tuple[str, bool]] = []
    for field in msgspec.structs.fields(record):
        for part in _parts(field.type):
            if part is datetime:
                found.append((field.name, False))
            elif isinstance(part, type) and issubclass(part, msgspec.Struct) and _time_fields(part):
                found.append((field.name, True))
    return tuple(found)


def _parts(annotation: object) -> Iterator[object]:
    """``list[X] | None`` -> ``X`` and ``NoneType``; mappings are left alone."""
    inner = getattr(annotation, "__args__", None)
    if inner and getattr(annotation, "__origin__", list) is list:
        for part in inner:
            yield from _parts(part)
    else:
        yield annotation
