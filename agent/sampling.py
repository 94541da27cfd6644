"""Draws a sample from the ledger, and has the log say so; or from a bundle, with no ledger."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from ..exporters.rows import Rows
from ..exporters.sampling import record
from ..exporters.sampling.bundled import bundled_population
from ..exporters.sampling.evaluated import evaluated_population
from ..exporters.sampling.plan import Plan, refuse_incomplete, take
from ..exporters.sampling.population import Frozen, freeze
from ..exporters.sampling.record import SampleRecord

if TYPE_CHECKING:
    from ..ledger.store import Ledger
    from ..mappings.evaluation import Evaluation


class Wanted(NamedTuple):
    population: str
    strata: str | None
    accept_incomplete: str


class Drawn(NamedTuple):
    """A population that was frozen, and what was drawn from it if a seed or picks were given."""

    frozen: Frozen
    population_leaf: int | None
    sample: SampleRecord | None
    leaf: int | None


def from_ledger(
    ledger: "Ledger", evaluation: "Evaluation", wanted: Wanted, plan: Plan | None
) -> Drawn:
    """Freeze the population in the log, then draw and record the sample.

    The same again records nothing. Replacements of an earlier drawing hold on.

    Raises:
        SampleRefused: There is nothing to draw from, or not in this way.
    """
    with (
        TemporaryDirectory(prefix="annexa-sample-") as scratch,
        Rows(evaluation.database, Path(scratch)) as rows,
    ):
        population = evaluated_population(evaluation, rows, wanted.population)
        refuse_incomplete(population, wanted.accept_incomplete)
        frozen = freeze(population, wanted.strata)
        population_leaf = record.seal_population(ledger, frozen, wanted.accept_incomplete)
        if plan is None:
            return Drawn(frozen, population_leaf, None, None)
        before = _earlier(ledger, take(frozen, replace(plan, replaced={})))
        sample = structs.replace(
            take(frozen, plan, before.sample if before else None),
            accepted_incomplete=wanted.accept_incomplete if population.unread else "",
            population_leaf=population_leaf,
        )
    if before is None:
        return Drawn(frozen, population_leaf, sample, record.seal_sample(ledger, sample))
    if before.sample.items == sample.items:
        return Drawn(frozen, population_leaf, before.sample, before.leaf)
    sample = structs.replace(sample, supersedes=before.leaf)
    return Drawn(frozen, population_leaf, sample, record.seal_sample(ledger, sample))


def from_bundle(bundle: Path, wanted: Wanted, plan: Plan | None) -> Drawn:
    """The same from a bundle; nothing is recorded but what the caller writes down.

    Raises:
        BundleError: It does not verify.
        SampleRefused: There is nothing to draw from, or not in this way.
    """
    with bundled_population(bundle, wanted.population) as population:
        refuse_incomplete(population, wanted.accept_incomplete)
        frozen = freeze(population, wanted.strata)
        if plan is None:
            return Drawn(frozen, None, None, None)
        accepted = wanted.accept_incomplete if population.unread else ""
        sample = structs.replace(take(frozen, plan), accepted_incomplete=accepted)
        return Drawn(frozen, None, sample, None)


def _earlier(ledger: "Ledger", sample: SampleRecord) -> record.Recorded | None:
    for one in reversed(record.in_force(ledger)):
        if one.sample.is_same_drawing(sample):
            return one
    return None
