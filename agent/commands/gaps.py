"""``annexa gaps``: what is not supported now."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from .options import ConfigOption, JsonOption, SystemOption

if TYPE_CHECKING:
    from ...ledger import Gap
    from ...mappings.pack import Pack
    from ..config import Config


def register(app: typer.Typer) -> None:
    app.command("gaps")(gaps)


def gaps(
    system: SystemOption = None,
    rule: Annotated[str | None, typer.Option("--rule", metavar="ID")] = None,
    closed: Annotated[bool, typer.Option("--all", help="Closed ones too")] = False,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the gaps that the last judgement left open: since when, whose, and why."""
    from ..opening import for_reading
    from ..packs import read_packs
    from ..screen import write_json

    with for_reading(config) as (settings, ledger):
        found = ledger.gaps() if closed else ledger.open_gaps()
    named = _packs(found, read_packs(settings))
    wanted = [
        gap
        for gap in found
        if (system is None or gap.system == system) and (rule is None or gap.rule == rule)
    ]
    wanted.sort(key=lambda gap: (gap.system or "", gap.source or "", gap.rule, gap.opened_at))
    if json:
        gaps = [{**dataclasses.asdict(gap), "pack": named[gap.rule]} for gap in wanted]
        write_json("gaps/1", {"gaps": gaps})
    else:
        _show(settings, wanted, named)


def _packs(found: "Sequence[Gap]", packs: "Sequence[Pack]") -> dict[str, str | None]:
    """Rule or control -> the pack that asks; None: a source, or nobody asks it any more."""
    from ...mappings.pack_set import pack_of

    asking = {gap.rule: pack_of(packs, gap.rule) for gap in found}
    return {rule: pack.id if pack else None for rule, pack in asking.items()}


def _show(config: "Config", found: "Sequence[Gap]", packs: dict[str, str | None]) -> None:
    from ..screen import Column, Screen
    from ..timing import utc_now

    screen = Screen()
    if not found:
        screen.line("no gaps; `annexa status` says what that rests on")
        return
    now = utc_now()
    columns = (
        Column("system"), Column("rule", keep=True), Column("outcome", keep=True),
        Column("since", keep=True), Column("for", right=True, keep=True), Column("owner"),
        Column("rows", right=True), Column("pack"), Column("cause"),
    )  # fmt: skip
    rows = [
        (
            gap.system or gap.source or "(organisation)",
            gap.rule,
            "closed" if gap.closed_at else gap.outcome,
            f"{config.local(gap.opened_at):%Y-%m-%d %H:%M}",
            span((gap.closed_at or now) - gap.opened_at),
            gap.owner,
            gap.count,
            packs[gap.rule],
            gap.cause,
        )
        for gap in found
    ]
    screen.table(columns, rows)
    still_open = sum(gap.closed_at is None for gap in found)
    screen.line()
    screen.line(f"{still_open} open; `annexa explain RULE` says more")


def span(length: timedelta) -> str:
    """``3 d``, ``5 h``, ``12 min``."""
    minutes = int(length.total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} d"
    return f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min"


def since(moment: datetime, now: datetime) -> str:
    return span(now - moment)
