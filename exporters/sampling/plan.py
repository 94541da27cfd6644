"""How a sample is to be drawn, and the drawing of it from a frozen population."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..csv_text import unescaped
from ..errors import SampleRefused
from .drawing import Item, Row, checked_seed, draw
from .population import Frozen, Population
from .record import ItemRecord, SampleRecord
from .sizes import EVENT, MOST, Sampling, attribute_size, shared_out

Method = Literal["attribute", "frequency", "stratified", "judgement"]
METHODS: tuple[Method, ...] = ("attribute", "frequency", "stratified", "judgement")
_HASH = re.compile(r"[0-9a-f]{12,64}")


@dataclass(frozen=True, kw_only=True)
class Plan:
    method: Method
    sampling: Sampling
    seed: str | None = None
    """The auditor's; None for a judgement sample, which has none."""
    size: int | None = None
    """Instead of the one that the method gives."""
    frequency: str = EVENT
    whole: frozenset[str] = frozenset()
    """Strata that are taken whole."""
    picks: Mapping[str, str] = field(default_factory=dict)
    """Subject, or the beginning of a row's hash -> why it is picked."""
    replaced: Mapping[str, str] = field(default_factory=dict)
    """The same -> why it cannot be looked at."""
    by: str = ""
    """Who gave the seed or the picks."""


def take(frozen: Frozen, plan: Plan, before: SampleRecord | None = None) -> SampleRecord:
    """Draw the sample.

    Args:
        before: The same sample as it was drawn earlier, whose replacements hold on.

    Raises:
        SampleRefused: It cannot be drawn in this way.
    """
    if plan.method == "judgement":
        items = _picked(frozen, plan.picks)
        return _record(frozen, plan, items, {}, parameters={})
    if plan.seed is None:
        raise SampleRefused("seed", "is missing", remedy="the auditor names one: --seed")
    sizes, parameters = _sizes(frozen, plan)
    found = find_rows(frozen, plan.replaced)
    replaced = {(one.row, one.copy): one.reason for one in before.replaced} if before else {}
    replaced |= {row.key: reason for row, reason in found}
    items = draw(
        frozen.rows(),
        seed=checked_seed(plan.seed),
        population_sha256=frozen.sha256,
        sizes=sizes,
        replaced=replaced,
    )
    return _record(frozen, plan, items, sizes, parameters=parameters)


def refuse_incomplete(population: Population, accepted: str) -> None:
    """Nothing is drawn from a population of which rows may be missing, unless somebody says why.

    Raises:
        SampleRefused: Its sources were not read in full.
    """
    if population.unread and not accepted:
        raise SampleRefused(
            f"population {population.name}",
            f"is not complete: {population.unread[0]}",
            remedy="have it read in full, or say why it will do: --accept-incomplete REASON",
        )


def _sizes(frozen: Frozen, plan: Plan) -> tuple[dict[str, int], dict[str, str]]:
    """Stratum -> items, and the figures from which that follows."""
    size, parameters = _wanted(frozen.size, plan)
    if plan.method == "stratified":
        if frozen.strata_column is None:
            raise SampleRefused("strata", "are missing", remedy="name a column: --strata")
        if missed := plan.whole - frozen.strata.keys():
            raise SampleRefused(
                f"stratum {min(missed)}",
                "has no row",
                remedy=f"there are: {', '.join(name or 'empty' for name in frozen.strata)}",
            )
        sizes = shared_out(size, frozen.strata, plan.whole)
        if plan.whole:
            parameters["whole"] = ", ".join(sorted(plan.whole))
    else:
        sizes = {"": min(size, frozen.size)}
    if sum(sizes.values()) > MOST:
        raise SampleRefused(
            "size",
            f"{sum(sizes.values()):,} items are more than {MOST:,}, which nobody walks through",
            remedy="draw fewer; the rules have looked at every row already",
        )
    return sizes, parameters


def _wanted(rows: int, plan: Plan) -> tuple[int, dict[str, str]]:
    sampling = plan.sampling
    if plan.size is not None:
        return plan.size, {"size": "named"}
    if plan.method == "attribute":
        if sampling.expected >= sampling.tolerable:
            raise SampleRefused(
                "expected deviations",
                "are as many as could be tolerated",
                remedy="a sample shows nothing then; tolerate more, or look at every row",
            )
        size, allowed = attribute_size(
            rows,
            confidence=sampling.confidence,
            tolerable=sampling.tolerable,
            expected=sampling.expected,
        )
        return size, {
            "confidence": str(sampling.confidence),
            "tolerable": str(sampling.tolerable),
            "expected": str(sampling.expected),
            "deviations_allowed": str(allowed),
        }
    size = sampling.by_frequency(plan.frequency, sampling.risk, rows)
    return size, {"frequency": plan.frequency, "risk": sampling.risk}


def _picked(frozen: Frozen, picks: Mapping[str, str]) -> list[Item]:
    if not picks:
        raise SampleRefused("judgement", "nothing is picked", remedy="--pick ITEM --reason WHY")
    return [
        Item(row=row, rank=0, status="judgement", reason=reason)
        for row, reason in find_rows(frozen, picks)
    ]


def find_rows(frozen: Frozen, wanted: Mapping[str, str]) -> list[tuple[Row, str]]:
    """The rows that are meant, in the order in which they were named.

    Args:
        wanted: Subject, or the beginning of a row's hash -> reason.

    Raises:
        SampleRefused: It is no row, or more than one.
    """
    found: dict[str, list[Row]] = {name: [] for name in wanted}
    for row in frozen.rows() if wanted else ():
        for name in wanted:
            is_hash = _HASH.fullmatch(name) and row.sha256.startswith(name)
            if is_hash or unescaped(row.cells.get("subject", "")) == name:
                found[name].append(row)
    for name, rows in found.items():
        if len(rows) != 1:
            hashes = ", ".join(row.sha256[:12] for row in rows[:5])
            raise SampleRefused(
                name,
                f"is {len(rows)} rows of {frozen.population.name}",
                remedy=f"name the hash of one: {hashes}" if rows else "name a subject of it",
            )
    return [(found[name][0], reason) for name, reason in wanted.items()]


def _record(
    frozen: Frozen,
    plan: Plan,
    items: Sequence[Item],
    sizes: Mapping[str, int],
    *,
    parameters: Mapping[str, str],
) -> SampleRecord:
    population = frozen.population
    return SampleRecord(
        view=population.view,
        rule=population.rule,
        population_sha256=frozen.sha256,
        rows=frozen.size,
        as_of=population.as_of,
        method=plan.method,
        seed=None if plan.method == "judgement" else plan.seed,
        parameters=dict(parameters),
        strata=frozen.strata_column if plan.method == "stratified" else None,
        sizes=tuple(sorted(sizes.items())),
        by=plan.by,
        items=[_item(item) for item in items],
    )


def _item(item: Item) -> ItemRecord:
    cells = {name: unescaped(cell) for name, cell in item.row.cells.items()}
    return ItemRecord(
        row=item.row.sha256,
        copy=item.row.copy,
        stratum=item.row.stratum,
        rank=item.rank,
        status=item.status,
        reason=item.reason,
        subject=cells.get("subject", ""),
        source=cells.get("source", ""),
        system_id=cells.get("system_id", ""),
    )
