"""Lists of an MLflow server, page by page; the next page is asked for while one is decoded."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from ..ahead import ahead
from ..contract import Call
from ..errors import UnexpectedAnswer
from ..http_answer import Answer
from .access import API

T = TypeVar("T", bound=msgspec.Struct)


class _Head(msgspec.Struct):
    """An answer without its items: they are skipped, not built."""

    next_page_token: str = ""


class Listing(Generic[T]):
    """One of MLflow's listing endpoints, ``noun/search``, and what its items are decoded to."""

    def __init__(self, path: str, field: str, item: type[T], *, api: str = API) -> None:
        self.path = f"{api}/{path}"
        self._field = field
        page: Any = msgspec.defstruct("Page", [("items", list[item])], rename={"items": field})  # type: ignore[valid-type]  # a type that is only known here
        self._decoder = msgspec.json.Decoder(page)

    def get(self, call: Call, request: Callable[..., Answer], **query: object) -> Iterator[list[T]]:
        """All pages; ``request`` is `Api.get`.

        Raises:
            CollectionError: As `Api.get`, or what came is no such list.
        """
        return self._pages(
            call,
            f"GET {self.path}",
            lambda token: request(self.path, **query, page_token=token),
            query,
        )

    def post(
        self,
        call: Call,
        request: Callable[[str, Mapping[str, object]], Answer],
        body: Mapping[str, object],
        **shown: object,
    ) -> Iterator[list[T]]:
        """All pages of a search whose parameters are in the body; ``shown`` go into the receipt.

        Raises:
            CollectionError: As in `get`.
        """
        return self._pages(
            call,
            f"POST {self.path}",
            lambda token: request(self.path, {**body, "page_token": token} if token else body),
            shown,
        )

    def whole(
        self, call: Call, request: Callable[..., Answer], *, of: str, **query: object
    ) -> list[T]:
        """A short list of one object among many, in full. All of them are one line of the receipt,
        which ``of`` names, and no page of the kind itself.

        Raises:
            CollectionError: As in `get`.
        """
        items: list[T] = []
        tokens: set[str | None] = {None}
        token: str | None = None
        while True:
            body, token = call.once(
                f"GET {self.path}",
                lambda token=token: _received(  # type: ignore[misc]  # mypy cannot infer its default
                    call, request(self.path, **query, page_token=token)
                ),
                of=of,
            )
            items += self._items(self.path, body)
            if token is None:
                return items
            if token in tokens:
                raise UnexpectedAnswer(
                    self.path,
                    "a page token came for the second time",
                    remedy="the list has no end; report this to whoever runs the server",
                )
            tokens.add(token)

    def _pages(
        self,
        call: Call,
        operation: str,
        ask: Callable[[str | None], Answer],
        shown: Mapping[str, object],
    ) -> Iterator[list[T]]:
        def fetch(token: str | None) -> tuple[bytes, str | None]:
            return _received(call, ask(token))

        for body in ahead(call.every_page(operation, fetch, **shown)):
            yield self._items(operation, body)

    def _items(self, operation: str, body: bytes) -> list[T]:
        try:
            page = self._decoder.decode(body)
        except msgspec.ValidationError:
            if self._is_empty(body):
                return []
            raise
        items: list[T] = page.items
        return items

    def _is_empty(self, body: bytes) -> bool:
        """MLflow leaves an empty list out; then there is nothing else in its answer either.

        Raises:
            UnexpectedAnswer: There is, so this is not MLflow's empty list.
        """
        keys = set(msgspec.json.decode(body, type=dict[str, msgspec.Raw]))
        if keys <= {"next_page_token"}:
            return True
        if self._field in keys:
            return False
        raise UnexpectedAnswer(
            self.path,
            f"HTTP 200, but there is no {self._field} in the answer",
            remedy="check that tracking_uri is the address of an MLflow server",
        )


def _received(call: Call, answer: Answer) -> tuple[bytes, str | None]:
    """The body of a page, and where the next one is."""
    call.received(len(answer.body), answer.body)
    head = msgspec.json.decode(answer.body, type=_Head)
    return answer.body, head.next_page_token or None
