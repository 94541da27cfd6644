"""From a page of records to rows that may be stored: guarded, encoded, looked at, hashed."""

import hashlib
from collections.abc import Sequence

import msgspec

from . import canonical
from .contract import Kind, Row, Skip
from .credentials import credential_in
from .free_text import has_free_text, take_out_random
from .people import People, names_people
from .redaction import Guard
from .scrutiny import Scrutiny


class Rows:
    """Makes the rows of one kind of one run. Not for use by several threads at once."""

    def __init__(
        self, kind: Kind, keep: frozenset[str] = frozenset(), people: People | None = None
    ) -> None:
        self._kind = kind
        self._guard = Guard(kind, keep)
        self._scrutiny = Scrutiny()
        self._has_free_text = has_free_text(kind.record)
        self._people = people if kind.people or names_people(kind.record) else None
        self.pseudonyms = 0
        """Values so far that name people and were replaced."""
        self.skipped: list[Skip] = []
        """Records whose very name is a credential: they are a named gap, not a row."""

    @property
    def guarded(self) -> int:
        """Values dropped so far because their key is not on the allow-list."""
        return self._guard.removed

    @property
    def redacted(self) -> dict[str, int]:
        """What kind of credential -> how many kept values looked like one and were dropped."""
        return dict(sorted((self._scrutiny.found + self._guard.redacted).items()))

    def of(self, records: Sequence[msgspec.Struct]) -> list[Row]:
        """The hot path: every record of every source goes through here once."""
        encode, to_utc, guarded = canonical.ENCODER.encode, canonical.to_utc, self._guard.apply
        subject, happened_at = self._kind.subject, self._kind.happened_at
        is_guarded, has_words = self._guard.is_active, self._has_free_text
        people, further, sha256 = self._people, self._kind.people, hashlib.sha256
        rows: list[Row] = []
        for record in records:
            to_utc(record)
            if is_guarded:
                guarded(record)
            if has_words:
                take_out_random(record, self._scrutiny.found)
            if people is not None:
                self.pseudonyms += people.apply(record, further)
            name = subject(record)
            if not name:
                raise ValueError("a record has no name")
            body = encode(record)
            when = happened_at(record) if happened_at is not None else None
            rows.append(Row(name, sha256(body).digest(), body, when))
        suspects = self._scrutiny.suspects([row.body for row in rows])
        return self._cleaned(records, rows, suspects) if suspects else rows

    def _cleaned(
        self, records: Sequence[msgspec.Struct], rows: list[Row], suspects: Sequence[int]
    ) -> list[Row]:
        nameless: set[int] = set()
        for index in suspects:
            row = rows[index]
            if self._scrutiny.clean(records[index]):
                body = canonical.encode(records[index])
                rows[index] = Row(row.subject, canonical.sha256(body), body, row.happened_at)
            if seen := credential_in(row.subject):
                nameless.add(index)
                self.skipped.append(_unnameable(seen))
        return [row for index, row in enumerate(rows) if index not in nameless]


def _unnameable(seen: str) -> Skip:
    return Skip(
        what="an object whose name holds a credential",
        problem=f"its name looks like a {seen}, so it was not stored",
        remedy="rename it at the source, and revoke that credential",
    )
