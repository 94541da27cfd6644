"""What of a record may be kept, and what of an error may be said.

A record's schema already drops unknown fields. Maps with free keys (tags, annotations,
parameters) keep all their keys, but values only for keys on the allow-list: default deny.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from . import canonical
from .contract import Kind
from .credentials import SHORTEST_RANDOM, credential_in, is_random, without_credentials

_URL = re.compile(
    r"(?P<scheme>\b[a-zA-Z][a-zA-Z0-9+.-]*://)(?:[^\s/@?#]*@)?(?P<rest>[^\s?#]*)(?P<query>[?#]\S*)?"
)
_BEARER = re.compile(r"\b(?P<scheme>bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def scrub(text: str, *, limit: int = 500) -> str:
    """``text`` on one line of at most ``limit`` characters, without what may be secret or hostile:
    user names and passwords in URLs, query strings, bearer tokens, control characters."""
    text = _CONTROL.sub(" ", text[: 20 * limit]).strip()
    text = _URL.sub(
        lambda m: m["scheme"] + m["rest"] + ("?…" if m["query"] and len(m["query"]) > 1 else ""),
        text,
    )
    text = without_credentials(_BEARER.sub(lambda m: f"{m['scheme']} …", text))
    return text if len(text) <= limit else text[: limit - 1] + "…"


class Guard:
    """Takes the values out of one kind's guarded maps, but for allowed keys.

    ``keep`` are the further keys that conventions and settings allow; one that ends in ``*`` is a
    prefix. Not for use by several threads at once.
    """

    def __init__(self, kind: Kind, keep: frozenset[str] = frozenset()) -> None:
        self.removed = 0
        """Values taken out so far, because of their key."""
        self.redacted: Counter[str] = Counter()
        """What an allowed key's value looked like -> how many were taken out so far."""
        self.is_active = bool(kind.guarded)
        self._paths = [
            _path(kind, path, Allowed([*keys, *keep])) for path, keys in kind.guarded.items()
        ]

    def apply(self, record: msgspec.Struct) -> None:
        """Guard ``record`` in place. Maps are replaced, not changed: a reader may share them."""
        for steps, name, allowed in self._paths:
            parent: Any = record
            for step in steps:
                parent = getattr(parent, step)
                if parent is None or parent.__class__ is list:
                    self._apply_to_each(record, steps, name, allowed)
                    break
            else:
                self._apply(parent, name, allowed)

    def _apply_to_each(
        self, record: msgspec.Struct, steps: tuple[str, ...], name: str, allowed: "Allowed"
    ) -> None:
        for parent in _reach(record, steps):
            self._apply(parent, name, allowed)

    def _apply(self, parent: Any, name: str, allowed: "Allowed") -> None:
        values = getattr(parent, name)
        if not values:
            return
        removed = self._foreign(values, allowed)
        for value in values.values():
            if value.__class__ is str and len(value) >= SHORTEST_RANDOM and is_random(value):
                removed |= self._random(values, removed)
                break
        if removed:
            kept = values | dict.fromkeys(removed)
            msgspec.structs.force_setattr(parent, name, kept)

    def _foreign(self, values: dict[str, Any], allowed: "Allowed") -> set[str]:
        """Keys that have a value which may not be kept."""
        unknown = values.keys() - allowed.exact
        if not unknown:
            return unknown
        found = {key for key in unknown if values[key] is not None and key not in allowed}
        self.removed += len(found)
        return found

    def _random(self, values: dict[str, Any], removed: set[str]) -> set[str]:
        """Further keys whose value nobody can have meant to write there."""
        found = {
            key: credential_in(value) or "random value"
            for key, value in values.items()
            if key not in removed and value.__class__ is str and is_random(value)
        }
        self.redacted.update(found.values())
        return set(found)


class Allowed:
    """A set of keys, some of them prefixes."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.exact = frozenset(key for key in keys if not key.endswith("*"))
        self._prefixes = tuple(key[:-1] for key in keys if key.endswith("*"))

    def __contains__(self, key: str) -> bool:
        return key in self.exact or key.startswith(self._prefixes)


def schema_sha256(kind: Kind, keep: frozenset[str] = frozenset()) -> str:
    """Names the allow-list: fields and their types, guarded paths and the keys allowed there."""
    return canonical.sha256(
        canonical.encode(
            {
                "kind": kind.name,
                "fields": _described(kind.record),
                "guarded": {path: sorted({*keys, *keep}) for path, keys in kind.guarded.items()},
            }
        )
    ).hex()


def _described(record: type[msgspec.Struct]) -> dict[str, object]:
    return {
        field.encode_name: [_type_name(field.type), *map(_described, nested_structs(field.type))]
        for field in msgspec.structs.fields(record)
    }


def _type_name(annotation: object) -> str:
    if isinstance(annotation, type) and not getattr(annotation, "__args__", None):
        return "object" if issubclass(annotation, msgspec.Struct) else annotation.__name__
    inner = ", ".join(_type_name(part) for part in getattr(annotation, "__args__", ()))
    origin = getattr(annotation, "__origin__", None)
    return f"{getattr(origin, '__name__', 'union')}[{inner}]"


def nested_structs(annotation: object) -> Iterator[type[msgspec.Struct]]:
    """The Structs in a field's type, through lists, maps and unions; in the type's order."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from nested_structs(part)


def _path(kind: Kind, path: str, allowed: Allowed) -> tuple[tuple[str, ...], str, Allowed]:
    """Attribute names of a dotted path, checked against the schema once.

    Raises:
        ValueError: The kind guards a field that its record does not have: nothing would be guarded.
    """
    *steps, last = path.split(".")
    types: list[type[msgspec.Struct]] = [kind.record]
    names: list[str] = []
    for step in [*steps, last]:
        fields = [
            f for t in types for f in msgspec.structs.fields(t) if step in (f.name, f.encode_name)
        ]
        if not fields:
            raise ValueError(f"{kind.name} guards {path}, which its record does not have")
        names.append(fields[0].name)
        types = list(nested_structs(fields[0].type))
    return tuple(names[:-1]), names[-1], allowed


def _reach(record: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    """The Structs at the end of ``steps``, through lists and around nulls."""
    value = getattr(record, steps[0])
    for nested in value if isinstance(value, list) else (value,):
        if nested is None:
            continue
        if len(steps) == 1:
            yield nested
        else:
            yield from _reach(nested, steps[1:])
