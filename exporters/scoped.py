"""A bundle of a part: which records, runs and log entries are in it, and what it says of the rest.

By default nothing is: a record has to stand behind a row that is in scope. Of the others a list of
changes keeps the hash, because the log's leaf commits to all of them.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from ..ledger import Ledger, RunInfo
from ..mappings.evaluation import Evaluation
from ..mappings.kind_table import identifier
from .changes import Changes
from .coverage_calendar import CoverageCalendar
from .verify import HASH_MARK, leaf_hash

_PLAIN = frozenset({"ledger", "export", "missed", "key"})
"""Log entries that name no system and no control."""


class InScope:
    """What is in a bundle; everything when its evaluation is of the whole house."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation
        self.is_whole = evaluation.scope.is_whole

    @cached_property
    def _subjects(self) -> frozenset[str]:
        views = "\nunion\n".join(
            f"select subject from {identifier(view.name)}" for view in self._evaluation.pack.views
        )
        return frozenset(str(row[0]) for row in self._evaluation.fetch(views))

    def has(self, source: str, kind: str, subject: str) -> bool:
        """Is this record in it?"""
        return self.is_whole or f"{source}:{kind.partition('.')[2]}:{subject}" in self._subjects

    def changes(self, ledger: Ledger, info: RunInfo) -> Iterator[bytes]:
        """Entries of a run's list of changes, those out of scope by their leaf's hash."""
        if self.is_whole:
            yield from ledger.change_entries(info.number)
            return
        for change in ledger.changes(info.number):
            line = change.entry()
            if not self.has(info.source, change.kind, change.subject):
                line = HASH_MARK + leaf_hash(line).hex().encode() + b'"}'
            yield line

    def leaf(self, type_: str, body: bytes) -> bool:
        """May this entry of the log be shown?"""
        if self.is_whole or type_ in _PLAIN:
            return True
        hidden = self._evaluation.left_out.sources
        return type_ == "run" and json.loads(body)["source"] not in hidden


def scoped_calendar(evaluation: Evaluation) -> CoverageCalendar | None:
    """An empty one for a bundle of some systems: days are known of the organisation as a whole."""
    if evaluation.scope.systems is None:
        return None
    return CoverageCalendar(days=(), controls=())


def scoped_changes(found: Changes | None, evaluation: Evaluation) -> Changes | None:
    """Changes of what is in scope; with some systems only those that name one of them."""
    scope = evaluation.scope
    if found is None or scope.is_whole:
        return found
    about = {rule.id for rule in evaluation.pack.rules} | evaluation.pack.catalogue.ids

    def mine(name: str, system: str | None) -> bool:
        return name in about and (scope.systems is None or system in scope.systems)

    return replace(
        found,
        moved=[one for one in found.moved if mine(one.about, one.system)],
        closed=[gap for gap in found.closed if mine(gap.rule, gap.system)],
        passing=[gap for gap in found.passing if mine(gap.rule, gap.system)],
        evidence=[],
    )


def scope_words(evaluation: Evaluation) -> list[str]:
    """What is left out, and what still speaks of it; nothing for a bundle of everything."""
    scope, left = evaluation.scope, evaluation.left_out
    if scope.is_whole:
        return []
    told = []
    if scope.systems is not None:
        told.append(
            f"AI systems in here: {', '.join(scope.systems)}. Left out: {left.systems} others, and "
            f"of the sources {len(left.sources)}, which serve only those."
        )
        told.append(
            "What names no system is in here: it belongs to the organisation, or nobody recorded "
            "whose it is."
        )
    if scope.controls is not None:
        told.append(
            f"Controls and clauses in here: {', '.join(scope.controls)}. Left out: {left.controls} "
            "controls of Annex A, and the other clauses."
        )
    told.append(
        "Records are in here when a row in scope rests on them. Receipts of a source count "
        "everything that it was asked for; lists of changes give the others by hash, and the log "
        "keeps its other entries to itself. Documents of the organisation may speak of any system."
    )
    if scope.systems is not None:
        told.append(
            "The coverage calendar is about the organisation as a whole, and left out; of the "
            "changes since an earlier bundle only those that name a system in scope are in here."
        )
    told.append("States and outcomes of the organisation as a whole are those of what is in scope.")
    for line in left.differing:
        told.append(f"Judged otherwise for want of what is out of scope: {line}.")
    return told
