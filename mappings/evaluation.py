"""From a ledger and a pack to outcomes: the whole of ``mappings`` behind one function."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .conventions import Conventions
from .outcome import Cell, Coverage, Outcome, ResultRow, SourceState
from .period import Period

if TYPE_CHECKING:
    from ..ledger import EvaluationRecord, GapNow, Ledger
    from .pack import Pack


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one evaluation may use."""

    memory: str = "512MB"
    """DuckDB's; Python needs about 100 MB on top."""
    threads: int | None = None
    """One for each core when left out."""
    timeout_s: float = 300.0
    """For any single statement of a pack."""


@dataclass(frozen=True, kw_only=True)
class ExpectedSource:
    """A configured source; one that was never read is a gap too."""

    id: str
    kinds: tuple[str, ...]
    systems: tuple[str, ...] | None = None


class Evaluation:
    """Outcomes as of one instant; the rows stay in ``database`` and are read when asked for."""

    database: Path
    """DuckDB file, closed; it holds every view by name, ``result``, ``cell``, ``control_state``,
    ``source_state``, ``catalogue`` and ``soa``."""
    at: datetime
    run: int
    pack: "Pack"
    cells: Sequence[Cell]
    sources: Sequence[SourceState]
    coverage: Coverage
    tally: Mapping[str, int]
    """Outcome -> number of cells."""
    results_sha256: str

    def __enter__(self) -> "Evaluation":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the database if it was made for this evaluation only."""
        raise NotImplementedError

    def rows(
        self, rule_id: str, *, outcomes: Sequence[Outcome] | None = None, limit: int | None = None
    ) -> Iterator[ResultRow]:
        """The rows of one rule, ordered by subject."""
        raise NotImplementedError

    def gaps(self) -> "list[GapNow]":
        """What is not supported now, sources that could not be read included."""
        raise NotImplementedError

    def record(self) -> "EvaluationRecord":
        """What the ledger keeps of this evaluation."""
        raise NotImplementedError


def evaluate(
    ledger: "Ledger",
    pack: "Pack",
    conventions: Conventions,
    *,
    at: datetime | None = None,
    period: Period | None = None,
    database: Path | None = None,
    expected: Sequence[ExpectedSource] = (),
    organisation_owner: str = "organisation",
    config_sha256: str = "",
    limits: Limits | None = None,
) -> Evaluation:
    """Evaluate every rule of ``pack`` over the ledger's snapshot.

    Args:
        at: The instant; else the end of ``period`` if that has passed; else now.
        database: Where the DuckDB file is written; a temporary folder when left out.

    Raises:
        PackError: A view or a rule cannot be run.
        EvaluationError: It ran into ``limits``.
    """
    raise NotImplementedError
