"""Puts keyed pseudonyms in the place of people, before a record is hashed and kept.

``jane@example.com`` becomes ``person-5f3c…@example.com``: the same person is the same pseudonym
wherever it comes from, so that "who approved is not who deployed" can be tested, and nobody without
the key can tell or try out who it is. What no person answers to stays: roles, service accounts,
AWS itself. The part of an address behind the @ stays too: it is an organisation's.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Collection
from functools import cache
from typing import Any, NamedTuple

import msgspec

from .redaction import nested_structs

FIELDS = frozenset(
    {
        "actor",
        "approved_by",
        "approver",
        "arn",
        "author",
        "authors",
        "by",
        "caller_arn",
        "committer",
        "created_by",
        "creator",
        "deputy",
        "job_owners",
        "last_updated_by",
        "merged_by",
        "modified_by",
        "owner",
        "owners",
        "principal_arn",
        "reviewed_by",
        "reviewer",
        "signer",
        "source_identity",
        "user_id",
        "username",
        "who",
    }
)
"""What a field is called that names a person, in whatever kind."""
KEYS = frozenset({"mlflow.user"})
"""The same for keys of tags, labels and annotations; the conventions name more."""
_PSEUDONYM = re.compile(r"person-[0-9a-f]{16}")
_DIGITS = 16
_NOBODY = frozenset({"AWS", "CUSTOM_LAMBDA", "CUSTOM_POLICY", "unknown"})
_ARN = re.compile(
    r"(arn:aws[\w-]*:(?:iam|sts)::\d*:(?:user|assumed-role|federated-user)/.*?)([^/]+)"
)
_WITH_ADDRESS = re.compile(r"\s*(.*?)\s*<([^<>@\s]+@[^<>@\s]+)>\s*")


class People:
    """Knows the key; for use by several threads if ``met`` is."""

    def __init__(
        self,
        key: bytes,
        *,
        keys: Collection[str] = (),
        met: Callable[[str, str], None] = lambda pseudonym, name: None,
    ) -> None:
        """Args:
        key: Of HMAC-SHA256; at least 16 bytes.
        keys: Of tags, labels and annotations whose values name people.
        met: Hears of every pseudonym with the name that it stands for, again and again.
        """
        self._key = key
        self._keys = KEYS.union(keys)
        self._met = met

    def apply(self, record: msgspec.Struct, further: Collection[str] = ()) -> int:
        """Replace the people in ``record``, in place; how many.

        Doing it twice does nothing more: readers may share parts of records.
        """
        found, shape = 0, _shape(type(record))
        for name in (*shape.people, *further):
            found += self._field(record, name)
        for name in shape.maps:
            found += self._map(record, name)
        for name in shape.nested:
            for inner in _structs(getattr(record, name)):
                found += self.apply(inner)
        if shape.is_subject and getattr(record, "kind", "") == "User":
            found += self._field(record, "name")
        return found

    def pseudonym(self, text: str) -> str:
        """What is kept of a name; itself where no person answers to it."""
        plain = text.strip()
        if _is_nobody(plain) or _PSEUDONYM.search(plain):
            return text
        if plain.startswith("arn:"):
            match = _ARN.fullmatch(plain)
            return match[1] + self.pseudonym(match[2]) if match else text
        if address := _WITH_ADDRESS.fullmatch(plain):
            return f"{self._of(address[1])} <{self.pseudonym(address[2])}>".lstrip()
        name, at, domain = plain.partition("@")
        return self._of(name) + at + domain.lower()

    def _of(self, name: str) -> str:
        if not name:
            return ""
        digest = hmac.new(self._key, name.strip().lower().encode(), hashlib.sha256).hexdigest()
        found = f"person-{digest[:_DIGITS]}"
        self._met(found, name)
        return found

    def _field(self, record: msgspec.Struct, name: str) -> int:
        before = getattr(record, name)
        after = self._value(before)
        if after == before:
            return 0
        msgspec.structs.force_setattr(record, name, after)
        return 1 if isinstance(after, str) else len(after)

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.pseudonym(value)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return [self.pseudonym(one) for one in value]
        return value

    def _map(self, record: msgspec.Struct, name: str) -> int:
        """Maps are replaced, not changed: a reader may share them."""
        before = getattr(record, name)
        if not before or self._keys.isdisjoint(before):
            return 0
        changed = {
            key: after
            for key, value in before.items()
            if key in self._keys and (after := self._value(value)) != value
        }
        if changed:
            msgspec.structs.force_setattr(record, name, {**before, **changed})
        return len(changed)


class _Shape(NamedTuple):
    people: tuple[str, ...]
    maps: tuple[str, ...]
    nested: tuple[str, ...]
    is_subject: bool
    """It has a kind and a name, as those have to whom Kubernetes binds a role."""


def _is_nobody(plain: str) -> bool:
    name = plain.partition("@")[0]
    return (
        not name
        or name in _NOBODY
        or plain.startswith(("system:", "{{"))
        or plain.endswith(".amazonaws.com")
    )


@cache
def _shape(record: type[msgspec.Struct]) -> _Shape:
    fields = msgspec.structs.fields(record)
    names = {field.name for field in fields}
    return _Shape(
        people=tuple(name for field in fields if (name := field.name) in FIELDS),
        maps=tuple(field.name for field in fields if "dict[str, str" in str(field.type)),
        nested=tuple(
            field.name for field in fields if any(map(names_people, nested_structs(field.type)))
        ),
        is_subject={"kind", "name"} <= names,
    )


def names_people(record: type[msgspec.Struct]) -> bool:
    """Whether a record may name a person, however deep."""
    shape = _shape(record)
    return bool(shape.people or shape.maps or shape.nested or shape.is_subject)


def _structs(value: Any) -> list[msgspec.Struct]:
    if isinstance(value, dict):
        value = list(value.values())
    items = value if isinstance(value, list) else [value]
    return [one for one in items if isinstance(one, msgspec.Struct)]
