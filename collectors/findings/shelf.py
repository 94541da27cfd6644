"""The files of one run, each looked through once for all three kinds."""

import hashlib
from collections.abc import Iterator, Sequence

from ..contract import Call, Check, Skip
from ..names import between
from .json_parts import NotJson, Part, parts
from .place import File, Listing, Place
from .survey import NotReport, Survey, survey

NAMED = 5


class Shelf:
    def __init__(self, place: Place, max_bytes: int) -> None:
        self.place = place
        self._max_bytes = max_bytes
        self._listing: Listing | None = None
        self._surveys: list[tuple[File, Survey]] = []
        self.skips: list[Skip] = []
        """Files that cannot be taken as reports, and what is missing in those that can."""

    def surveys(self, call: Call) -> Sequence[tuple[File, Survey]]:
        """Every file that is a report, sorted by path; read when first asked for.

        Raises:
            CollectionError: The place cannot be read.
        """
        if self._listing is None:
            listing = self.place.files(call)
            surveys: list[tuple[File, Survey]] = []
            skips = list(listing.skips)
            for file in listing.files:
                found = self._look(call, file)
                if isinstance(found, Skip):
                    skips.append(found)
                else:
                    surveys.append((file, found))
                    skips += [_noted(file, note) for note in found.notes]
            self._listing, self._surveys, self.skips = listing, surveys, skips
        return self._surveys

    def items(self, call: Call, file: File, found: Survey) -> Iterator[Part | Skip]:
        """The findings or components of a file, read again; a `Skip` where that fails."""
        content = hashlib.sha256()

        def blocks() -> Iterator[bytes]:
            for block in self.place.blocks(call, file):
                content.update(block)
                yield block

        try:
            for part in parts(blocks(), found.items):
                if part.raw is None:
                    yield _item(file, part, "is longer than 16 MiB")
                else:
                    yield part
        except NotJson as error:
            yield _broken(file, error)
            return
        except OSError as error:
            yield _unread(file, error)
            return
        if content.hexdigest() != found.report.sha256:
            yield _unread(file, OSError("it was changed while it was read"))

    def check(self, call: Call) -> Check:
        """List the place once more."""
        listing = self._listing or Listing(files=())
        first = {(file.path, file.key) for file in listing.files}
        again = {(file.path, file.key) for file in self.place.files(call).files}
        moved = sorted({path for path, _ in first ^ again})
        differ = between({path for path, _ in first}, {path for path, _ in again})
        notes = [f"changed meanwhile: {', '.join(moved[:NAMED])}"] if moved else []
        if listing.others:
            notes.append(f"{listing.others} files of other kinds were not looked at")
        return Check(
            method="a second listing has the same files",
            expected=f"{len(first)} files",
            found=f"{len(again)} files, {len(moved)} otherwise",
            ok=not moved,
            note="; ".join(notes),
            only_expected=differ.only_first,
            only_found=differ.only_second,
        )

    def _look(self, call: Call, file: File) -> Survey | Skip:
        if file.size_bytes > self._max_bytes:
            limit = self._max_bytes // 1024**2
            return Skip(
                what=file.path,
                problem=f"it is larger than {limit} MiB",
                remedy="raise max_file_mib, or have the tool write several files",
            )
        try:
            return survey(file, self.place.blocks(call, file))
        except NotReport as error:
            return _broken(file, error)
        except OSError as error:
            return _unread(file, error)


def spoiled(file: File, part: Part, error: Exception) -> Skip:
    """An item that is not what its format says; the others are read."""
    problem = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return _item(file, part, problem)


def _item(file: File, part: Part, problem: str) -> Skip:
    return Skip(
        what=f"{file.path}: item {part.at[-1] + 1} at byte {part.offset}",
        problem=problem,
        remedy="have the tool write the report again; the rest of the file was read",
    )


def _broken(file: File, error: ValueError) -> Skip:
    return Skip(
        what=file.path,
        problem=str(error),
        remedy="have the tool write it again, or let path name the reports only",
    )


def _unread(file: File, error: OSError) -> Skip:
    return Skip(
        what=file.path,
        problem=f"it cannot be read ({error.strerror or error})",
        remedy="let the agent read it; what changes is read by the next run",
        denied=isinstance(error, PermissionError),
    )


def _noted(file: File, note: str) -> Skip:
    return Skip(what=file.path, problem=note, remedy="look at how the tool was run")
