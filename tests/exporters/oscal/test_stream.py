"""Documents are written while they are made."""

import json
from collections.abc import Iterator

from annexa.exporters.oscal.stream import document


def test_nothing_is_asked_for_before_it_is_written() -> None:
    asked: list[int] = []

    def endless() -> Iterator[dict[str, int]]:
        while True:
            asked.append(1)
            yield {"n": len(asked)}

    pieces = document("root", {"first": "x", "results": [{"items": endless()}]})
    written = b"".join(next(pieces) for _ in range(200))
    assert written.startswith(b'{"root":{\n"first":"x",\n"results":[\n{\n"items":[\n{"n":1}')
    assert len(asked) <= 100


def test_an_array_that_turns_out_empty_is_left_out_with_its_key() -> None:
    body = {"a": iter(()), "b": {"c": iter([{"d": "ü\n"}]), "e": iter(())}, "f": [1, "g"], "h": {}}
    made = json.loads(b"".join(document("root", body)))
    assert made == {"root": {"b": {"c": [{"d": "ü\n"}]}, "f": [1, "g"], "h": {}}}
