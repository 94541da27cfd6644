"""Second looks at a list: what the server said about it, against what came."""

from collections.abc import Iterator

import msgspec

from ..contract import Check


class ListMeta(msgspec.Struct):
    """A list's own metadata."""

    resource_version: str = msgspec.field(name="resourceVersion", default="")
    token: str = msgspec.field(name="continue", default="")
    remaining: int | None = msgspec.field(name="remainingItemCount", default=None)

    @classmethod
    def of(cls, body: bytes) -> "ListMeta":
        """Of a page. Built-in types put it before the items, so nothing more needs to be parsed.

        Raises:
            msgspec.DecodeError: This is not a list.
        """
        start = body.find(b'"items":', 0, 4096)
        if start > 0:
            try:
                beginning = body[:start].rstrip(b", \n") + b"}"
                return msgspec.json.decode(beginning, type=_Head).metadata
            except msgspec.MsgspecError:
                pass  # custom resources put the items first
        return msgspec.json.decode(body, type=_Head).metadata


class _Head(msgspec.Struct):
    """A list without its items: they are skipped, not built."""

    metadata: ListMeta


class Counts:
    """Follows the lists of one kind, page by page."""

    def __init__(self) -> None:
        self._lists = 0
        self._found = 0
        self._announced = 0
        self._is_silent = False
        self._mixed = ""
        self._mismatch = ""
        self._path = ""
        self._seen = 0
        self._total: int | None = None
        self._version = ""

    def begin(self, path: str) -> None:
        """A new list."""
        self._lists += 1
        self._path, self._seen, self._total, self._version = path, 0, None, ""

    def page(self, meta: ListMeta, items: int) -> None:
        """The next page of it."""
        self._seen += items
        self._found += items
        if self._version and meta.resource_version != self._version:
            self._mixed = self._mixed or f"{self._version}, then {meta.resource_version}"
        self._version = meta.resource_version
        if meta.token and meta.remaining is None:
            self._is_silent = True
            return
        total = self._seen + (meta.remaining or 0)
        if self._total is None:
            self._total = total
            self._announced += total
        elif total != self._total and not self._mismatch:
            self._mismatch = f"{self._path}: first {self._total}, then {total}"

    def checks(self, restarts: int) -> Iterator[Check]:
        """What came out of it; ``restarts`` is how often the list had to begin anew."""
        one = (
            f"resourceVersion {self._version}"
            if self._lists == 1
            else f"one in each of {self._lists}"
        )
        yield Check(
            method="one resourceVersion over all pages of a list",
            expected=one,
            found=self._mixed or one,
            ok=not self._mixed,
            note=f"the list expired and began anew, {restarts} times" if restarts else "",
        )
        yield Check(
            method="items and remainingItemCount of every page add up to the same total",
            expected="unknown" if self._is_silent else str(self._announced),
            found=self._mismatch or str(self._found),
            ok=not self._mismatch,
            note="the server gives no remainingItemCount" if self._is_silent else "",
        )
