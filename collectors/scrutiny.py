"""The last look at a record before it is stored: kept values that look like a credential go out."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from .credentials import credential_in, may_hold

STRIDE = 500
"""Records that are looked at together: few enough to be small beside a page, many enough that
looking costs no more than their bytes."""


class Scrutiny:
    """Follows one kind. Not for use by several threads at once."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        """What kind of credential -> how many values held one."""

    def suspects(self, bodies: Sequence[bytes]) -> list[int]:
        """Which of ``bodies`` may hold a credential; none, almost always."""
        return [
            start + offset
            for start in range(0, len(bodies), STRIDE)
            if may_hold(b"\n".join(stride := bodies[start : start + STRIDE]))
            for offset, body in enumerate(stride)
            if may_hold(body)
        ]

    def clean(self, record: msgspec.Struct) -> bool:
        """Take credentials out of ``record``, in place; whether there were any.

        An optional value becomes null, one that must be there says what it was. A map's key
        that is a credential is replaced, and its value is null.
        """
        before = self.found.total()
        for name, is_optional in _fields(type(record)):
            value = getattr(record, name)
            cleaned = self._cleaned(value, is_optional=is_optional)
            if cleaned is not value:
                msgspec.structs.force_setattr(record, name, cleaned)
        return self.found.total() > before

    def _cleaned(self, value: Any, *, is_optional: bool) -> Any:
        """What may stay of ``value``; itself where nothing is wrong with it."""
        if isinstance(value, str):
            seen = credential_in(value)
            if seen is None:
                return value
            self.found[seen] += 1
            return None if is_optional else _instead(seen)
        if isinstance(value, msgspec.Struct):
            self.clean(value)
        elif isinstance(value, list):
            items = [self._cleaned(one, is_optional=False) for one in value]
            return items if items != value else value
        elif isinstance(value, dict):
            entries = dict(self._entry(key, one) for key, one in value.items())
            return entries if entries != value else value
        return value

    def _entry(self, key: Any, value: Any) -> tuple[Any, Any]:
        seen = credential_in(key) if isinstance(key, str) else None
        if seen is None:
            return key, self._cleaned(value, is_optional=True)
        self.found[seen] += 1
        return _instead(seen), None


def _instead(seen: str) -> str:
    return f"[not kept: {seen}]"


@cache
def _fields(record: type[msgspec.Struct]) -> tuple[tuple[str, bool], ...]:
    """Name, and whether null stands for an absent value."""
    return tuple((field.name, field.default is None) for field in msgspec.structs.fields(record))
