"""Which version numbers of a model were seen, in little memory, and which are missing."""

from collections.abc import Iterator


class VersionNumbers:
    """Numbers by model, kept as spans: versions come in order, so there are few."""

    def __init__(self) -> None:
        self._spans: dict[str, list[list[int]]] = {}
        self._odd = 0

    @property
    def odd(self) -> int:
        """Versions whose number is not a positive one: nothing can be said about gaps there."""
        return self._odd

    def add(self, model: str, version: str) -> None:
        """Note one version; any order, twice is once."""
        if not (version.isascii() and version.isdigit() and 0 < int(version[:19]) < 2**63):
            self._odd += 1
            return
        number = int(version)
        spans = self._spans.setdefault(model, [])
        if spans and spans[-1][0] <= number <= spans[-1][1] + 1:
            spans[-1][1] = max(spans[-1][1], number)
        else:
            spans.append([number, number])

    def gaps(self) -> Iterator[tuple[str, int, int]]:
        """Model, first and last missing number; from 1 to the highest number seen."""
        for model, spans in sorted(self._spans.items()):
            next_number = 1
            for first, last in sorted(spans):
                if first > next_number:
                    yield model, next_number, first - 1
                next_number = max(next_number, last + 1)
