"""A first look at a file: what it is, who made it, about what, and the hash of its bytes.

Nobody has to say which format a file has, and the parts of a file may come in any order.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from . import cyclonedx, ocsf, sarif, spdx, spdx3
from .json_parts import NotJson, Part, Path, parts
from .kinds import Format, Report
from .place import File

T = TypeVar("T")

_RUNS: Path = ("runs", "*")
_TOP = (
    *("class_uid", "time", "cloud"),  # OCSF, one value after the other
    *("bomFormat", "specVersion", "serialNumber", "metadata"),
    *("spdxVersion", "name", "documentNamespace", "creationInfo", "documentDescribes"),
    *("version", "$schema", "@context"),
)
_GRAPH: Path = ("@graph", "*")
_HEADS: frozenset[Path] = frozenset(
    {
        *((name,) for name in _TOP),
        *((*_RUNS, name) for name in sarif.HEADS),
        ("relationships", "*"),
        _GRAPH,
    }
)
_ITEMS: frozenset[Path] = frozenset({("*",)})


class NotReport(ValueError):
    """The file cannot be taken as a report; the text says why, and where in it."""


@dataclass
class Survey:
    """What the first look found."""

    report: Report
    items: frozenset[Path]
    """Where the findings or components are."""
    runs: dict[int, sarif.Run] = field(default_factory=dict)
    metadata: cyclonedx.Metadata | None = None
    described: frozenset[str] = frozenset()
    graph: spdx3.Graph | None = None
    notes: list[str] = field(default_factory=list)
    """What is missing in the file although it is whole."""


def survey(file: File, blocks: Iterator[bytes]) -> Survey:
    """Look through the whole file once.

    Raises:
        NotReport: It is none that can be read.
        OSError: As ``blocks``.
    """
    hashed = _Hashed(blocks)
    look = _Look(file)
    try:
        first = hashed.first_byte()
        for part in parts(hashed, _ITEMS if first == b"[" else _HEADS):
            look.at(part)
        found = look.result()
    except NotJson as error:
        raise NotReport(str(error)) from error
    found.report.sha256 = hashed.sha256
    return found


class _Hashed:
    """Blocks on their way through a hash."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._hash = hashlib.sha256()
        self._first: bytes | None = None

    def first_byte(self) -> bytes:
        """The first that is neither space nor a byte order mark; of the first block."""
        self._first = next(self._blocks, b"")
        return self._first.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]

    def __iter__(self) -> Iterator[bytes]:
        if self._first:
            self._hash.update(self._first)
            yield self._first
        for block in self._blocks:
            self._hash.update(block)
            yield block

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class _Look:
    def __init__(self, file: File) -> None:
        self._file = file
        self._heads: dict[str, bytes] = {}
        """Of the first value at the top."""
        self._findings = _Findings()
        self._runs: dict[int, sarif.Run] = {}
        self._described: set[str] = set()
        self._graph = spdx3.Graph()
        self._line: dict[str, bytes] = {}
        self._number = 0

    def at(self, part: Part) -> None:
        raw = part.raw
        if raw is None:
            raise NotReport(f"{'.'.join(part.path)} is longer than 16 MiB at byte {part.offset}")
        name = part.path[-1]
        try:
            if part.path == ("*",):
                self._findings.add(raw)
            elif part.path[:2] == _RUNS:
                self._runs.setdefault(part.at[1], sarif.Run()).take(name, raw)
            elif part.path == _GRAPH:
                self._graph.take(raw)
            elif part.path[0] == "relationships":
                if (element := spdx.described_by(raw)) is not None:
                    self._described.add(element)
            else:
                self._member(part.at[0], name, raw)
        except (ValueError, RecursionError) as error:
            raise NotReport(f"{_said(error)} at byte {part.offset}") from error

    def _member(self, number: int, name: str, raw: bytes) -> None:
        if number == 0:
            self._heads[name] = raw
        if number != self._number:
            self._end_line()
            self._number = number
        self._line[name] = raw

    def _end_line(self) -> None:
        """A value at the top is over: in JSON lines it is a finding."""
        if "class_uid" in self._line:
            pairs = b",".join(b'"%b":%b' % (k.encode(), v) for k, v in self._line.items())
            self._findings.add(b"{" + pairs + b"}")
        elif self._number > 0:
            raise NotReport(f"value {self._number + 1} is no OCSF finding")
        self._line = {}

    def result(self) -> Survey:
        if self._line:
            self._end_line()
        heads = self._heads
        if heads.get("bomFormat") == b'"CycloneDX"':
            return self._cyclonedx()
        if "spdxVersion" in heads:
            return self._spdx()
        if self._runs or heads.get("version") == b'"2.1.0"':
            return self._sarif()
        if self._findings.count:
            return self._ocsf(frozenset({()}) if heads else _ITEMS)
        if b"spdx.org" in heads.get("@context", b""):
            return self._spdx3()
        raise NotReport("it is none of OCSF findings, SARIF 2.1.0, CycloneDX and SPDX")

    def _ocsf(self, items: frozenset[Path]) -> Survey:
        found = self._findings
        report = self._report("ocsf", items=items)
        report.report.format_version = found.version
        report.report.producer, report.report.producer_version = found.producer
        report.report.about = sorted(found.accounts)
        report.report.made_at = found.newest
        return report

    def _sarif(self) -> Survey:
        report = self._report("sarif", items=frozenset({(*_RUNS, "results", "*")}))
        runs = [self._runs[n] for n in sorted(self._runs)]
        one = report.report
        one.format_version = _text(self._heads.get("version"))
        first = next((run for run in runs if run.tool is not None), None)
        if first is not None and first.tool is not None:
            driver = first.tool.driver
            one.producer = driver.name
            one.producer_version = driver.semantic_version or driver.version
            one.id = first.id
        one.about = sorted({about for run in runs for about in run.about})
        one.made_at = max((run.made_at for run in runs if run.made_at), default=None)
        report.runs = self._runs
        if any(run.failed for run in runs):
            report.notes.append("the tool says that a run of it did not succeed")
        if any(run.is_elsewhere for run in runs):
            report.notes.append("its results are in other files, which are not followed")
        return report

    def _cyclonedx(self) -> Survey:
        report = self._report("cyclonedx", items=frozenset({("components", "*")}))
        raw = self._heads.get("metadata")
        metadata = self._decoded("metadata", cyclonedx.read_metadata, raw) if raw else None
        one = report.report
        one.format_version = _text(self._heads.get("specVersion"))
        one.id = _text(self._heads.get("serialNumber"))
        if metadata is not None:
            one.producer, one.producer_version = metadata.tool
            one.made_at = _aware(metadata.timestamp)
            one.about = metadata.about
            report.metadata = metadata
        return report

    def _spdx(self) -> Survey:
        report = self._report("spdx", items=frozenset({("packages", "*")}))
        one = report.report
        one.format_version = (_text(self._heads["spdxVersion"]) or "").removeprefix("SPDX-")
        one.id = _text(self._heads.get("documentNamespace"))
        name = _text(self._heads.get("name"))
        one.about = [name] if name else []
        if (raw := self._heads.get("creationInfo")) is not None:
            creation = self._decoded("creationInfo", spdx.read_creation, raw)
            one.producer, one.producer_version = creation.tool
            one.made_at = creation.at
        if (raw := self._heads.get("documentDescribes")) is not None:
            read = msgspec.json.Decoder(list[str]).decode
            self._described.update(self._decoded("documentDescribes", read, raw))
        report.described = frozenset(self._described)
        return report

    def _spdx3(self) -> Survey:
        graph = self._graph
        if graph.id is None:
            raise NotReport("it is SPDX 3, but there is no SpdxDocument in its @graph")
        report = self._report("spdx", items=frozenset({_GRAPH}))
        one = report.report
        one.format_version, one.id, one.made_at = graph.version, graph.id, graph.made_at
        one.about = [graph.name] if graph.name else []
        one.producer = graph.tool
        report.graph = graph
        return report

    def _decoded(self, name: str, read: Callable[[bytes], T], raw: bytes) -> T:
        try:
            return read(raw)
        except (ValueError, RecursionError) as error:
            raise NotReport(f"{name}: {_said(error)}") from error

    def _report(self, form: Format, *, items: frozenset[Path]) -> Survey:
        file = self._file
        report = Report(
            path=file.path,
            sha256="",
            size_bytes=file.size_bytes,
            format=form,
            modified_at=file.modified_at,
        )
        return Survey(report=report, items=items)


class _Findings:
    """What OCSF findings say of their report."""

    def __init__(self) -> None:
        self.count = 0
        self.version: str | None = None
        self.producer: tuple[str | None, str | None] = (None, None)
        self.accounts: set[str] = set()
        self.newest: datetime | None = None

    def add(self, raw: bytes) -> None:
        head = ocsf.read_head(raw)
        if not self.count:
            self.version = head.metadata.version
            product = head.metadata.product
            self.producer = (product.name, product.version) if product else (None, None)
        self.count += 1
        if head.account:
            self.accounts.add(head.account)
        if (at := head.at) is not None:
            self.newest = max(self.newest or at, at)


def _text(raw: bytes | None) -> str | None:
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw, type=str)
    except msgspec.MsgspecError:
        return None


def _aware(at: datetime | None) -> datetime | None:
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def _said(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
