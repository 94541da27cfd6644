"""What `annexa sample` shows a person: the frozen population, the items, the samples on record."""

from collections.abc import Sequence
from pathlib import Path

from ..exporters.sampling.record import ItemRecord, Recorded
from .config import Config, format_utc
from .sampling import Drawn
from .screen import Column, Screen


def show(drawn: Drawn, out: Path | None) -> None:
    """One population, and what was drawn from it."""
    frozen, population, sample = drawn.frozen, drawn.frozen.population, drawn.sample
    screen = Screen()
    screen.line(
        f"population       {population.name}: {frozen.size:,} rows as of "
        f"{format_utc(population.as_of)}"
    )
    screen.line(f"frozen as        sha256 {frozen.sha256}{_leaf(drawn.population_leaf)}")
    for text in population.unread:
        screen.line(f"not complete     {text}")
    if sample is None:
        screen.line("now the seed     the auditor names one: --seed TEXT")
        return
    figures = ", ".join(f"{name} {value}" for name, value in sample.parameters.items())
    screen.line(f"method           {sample.method}{f': {figures}' if figures else ''}")
    if sample.seed is not None:
        screen.line(f"seed             {sample.seed}")
    screen.line(f"to look at       {len(sample.standing)} items{_leaf(drawn.leaf)}")
    if out is not None:
        screen.line(f"written to       {out}")
    _items(screen, sample.items)


def _items(screen: Screen, items: Sequence[ItemRecord]) -> None:
    columns = (
        Column("rank", right=True, keep=True), Column("stratum"), Column("item"),
        Column("system"), Column("row", keep=True), Column("status", keep=True), Column("reason"),
    )  # fmt: skip
    screen.line()
    screen.table(
        columns,
        [
            (
                item.rank or "", item.stratum, item.subject, item.system_id, item.row[:12],
                item.status, item.reason,
            )
            for item in items
        ],
    )  # fmt: skip


def _leaf(number: int | None) -> str:
    return "" if number is None else f" (leaf {number})"


def show_list(config: Config, found: Sequence[Recorded]) -> None:
    """All that were drawn, one row each."""
    screen = Screen()
    if not found:
        screen.line("no samples")
        return
    columns = (
        Column("leaf", right=True, keep=True), Column("drawn", keep=True),
        Column("population", keep=True), Column("as of", keep=True), Column("method", keep=True),
        Column("seed"), Column("rows", right=True, keep=True), Column("items", right=True),
        Column("replaced", right=True), Column("instead of", right=True), Column("by"),
    )  # fmt: skip
    rows = [
        (
            one.leaf, f"{config.local(one.at):%Y-%m-%d %H:%M}", one.sample.population,
            f"{config.local(one.sample.as_of):%Y-%m-%d %H:%M}", one.sample.method,
            one.sample.seed, one.sample.rows, len(one.sample.standing), len(one.sample.replaced),
            one.sample.supersedes, one.sample.by,
        )
        for one in found
    ]  # fmt: skip
    screen.table(columns, rows)
