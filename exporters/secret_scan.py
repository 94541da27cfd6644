"""Looks through every file on its way into the bundle for what looks like a credential.

Records passed the same guard when they were collected; leaves, receipts, settings and records that
an older guard let through did not. Packed files (Parquet, workbook, PDF) are left out: their text
comes from records and tables that are in the bundle as text too.
"""

import csv
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from ..collectors.credentials import credential_in, may_hold
from .errors import SecretFound
from .zip_writer import PACKED_ALREADY

_NULL = re.compile(r'(?<="):\s*null\b')
_LINE_BYTES = 1 << 20
"""A longer line is looked at in pieces of this size."""
_OVERLAP = 1024
_TOLD = 5
_KEPT = 1000


@dataclass(frozen=True, kw_only=True)
class Finding:
    file: str
    line: int
    what: str
    """The kind of credential, never its value."""

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass
class SecretScan:
    accepted: Collection[str] = ()
    """Places, ``file:line``, where somebody looked and found none."""
    findings: list[Finding] = field(default_factory=list)

    def watch(self, file: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks, looked through as they pass."""
        if file.endswith(PACKED_ALREADY):
            yield from chunks
            return
        rest, line = b"", 1
        for chunk in chunks:
            whole, newline, rest = (rest + chunk).rpartition(b"\n")
            if newline:
                self._lines(file, line, whole)
                line += whole.count(b"\n") + 1
            while len(rest) > _LINE_BYTES:
                self._lines(file, line, rest[:_LINE_BYTES])
                rest = rest[_LINE_BYTES - _OVERLAP :]
            yield chunk
        self._lines(file, line, rest)

    def check(self) -> None:
        """Raises:
        SecretFound: At a place that nobody accepted.
        """
        found = sorted(
            (one for one in self.findings if one.place not in self.accepted),
            key=lambda one: (one.file, one.line),  # files are looked through side by side
        )
        if not found:
            return
        told = [f"{one.place} ({one.what})" for one in found[:_TOLD]]
        more = f" and {len(found) - _TOLD} more places" if len(found) > _TOLD else ""
        raise SecretFound(
            "bundle",
            f"it would hold what looks like a credential: {', '.join(told)}{more}",
            remedy="take it out at its source, revoke it and collect again; if it is none, add "
            f"--accept-finding {found[0].place}",
        )

    def _lines(self, file: str, first: int, text: bytes) -> None:
        if not may_hold(text) or len(self.findings) >= _KEPT:
            return
        for number, line in enumerate(text.split(b"\n"), first):
            if may_hold(line):
                what = next(filter(None, map(credential_in, _texts(file, line))), None)
                if what is not None:
                    self.findings.append(Finding(file=file, line=number, what=what))


def _texts(file: str, line: bytes) -> Iterator[str]:
    """The line's strings one by one where its form is known, as the guard sees them when they are
    collected: what stands beside a string is no part of it."""
    text = line.decode("utf-8", "replace")
    if file.endswith(".jsonl"):
        try:
            yield from _strings(msgspec.json.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield text
    elif file.endswith(".csv"):
        try:
            for row in csv.reader([text]):
                yield from row
        except csv.Error:
            yield text
    elif file.endswith(".json"):
        yield _NULL.sub(':""', text)  # what the guard took out: its name alone is no credential
    else:
        yield text


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
