"""What is kept of a sample: a leaf of the ledger's log, after one that froze its population."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from ...ledger import Ledger
from ..facts import rfc3339
from .drawing import Status
from .population import Frozen

FREEZING = "population"
DRAWING = "sample"


class ItemRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    row: str
    """SHA-256 of its content, hex."""
    copy: int = 0
    rank: int = 0
    status: Status
    stratum: str = ""
    subject: str = ""
    source: str = ""
    system_id: str = ""
    reason: str = ""


class SampleRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    view: str
    rule: str | None = None
    population_sha256: str
    rows: int
    as_of: datetime
    method: str
    seed: str | None = None
    parameters: dict[str, str] = {}
    strata: str | None = None
    sizes: tuple[tuple[str, int], ...] = ()
    """Stratum and items to be looked at in it."""
    by: str = ""
    accepted_incomplete: str = ""
    """Why it was drawn although rows may be missing."""
    population_leaf: int | None = None
    supersedes: int | None = None
    """The leaf of the same sample before a replacement."""
    items: list[ItemRecord]

    @property
    def population(self) -> str:
        return self.rule or self.view

    @property
    def replaced(self) -> Sequence[ItemRecord]:
        return [item for item in self.items if item.status == "replaced"]

    @property
    def standing(self) -> Sequence[ItemRecord]:
        """The items to look at."""
        return [item for item in self.items if item.status != "replaced"]

    def is_same_drawing(self, other: "SampleRecord") -> bool:
        """One is the other, but for what was replaced, and when and by whom it was recorded."""
        return self._drawing() == other._drawing()

    def _drawing(self) -> tuple[object, ...]:
        picks = self.items if self.method == "judgement" else []
        return (
            self.view, self.rule, self.population_sha256, self.method, self.seed, self.strata,
            self.sizes, picks,
        )  # fmt: skip


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    leaf: int
    at: datetime
    sample: SampleRecord


def seal_population(ledger: Ledger, frozen: Frozen, accepted_incomplete: str) -> int:
    """Have the log say what the population was; returns the leaf, an earlier one if it said so."""
    population = frozen.population
    body = {
        "population": population.name,
        "view": population.view,
        "population_sha256": frozen.sha256,
        "rows": frozen.size,
        "as_of": rfc3339(population.as_of),
        "unread": list(population.unread),
        "accepted_incomplete": accepted_incomplete,
    }
    for leaf in ledger.log.of_type(FREEZING):
        if body.items() <= msgspec.json.decode(leaf.body).items():
            return leaf.index
    return ledger.append(FREEZING, body)


def seal_sample(ledger: Ledger, sample: SampleRecord) -> int:
    return ledger.append(DRAWING, msgspec.to_builtins(sample))


def recorded(ledger: Ledger) -> Iterator[Recorded]:
    """All samples in the log, also those that a later one supersedes, oldest first."""
    for leaf in ledger.log.of_type(DRAWING):
        sample = msgspec.json.decode(leaf.body, type=SampleRecord)
        yield Recorded(leaf=leaf.index, at=leaf.at, sample=sample)


def in_force(ledger: Ledger) -> list[Recorded]:
    """Those that no later one supersedes."""
    found = {one.leaf: one for one in recorded(ledger)}
    for one in list(found.values()):
        if one.sample.supersedes is not None:
            found.pop(one.sample.supersedes, None)
    return list(found.values())
