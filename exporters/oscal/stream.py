"""Writes an OSCAL document while it is made, so that memory does not grow with its arrays.

Mappings and lists are followed; what an iterator gives is encoded whole, a line each. An empty
array is left out with its key: OSCAL has none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec

_encode = msgspec.json.Encoder().encode


def document(root: str, body: Mapping[str, object]) -> Iterator[bytes]:
    """The file in pieces; keys stay in the order in which they were given."""
    yield b"{" + _encode(root) + b":"
    yield from _pieces(body)
    yield b"}\n"


def given(fields: Mapping[str, object]) -> dict[str, object]:
    """``fields`` without those that hold nothing."""
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _pieces(value: object) -> Iterator[bytes]:
    if isinstance(value, Mapping):
        yield from _fields(value)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from _array(_pieces(item) for item in value)
    else:
        yield _encode(value)


def _fields(fields: Mapping[str, object]) -> Iterator[bytes]:
    start = b"{\n"
    for name, value in fields.items():
        if isinstance(value, Iterator):
            first = next(value, None)
            if first is None:
                continue
            pieces = _array((_encode(item),) for item in chain((first,), value))
        else:
            pieces = _pieces(value)
        yield start + _encode(name) + b":"
        yield from pieces
        start = b",\n"
    yield b"{}" if start == b"{\n" else b"\n}"


def _array(items: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    start = b"[\n"
    for item in items:
        yield start
        yield from item
        start = b",\n"
    yield b"\n]"
