"""Reads every version of every document that can still be retrieved, and what it said of itself."""

from collections.abc import Iterator, Mapping
from itertools import chain, islice

import msgspec

from ..contract import Call, Check, Page, Skip
from . import kinds
from .collection import META, Collection, attempt
from .front_matter import digest, renamed, split
from .place import File, Revision, named
from .yaml_text import NotReadable, load, text

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
        revisions = self._all.history(file.path).revisions
        is_marked = file.path + META in by_path
        if not revisions:
            alone = attempt(file.path, lambda: self._alone(call, file, is_marked))
            return ([], [alone]) if isinstance(alone, Skip) else (alone, [])
        found: list[kinds.Version] = []
        skips: list[Skip] = []
        for revision in revisions:
            read = self._read(call, revision)
            if isinstance(read, Skip):
                skips.append(read)
                found.append(revision.version)
            elif found or is_marked or read[1].startswith(MARK):
                found.append(self._filled(*read))
            else:
                return [], []
        return found, skips

    def _alone(self, call: Call, file: File, is_marked: bool) -> list[kinds.Version]:
        """Of a folder, which keeps what is there now."""
        content = self._all.content(call, file)
        if not is_marked and not content.removeprefix(BOM).startswith(MARK):
            return []
        version = kinds.Version(
            path=file.path, id=digest(content)[0], is_current=True, is_deletion=False
        )
        return [self._filled(version, content)]

    def _read(self, call: Call, revision: Revision) -> tuple[kinds.Version, bytes] | Skip:
        version = revision.version
        if version.is_deletion:
            return version, MARK
        problem = "it is larger than max_file_mib"
        if (version.size_bytes or 0) <= self._all.max_bytes:
            try:
                version, content = self._all.place.whole(call, revision)
                call.received(len(content), content)
                if len(content) <= self._all.max_bytes:
                    return version, content.removeprefix(BOM)
            except OSError as error:
                problem = error.strerror or str(error)
        return Skip(
            what=f"{version.path} at {version.id[:12]}",
            problem=f"this version could not be read: {problem}",
            remedy="fetch the repository whole (no partial clone); on S3 grant s3:GetObjectVersion",
        )

    def _filled(self, version: kinds.Version, content: bytes) -> kinds.Version:
        if version.is_deletion:
            return version
        sha256, size_bytes = digest(content)
        return msgspec.structs.replace(
            version, sha256=sha256, size_bytes=size_bytes, **self._said(content)
        )

    def _said(self, content: bytes) -> dict[str, str | None]:
        """What that version says of itself; nothing, where it cannot be read as a document."""
        try:
            parts = split(content.decode("utf-8-sig"))
            fields = renamed(load(parts[0]), self._names) if parts else {}
            said = {name: text(fields, name) for name in _SAID}
            return {"document": text(fields, "id"), **said}
        except (UnicodeDecodeError, NotReadable):
            return {}


def is_document(path: str, by_path: Mapping[str, File]) -> bool:
    """May this file be a document: Markdown, or one with a ``.meta.yaml`` beside it?"""
    return path.lower().endswith((".md", ".markdown")) or path + META in by_path
