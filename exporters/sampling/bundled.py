"""Populations of a bundle that somebody was given: to draw from them, no ledger is needed."""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ..errors import BundleError, SampleRefused
from ..verify import (
    MANIFEST,
    CannotTry,
    FolderBundle,
    Limits,
    Report,
    ZipBundle,
    open_bundle,
    parse_list,
    verify_bundle,
)
from .evaluated import own_rows
from .population import IDENTITY, Cells, Population
from .row_hash import row_sha256

POPULATIONS = "06_reconciliations/populations.csv"
POPULATION_COLUMNS = (
    "population", "rule", "rows", "sha256", "as_of", "complete", "why_not", "controls", "file"
)  # fmt: skip


@contextmanager
def bundled_population(path: Path, name: str) -> Iterator[Population]:
    """The population of a view or a rule, or of a control that judges one view only.

    Raises:
        BundleError: The bundle does not verify, or is too old to say what its populations are.
        SampleRefused: It has no such population.
    """
    try:
        report = verify_bundle(path)
    except CannotTry as reason:
        where, _, problem = str(reason).partition(": ")
        raise BundleError(where, problem, remedy="name a bundle") from reason
    if not report.ok:
        raise BundleError(
            str(path),
            f"does not verify ({report.problems[0]})",
            remedy="run `annexa verify` on it; nothing is drawn from what is not as exported",
        )
    bundle = open_bundle(str(path), Report())
    try:
        yield _population(_Tables(bundle), name)
    finally:
        bundle.close()


class _Tables:
    """The tables of a bundle, each held against the manifest while it is read."""

    def __init__(self, bundle: ZipBundle | FolderBundle) -> None:
        self._bundle = bundle
        self._listed, _ = parse_list(b"".join(bundle.chunks(MANIFEST)))

    def read(self, name: str) -> Iterator[Mapping[str, str]]:
        """The rows of ``data/<name>``.

        Raises:
            BundleError: It is not there, or no table.
        """
        file = f"data/{name}"
        if file not in self._listed:
            raise BundleError(file, "is not in the bundle", remedy="ask for a newer one")
        csv.field_size_limit(Limits().memory_bytes)
        total = hashlib.sha256()
        text = io.TextIOWrapper(
            io.BufferedReader(_Stream(self._hashed(file, total))), "utf-8-sig", newline=""
        )
        try:
            for row in csv.DictReader(text, strict=True):
                if None in row or None in row.values():
                    raise ValueError("a row does not fit its header")
                yield row
        except (ValueError, csv.Error) as error:
            raise BundleError(file, "is not a table as exported", remedy="get it anew") from error
        if total.hexdigest() != self._listed[file]:
            raise BundleError(file, "changed while it was read", remedy="try again")

    def _hashed(self, file: str, total: "hashlib._Hash") -> Iterator[bytes]:
        for chunk in self._bundle.chunks(file):
            total.update(chunk)
            yield chunk


class _Stream(io.RawIOBase):
    """Chunks of bytes as a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        super().__init__()
        self._chunks = iter(chunks)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # what io passes
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


class _Line(NamedTuple):
    view: str
    rule: str | None
    as_of: datetime
    unread: tuple[str, ...]
    file: str


def _population(tables: _Tables, name: str) -> Population:
    line = _line(tables, name)
    judged = _judged(tables, line)
    columns = tuple(next(tables.read(line.file), {}))

    def rows() -> Iterator[tuple[str, Cells]]:
        seen = set()
        for row in tables.read(line.file):
            who = tuple(row[column] for column in IDENTITY)
            if row["population"] == line.view and (judged is None or who in judged):
                seen.add(who)
                yield row_sha256(row), row
        if line.rule is not None and judged is not None and seen != judged:
            raise own_rows(line.rule, line.view)

    return Population(
        view=line.view,
        rule=line.rule,
        as_of=line.as_of,
        columns=columns,
        unread=line.unread,
        rows=rows,
        file=line.file,
    )


def _judged(tables: _Tables, line: _Line) -> set[tuple[str, ...]] | None:
    """Who the rule judged; None when it is a view's population."""
    if line.rule is None:
        return None
    results = tables.read(line.file.replace("population.csv", "results.csv"))
    return {
        tuple(row[column] for column in IDENTITY) for row in results if row["rule_id"] == line.rule
    }


def _line(tables: _Tables, name: str) -> _Line:
    lines = list(tables.read(POPULATIONS))
    found = [line for line in lines if name == (line["rule"] or line["population"])]
    found = found or [
        line for line in lines if not line["rule"] and name in line["controls"].split("; ")
    ]
    if len(found) != 1:
        names = sorted({line["population"] for line in found or lines})
        raise SampleRefused(
            f"population {name}",
            "is several" if found else "is not in this bundle",
            remedy=f"name one of {', '.join(names)}, or a rule",
        )
    line = found[0]
    if not line["file"]:
        raise SampleRefused(
            f"population {name}", "has no table in this bundle", remedy="draw from another"
        )
    return _Line(
        view=line["population"],
        rule=line["rule"] or None,
        as_of=datetime.fromisoformat(line["as_of"]),
        unread=() if line["complete"] == "true" else (line["why_not"],),
        file=line["file"],
    )
