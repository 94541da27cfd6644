"""Reads the documents themselves: what their front matter says, and a hash."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from ..contract import Call, Check, Page, Skip
from . import kinds
from .collection import META, Collection, attempt
from .front_matter import document, renamed, split
from .place import File, named
from .version_reader import is_document
from .yaml_text import NotReadable, load

BATCH = 200


class DocumentReader:
    """Markdown with front matter, and any file with a ``.meta.yaml`` beside it."""

    kind = kinds.DOCUMENT

    def __init__(self, collection: Collection, names: Mapping[str, str]) -> None:
        self._all = collection
        self._names = names

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        self._all.open(call)
        yield from self._all.document_skips()
        by_path = {file.path: file for file in self._all.files()}
        plain: list[str] = []
        read: list[str] = []
        candidates = (file for file in by_path.values() if is_document(file.path, by_path))
        while batch := list(islice(candidates, BATCH)):
            records, skips = self._read(call, batch, by_path, plain)
            read += [record.path for record in records]
            yield Page(records=records)
            yield from skips
        if not read:
            yield Page(records=[])
        yield from self._orphans(by_path)
        yield from self._all.cut(read, first_too=True)
        yield self._all.check(call)
        yield Check(
            method="Markdown files without front matter are no documents",
            expected=f"{len(plain)} files left out",
            found=f"{len(plain)} files left out",
            ok=True,
            note=named(plain),
        )

    def _read(
        self, call: Call, batch: Sequence[File], by_path: dict[str, File], plain: list[str]
    ) -> tuple[list[kinds.Document], list[Skip]]:
        records: list[kinds.Document] = []
        skips: list[Skip] = []

        def look(file: File) -> kinds.Document | Skip | None:
            meta = by_path.get(file.path + META)
            return attempt(file.path, lambda: self._record(call, file, meta))

        looked = call.each(batch, look, threads=self._all.place.threads)
        for file, record in zip(batch, looked, strict=True):
            if record is None:
                plain.append(file.path)
            elif isinstance(record, Skip):
                skips.append(record)
            else:
                records.append(record)
        return records, skips

    def _record(self, call: Call, file: File, meta: File | None) -> kinds.Document | None:
        return self._with_meta(call, file, meta) if meta else self._markdown(call, file)

    def _markdown(self, call: Call, file: File) -> kinds.Document | None:
        content = self._all.content(call, file)
        try:
            parts = split(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise NotReadable(None, "it is not UTF-8 text") from None
        if parts is None:
            return None
        fields = renamed(load(parts[0], first_line=2), self._names)
        return document(file, content, fields, parts[1], self._all.history(file.path))

    def _with_meta(self, call: Call, file: File, meta: File) -> kinds.Document:
        try:
            fields = renamed(load(self._all.text(call, meta)), self._names)
        except NotReadable as error:
            raise NotReadable(error.line, f"{meta.path}: {error.problem}") from None
        content = self._all.content(call, file)
        return document(file, content, fields, "", self._all.history(file.path))

    def _orphans(self, by_path: dict[str, File]) -> Iterator[Skip]:
        for path in by_path:
            if path.endswith(META) and path.removesuffix(META) not in by_path:
                yield Skip(
                    what=path,
                    problem="the file that it describes is not there",
                    remedy="add that file, or remove this one",
                )
