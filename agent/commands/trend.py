"""``annexa trend``: the six states of the controls over time."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .options import (
    ConfigOption,
    JsonOption,
    PackOption,
    PeriodOption,
    SystemOption,
    period_or_quarter,
)

if TYPE_CHECKING:
    from ...mappings.trend import Point
    from ..config import Config


def register(app: typer.Typer) -> None:
    app.command("trend")(trend)


def trend(
    *,
    period: PeriodOption = None,
    every: Annotated[
        Literal["day", "week", "month"], typer.Option("--every", help="One line for each")
    ] = "week",
    system: SystemOption = None,
    pack: PackOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show how many controls stood in which state at the end of each step, as judged then."""
    from ...mappings import trend as over_time
    from ..opening import for_reading
    from ..packs import read_pack
    from ..screen import write_json
    from ..timing import utc_now

    wanted = period_or_quarter(period)
    with for_reading(config) as (settings, ledger):
        catalogue = read_pack(settings, pack).catalogue
        points = over_time.trend(
            ledger, catalogue, wanted, now=utc_now(), step=every, system=system
        )
    if json:
        write_json("trend/1", {"period": wanted.label, "system": system, "points": points})
    else:
        _show(settings, points, system)


def _show(config: "Config", points: "list[Point]", system: str | None) -> None:
    from ...mappings.outcome import STATES
    from ..screen import Column, Screen

    screen = Screen()
    screen.line(f"Controls by state: {system or 'the organisation'}", style="bold")
    columns = [Column("until", keep=True)]
    columns += [Column(state, right=True, keep=True) for state in STATES]
    rows = [
        (
            f"{config.local(point.at):%Y-%m-%d %H:%M}",
            *(point.states[state] if point.states else "-" for state in STATES),
        )
        for point in points
    ]
    screen.table(columns, rows)
    if any(point.states is None for point in points):
        screen.line("-: nothing was judged yet")
