"""A kind that several lists make up, such as the four types of monitoring definitions."""

from collections.abc import Iterator, Sequence

from ..contract import Call, Check, Kind, Page, Reader, Skip
from ..errors import CollectionError
from .listing import skip_of


class SeveralReader:
    """Implements `contract.Reader`: one reader after the other, all of the same state kind. A list
    that cannot be read does not keep the others from being read."""

    def __init__(self, readers: Sequence[tuple[str, Reader]]) -> None:
        """Each with what its list is called."""
        self._readers = readers

    @property
    def kind(self) -> Kind:
        return self._readers[0][1].kind

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`.

        Raises:
            CollectionError: No list could be read: the first one's reason.
        """
        failed: list[tuple[str, CollectionError]] = []
        for what, reader in self._readers:
            try:
                yield from reader.pages(call, since)
            except CollectionError as error:
                failed.append((what, error))
        if len(failed) == len(self._readers):
            raise failed[0][1]
        yield from (skip_of(what, problem) for what, problem in failed)
