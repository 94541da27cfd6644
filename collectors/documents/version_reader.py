"""Reads every version of every document that can still be retrieved, and what it said of itself."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

import msgspec

from ..contract import Call, Check, Page, Skip
from . import kinds
from .collection import META, Collection, attempt
from .front_matter import digest, renamed, split
from .place import File, Revision, named
from .yaml_text import NotReadable, load, text

Said = dict[str, str | None]

BATCH = 200
BOM = b"\xef\xbb\xbf"
MARK = b"---"
"""With which front matter begins."""
_SAID = ("version", "approved_by", "approved_at")


class VersionReader:
    """Of a folder, the one version that is there."""

    kind = kinds.VERSION

    def __init__(self, collection: Collection, names: Mapping[str, str]) -> None:
        self._all = collection
        self._names = names

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        self._all.open(call)
        yield from self._all.document_skips()
        by_path = {file.path: file for file in self._all.files()}
        threads = self._all.place.threads
        documents = 0
        odd: list[str] = []
        wanted = [file for file in by_path.values() if is_document(file.path, by_path)]
        looked = call.each(wanted, lambda f: self._versions(call, f, by_path), threads=threads)
        while batch := list(islice(looked, BATCH)):
            found = [versions for versions, _ in batch if versions]
            documents += len(found)
            newest = [versions[0] for versions in found]
            odd += [v.path for v in newest if not (v.is_current and v.sha256)]
            yield Page(records=list(chain.from_iterable(found)))
            yield from chain.from_iterable(skips for _, skips in batch)
            yield from self._all.cut([version.path for version in newest], first_too=True)
        if not wanted:
            yield Page(records=[])
        yield Check(
            method="the newest version of each document is the document",
            expected=f"{documents} documents",
            found=f"{documents - len(odd)} documents",
            ok=not odd,
            note=named(odd),
        )

    def _versions(
        self, call: Call, file: File, by_path: Mapping[str, File]
    ) -> tuple[list[kinds.Version], list[Skip]]:
        """The newest first; none where the file turns out to be no document."""
        meta = by_path.get(file.path + META)
        beside = attempt(file.path + META, lambda: self._beside(call, meta))
        if isinstance(beside, Skip):
            return [], [beside]
        revisions = self._all.history(file.path).revisions
        if not revisions:
            alone = attempt(file.path, lambda: self._alone(call, file, beside))
            return ([], [alone]) if isinstance(alone, Skip) else (alone, [])
        found: list[kinds.Version] = []
        skips: list[Skip] = []
        for revision in revisions:
            read = self._read(call, revision)
            if isinstance(read, Skip):
                skips.append(read)
                found.append(revision.version)
            elif found or beside is not None or _is_marked(read[1]):
                said = self._said(read[1]) if beside is None else beside
                if beside is not None and found:
                    said = {"document": beside["document"]}
                found.append(_filled(*read, said=said))
            else:
                return [], []
        return found, skips

    def _beside(self, call: Call, meta: File | None) -> Said | None:
        """What the file beside it says. That has versions of its own, so what it says of approval
        is said of the newest version only; the id stays."""
        if meta is None:
            return None
        return _told(renamed(load(self._all.text(call, meta)), self._names))

    def _alone(self, call: Call, file: File, beside: Said | None) -> list[kinds.Version]:
        """Of a folder, which keeps what is there now."""
        content = self._all.content(call, file)
        if beside is None and not _is_marked(content):
            return []
        version = kinds.Version(
            path=file.path, id=digest(content)[0], is_current=True, is_deletion=False
        )
        return [_filled(version, content, said=beside or self._said(content))]

    def _read(self, call: Call, revision: Revision) -> tuple[kinds.Version, bytes] | Skip:
        version = revision.version
        if version.is_deletion:
            return version, MARK
        problem = "it is larger than max_file_mib"
        if (version.size_bytes or 0) <= self._all.max_bytes:
            try:
                version, content = self._all.place.whole(call, revision)
                if len(content) <= self._all.max_bytes:
                    return version, content
            except OSError as error:
                problem = error.strerror or str(error)
        return Skip(
            what=f"{version.path} at {version.id[:12]}",
            problem=f"this version could not be read: {problem}",
            remedy="fetch the repository whole (no partial clone); on S3 grant s3:GetObjectVersion",
        )

    def _said(self, content: bytes) -> Said:
        """What that version says of itself; nothing, where it cannot be read as a document."""
        try:
            parts = split(content.decode("utf-8-sig"))
            return _told(renamed(load(parts[0]), self._names)) if parts else {}
        except (UnicodeDecodeError, NotReadable):
            return {}


def _told(fields: Mapping[str, Any]) -> Said:
    return {"document": text(fields, "id"), **{name: text(fields, name) for name in _SAID}}


def _filled(version: kinds.Version, content: bytes, *, said: Said) -> kinds.Version:
    """With its hash and size, and with what is said of it."""
    if version.is_deletion:
        return version
    sha256, size_bytes = digest(content)
    return msgspec.structs.replace(version, sha256=sha256, size_bytes=size_bytes, **said)


def _is_marked(content: bytes) -> bool:
    return content.removeprefix(BOM).startswith(MARK)


def is_document(path: str, by_path: Mapping[str, File]) -> bool:
    """May this file be a document: Markdown, or one with a ``.meta.yaml`` beside it?"""
    return path.lower().endswith((".md", ".markdown")) or path + META in by_path
