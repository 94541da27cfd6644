"""The collector ``findings``: what other tools found, as evidence.

Source:       files in a folder or below an S3 prefix: OCSF findings (Prowler), SARIF 2.1.0,
              CycloneDX and SPDX bills of materials
Permissions:  read on the files; for S3 s3:ListBucket and s3:GetObject on the prefix
Completeness: the place is listed twice, each file is hashed and read again
Stability:    beta
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar, Literal

from ..contract import Call, Check, Identity, Kind, Page, Reader, Record, Settings, Skip
from . import cyclonedx, ocsf, sarif, spdx, spdx3
from .folder import Folder
from .json_parts import Part
from .kinds import COMPONENT, FINDING, REPORT
from .place import File, Place
from .settings import FindingsSettings
from .shelf import Shelf, spoiled
from .survey import Survey

PAGE = 1000

Read = Callable[[bytes, Survey, Part], Sequence[Record]]


class ReportReader:
    kind = REPORT

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        found = self._shelf.surveys(call)
        for begin in range(0, len(found) or 1, PAGE):
            yield Page(records=[survey.report for _, survey in found[begin : begin + PAGE]])
        yield from self._shelf.skips
        yield self._shelf.check(call)


class ItemReader:
    """What is in the reports of some formats."""

    def __init__(self, kind: Kind, shelf: Shelf, formats: Mapping[str, Read]) -> None:
        self.kind = kind
        self._shelf = shelf
        self._formats = formats

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        del since
        for file, survey in self._shelf.surveys(call):
            read = self._formats.get(survey.report.format)
            if read is not None:
                yield from self._file(call, file, survey, read)
        yield Page(records=[])
        yield from self._shelf.skips
        yield self._shelf.check(call)

    def _file(self, call: Call, file: File, survey: Survey, read: Read) -> Iterator[Page | Skip]:
        names = _Names()
        batch: list[Record] = []
        if survey.metadata is not None:
            batch += names.told_apart(cyclonedx.described(survey.metadata, file.path))
        for part in self._shelf.items(call, file, survey):
            if isinstance(part, Skip):
                yield part
                continue
            try:
                batch += names.told_apart(read(part.raw or b"", survey, part))
            except (ValueError, RecursionError) as error:
                yield spoiled(file, part, error)
            if len(batch) >= PAGE:
                yield Page(records=batch)
                batch = []
        yield Page(records=batch)


class _Names:
    """Tools give one id to several findings now and then; none of them is lost."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def told_apart(self, records: Sequence[Record]) -> Sequence[Record]:
        for record in records:
            field = "ref" if hasattr(record, "ref") else "id"
            name = getattr(record, field)
            times = self._seen[name] = self._seen.get(name, 0) + 1
            if times > 1:
                setattr(record, field, f"{name}~{times}")
        return records


def _sarif(raw: bytes, survey: Survey, part: Part) -> Sequence[Record]:
    run = survey.runs.get(part.at[1]) or sarif.Run()
    return [sarif.read_result(raw, survey.report.path, run)]


_FINDINGS: Mapping[str, Read] = {
    "ocsf": lambda raw, survey, part: [ocsf.read_finding(raw, survey.report.path)],
    "sarif": _sarif,
}
_COMPONENTS: Mapping[str, Read] = {
    "cyclonedx": lambda raw, survey, part: cyclonedx.read_components(raw, survey.report.path),
    "spdx": lambda raw, survey, part: (
        spdx3.read_package(raw, survey.report.path, survey.graph)
        if survey.graph is not None
        else [spdx.read_package(raw, survey.report.path, survey.described)]
    ),
}


class Findings:
    """Reports of other tools, in one place."""

    name: ClassVar[str] = "findings"
    version: ClassVar[str] = "1"
    stability: ClassVar[Literal["alpha", "beta", "stable"]] = "beta"
    settings: ClassVar[type[Settings]] = FindingsSettings
    kinds: ClassVar[tuple[Kind, ...]] = (REPORT, FINDING, COMPONENT)

    def __init__(self, settings: FindingsSettings) -> None:
        self._settings = settings
        self._shelf = self._new_shelf()

    def identity(self, call: Call) -> Identity:
        """See `contract.Collector.identity`."""
        self._shelf = self._new_shelf()
        caller, endpoint = self._shelf.place.identity(call)
        return Identity(caller=caller, endpoint=endpoint, sees_everything=True)

    def readers(self) -> Sequence[Reader]:
        """See `contract.Collector.readers`."""
        shelf = self._shelf
        return [
            ReportReader(shelf),
            ItemReader(FINDING, shelf, _FINDINGS),
            ItemReader(COMPONENT, shelf, _COMPONENTS),
        ]

    def _new_shelf(self) -> Shelf:
        return Shelf(_place(self._settings), self._settings.max_file_mib * 1024**2)


def _place(settings: FindingsSettings) -> Place:
    if settings.s3 is not None:
        from .prefix import Prefix

        return Prefix(settings, settings.s3)
    return Folder(settings.id, settings.path or "")
