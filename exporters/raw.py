"""``08_raw``: every record as it was stored, and where it lies.

A line holds the record's own fields last, byte for byte as they were hashed; what stands before
them names its source, kind, subject, SHA-256 and the run that brought it.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, groupby, islice
from pathlib import Path
from typing import Any

import msgspec

from ..collectors.contract import Kind
from ..ledger import Ledger, StoredRecord
from .bag import Bag
from .facts import Facts
from .names import Folder
from .scoped import InScope
from .verify import RECORD_MARK

LOCATION_COLUMNS = {
    "subject": "VARCHAR",
    "kind": "VARCHAR",
    "source": "VARCHAR",
    "sha256": "VARCHAR",
    "run": "BIGINT",
    "file": "VARCHAR",
    "line": "BIGINT",
}
_LINES_PER_FILE = 200_000
_BATCH = 1000
_ENCODE = msgspec.json.Encoder(order="sorted").encode


@dataclass
class RawRecords:
    """Writes the records; afterwards ``runs`` holds those that brought one of them."""

    bag: Bag
    locations: Path
    """A CSV that is written along: `LOCATION_COLUMNS`."""
    scope: InScope
    runs: set[int] = field(default_factory=set)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    """(source, kind) -> records."""
    _folders: Folder = field(default_factory=Folder)

    def write(self, ledger: Ledger, facts: Facts, kinds: Iterable[Kind]) -> None:
        """State as of the evaluation, and the events of the period that were known by then."""
        snapshot = ledger.snapshot(facts.at)
        end = min(facts.period.end, facts.at)
        with self.locations.open("w", encoding="utf-8", newline="") as file:
            places = csv.writer(file, lineterminator="\n")
            for kind in sorted(kinds, key=lambda k: k.name):
                records: Iterator[StoredRecord]
                if kind.mode == "event":
                    happened = ledger.events(kind.name, facts.period.start, end)
                    records = (event for event in happened if event.run <= snapshot.run)
                else:
                    records = snapshot.records(kind.name)
                if not self.scope.is_whole:
                    records = (r for r in records if self.scope.has(r.source, r.kind, r.subject))
                for source, found in groupby(records, key=lambda r: r.source):
                    self._population(source, kind.name, found, places)

    def _population(
        self, source: str, kind: str, records: Iterator[StoredRecord], places: Any
    ) -> None:
        folder = self._folders.name(source)
        noun = kind.partition(".")[2]
        for part, first in enumerate(records, 1):
            ending = "" if part == 1 else f".{part}"
            name = f"08_raw/{folder}/{noun}{ending}.jsonl"
            lines = self._lines(first, islice(records, _LINES_PER_FILE - 1), name, places)
            self.bag.payload(name, lines)

    def _lines(
        self, first: StoredRecord, others: Iterator[StoredRecord], name: str, places: Any
    ) -> Iterator[bytes]:
        lines: list[bytes] = []
        located: list[tuple[object, ...]] = []
        heads: dict[int, tuple[bytes, bytes]] = {}
        count = 0
        for count, record in enumerate(chain((first,), others), 1):
            if (head := heads.get(record.run)) is None:
                head = heads[record.run] = _head(record)
            sha256 = record.sha256.hex()
            happened = b"{"
            if record.happened_at is not None:
                happened = b'{"happened_at":%b,' % _ENCODE(record.happened_at)
            subject = _ENCODE(record.subject)
            named = (happened, head[0], sha256.encode(), head[1], subject, RECORD_MARK, record.body)
            lines.append(b"%b%b%b%b%b%b%b}\n" % named)
            located.append(
                (record.full_subject, record.kind, record.source, sha256, record.run, name, count)
            )
            if len(lines) == _BATCH:
                places.writerows(located)
                yield b"".join(lines)
                lines, located = [], []
        self.runs.update(heads)
        places.writerows(located)
        yield b"".join(lines)
        key = (first.source, first.kind)
        self.counts[key] = self.counts.get(key, 0) + count


def _head(record: StoredRecord) -> tuple[bytes, bytes]:
    """What a line has before and after the digest; all records of a run and kind share it."""
    told = {"kind": record.kind, "observed_at": record.observed_at, "run": record.run}
    after = _ENCODE({"source": record.source})[1:-1]
    return _ENCODE(told)[1:-1] + b',"sha256":"', b'",' + after + b',"subject":'
