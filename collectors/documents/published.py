"""Reads the published copies of documents: their hashes, to be compared with what was approved."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from ..contract import Call, Check, Page, Skip
from ..errors import AccessDenied, CollectionError, SourceUnavailable, UnexpectedAnswer
from ..web import Answer, Web
from . import kinds
from .collection import Collection, attempt
from .front_matter import digest


class PublishedReader:
    """One record a copy; a copy that is not there is a record that says so."""

    kind = kinds.PUBLISHED_COPY

    def __init__(
        self, collection: Collection, copies: Mapping[str, str | tuple[str, ...]], web: Web
    ) -> None:
        self._all = collection
        self._web = web
        self._copies = [
            (document, place)
            for document, places in copies.items()
            for place in ([places] if isinstance(places, str) else places)
        ]

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        found: list[kinds.PublishedCopy] = []
        for document, place in self._copies:
            try:
                read = self._on_the_web if "://" in place else self._here
                copy = read(call, document, place)
            except CollectionError as error:
                copy = _skip(place, error)
            if isinstance(copy, Skip):
                yield copy
            else:
                found.append(copy)
        yield Page(records=found)

    def _here(self, call: Call, document: str, path: str) -> kinds.PublishedCopy | Skip:
        self._all.open(call)
        file = next((file for file in self._all.files() if file.path == path), None)
        if file is None:
            return kinds.PublishedCopy(document=document, location=path, found=False)
        content = attempt(path, lambda: self._all.content(call, file))
        if isinstance(content, Skip):
            return content
        sha256, size_bytes = digest(content)
        return kinds.PublishedCopy(
            document=document, location=path, found=True, sha256=sha256, size_bytes=size_bytes
        )

    def _on_the_web(self, call: Call, document: str, url: str) -> kinds.PublishedCopy:
        answer = call.once("GET published copy", lambda: self._fetched(call, url))
        shown = url.partition("?")[0]
        if answer.status in (404, 410):
            return kinds.PublishedCopy(document=document, location=shown, found=False)
        return kinds.PublishedCopy(
            document=document,
            location=shown,
            found=True,
            sha256=hashlib.sha256(answer.body).hexdigest(),
            size_bytes=len(answer.body),
            modified_at=_modified_at(answer),
        )

    def _fetched(self, call: Call, url: str) -> Answer:
        answer = self._web.get(call, url)
        if answer.status in (200, 404, 410):
            return answer
        said = f"answered HTTP {answer.status}"
        where = url.partition("?")[0]
        if answer.status in (401, 403):
            raise AccessDenied(where, said, remedy="let the agent read the published copy")
        if answer.status == 429 or answer.status >= 500:
            raise SourceUnavailable(where, said, remedy="the next run tries again")
        raise UnexpectedAnswer(where, said, remedy="correct the address in annexa.yaml")


def _modified_at(answer: Answer) -> datetime | None:
    try:
        found = parsedate_to_datetime(answer.headers["last-modified"])
    except (KeyError, ValueError):
        return None
    return found if found.tzinfo else None


def _skip(place: str, error: CollectionError) -> Skip:
    return Skip(
        what=place.partition("?")[0],
        problem=error.problem,
        remedy=error.remedy,
        denied=isinstance(error, AccessDenied),
    )
