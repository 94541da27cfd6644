"""Reads what the place holds about documents besides themselves: approvers, reviews, itself.

::

    # approvers.yaml                        # reviews.yaml
    approvers:                              reviews:
      - who: ines.keller@example.com          - document: AI-POL-1
        also: [ikeller]                         on: 2026-06-01
        role: managing director                 by: ines.keller@example.com
        types: [policy]                         outcome: no change
        from: 2025-01-01                        trigger: new regulation
        until: 2026-12-31
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..contract import Call, Check, Page, Skip
from . import kinds
from .approvers import approvers, stays
from .collection import Collection, attempt
from .front_matter import renamed, split
from .place import File, Revision
from .records import Commit
from .version_reader import is_document
from .yaml_text import NotReadable, load, text


class ApproverReader:
    """The list of approvers with its past; a place without one has none."""

    kind = kinds.APPROVER

    def __init__(self, collection: Collection) -> None:
        self._all = collection

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        self._all.open(call)
        path = self._all.layout.approvers
        yield from (skip for skip in self._all.skips() if hides(skip.what, path))
        file = next((file for file in self._all.files() if file.path == path), None)
        if file is None:
            yield Page(records=[])
            return
        found = attempt(path, lambda: self._read(call, file))
        if isinstance(found, Skip):
            yield found
            return
        yield Page(records=found)
        yield from self._all.cut([path], first_too=True)
        yield self._all.check(call)

    def _read(self, call: Call, file: File) -> list[kinds.Approver]:
        now = approvers(load(self._all.text(call, file)), file.path)
        revisions = self._all.history(file.path).revisions
        return stays(now, [(r, self._then(call, r, file)) for r in revisions])

    def _then(self, call: Call, revision: Revision, file: File) -> list[kinds.Approver] | None:
        """The list as it was; None where that version cannot be read as a list."""
        if revision.version.is_deletion:
            return []
        try:
            _, content = self._all.place.whole(call, revision)
            return approvers(load(content.decode("utf-8-sig")), file.path)
        except (OSError, UnicodeDecodeError, NotReadable):
            return None


class ReviewReader:
    """Reviews in front matter and in the register; "reviewed, no change" is one like any other."""

    kind = kinds.REVIEW

    def __init__(self, collection: Collection, names: Mapping[str, str]) -> None:
        self._all = collection
        self._names = names

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        self._all.open(call)
        register = self._all.layout.reviews
        yield from self._all.document_skips()
        by_path = {file.path: file for file in self._all.files()}
        for file in by_path.values():
            if not (file.path == register or is_document(file.path, by_path)):
                continue
            found = attempt(file.path, lambda file=file: self._read(call, file, by_path))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            if isinstance(found, Skip):
                yield found
            elif found:
                yield Page(records=found)
        yield Page(records=[])
        yield self._all.check(call)

    def _read(
        self, call: Call, file: File, by_path: Mapping[str, File]
    ) -> Sequence[kinds.ReviewRecord]:
        commit = self._all.commit(file.path)
        if file.path == self._all.layout.reviews:
            return _registered(load(self._all.text(call, file)), file.path, commit)
        meta = by_path.get(f"{file.path}.meta.yaml")
        if meta is not None:
            fields = load(self._all.text(call, meta))
        else:
            parts = split(self._all.text(call, file))
            fields = load(parts[0], first_line=2) if parts else {}
        fields = renamed(fields, self._names)
        name = text(fields, "id") or file.path
        return _reviews(fields.get("reviews"), name, file.path, commit)


class PlaceReader:
    """What the place does with older versions."""

    kind = kinds.PLACE

    def __init__(self, collection: Collection) -> None:
        self._all = collection

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        record, skips = self._all.place.keeping(call)
        yield Page(records=[record])
        yield from skips


def _registered(
    fields: Mapping[str, Any], path: str, commit: Commit | None
) -> list[kinds.ReviewRecord]:
    entries = fields.get("reviews")
    if not isinstance(entries, list):
        raise NotReadable(None, "there is no list under reviews")
    found: list[kinds.ReviewRecord] = []
    for entry in entries:
        document = text(entry, "document") if isinstance(entry, dict) else None
        if document is None:
            raise NotReadable(None, "an entry of reviews names no document")
        found += _reviews([entry], document, path, commit)
    return found


def _reviews(
    value: object, document: str, path: str, commit: Commit | None
) -> list[kinds.ReviewRecord]:
    if value in (None, "", "null", "~"):
        return []
    found = []
    for entry in value if isinstance(value, list) else [value]:
        fields: Any = {"on": entry} if isinstance(entry, str) else entry
        on = text(fields, "on") if isinstance(fields, dict) else None
        if on is None:
            raise NotReadable(None, "an entry of reviews has no date under on")
        found.append(
            kinds.ReviewRecord(
                document=document,
                on=on,
                path=path,
                by=text(fields, "by"),
                outcome=text(fields, "outcome"),
                trigger=text(fields, "trigger"),
                commit=commit,
            )
        )
    return found


def hides(what: str, path: str) -> bool:
    """May the part ``what``, which was not looked into, hold ``path``?"""
    return what.startswith(path) or path.startswith(what + "/") or what == path.rstrip("/")
