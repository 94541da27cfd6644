"""msgspec learns the fields of a Struct when that is first used, and takes no lock for it: two
threads that use one for the first time together end the process. So one thread learns them all
before others read."""

import threading
from collections.abc import Iterator
from contextlib import suppress

import msgspec

_LOCK = threading.Lock()
_LEARNT: set[object] = set()


def learn(shape: object) -> None:
    """Let ``shape`` be used by several threads from here on; next to nothing when it was learnt."""
    if shape not in _LEARNT:
        with _LOCK:
            _learn(shape)


def learn_all() -> None:
    """All Structs of the modules that are loaded: some 25 ms the first time in a process, then
    less than 1 ms."""
    with _LOCK:
        for shape in list(_below(msgspec.Struct)):
            _learn(shape)


def _learn(shape: object) -> None:
    if shape not in _LEARNT:
        with suppress(TypeError, NameError):  # no JSON has this form: whoever decodes it is told
            msgspec.json.Decoder(shape)
        _LEARNT.add(shape)


def _below(parent: type) -> Iterator[type]:
    shape: type
    for shape in parent.__subclasses__():
        yield shape
        yield from _below(shape)
