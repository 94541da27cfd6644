"""``annexa upcoming``: what goes stale if nobody does anything."""

from typing import TYPE_CHECKING, Annotated

import typer

from .options import ConfigOption, JsonOption, PackOption, SystemOption

if TYPE_CHECKING:
    from ...mappings.upcoming import Upcoming
    from ..config import Config


def register(app: typer.Typer) -> None:
    app.command("upcoming")(upcoming)


def upcoming(
    days: Annotated[int, typer.Option("--days", metavar="N", min=1, max=366)] = 14,
    system: SystemOption = None,
    pack: PackOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List what holds now and runs out within so many days, the soonest first: readings that get
    too old, reviews that come due, attestations and exceptions that expire, rows that time alone
    will turn. What has run out already is under `annexa gaps`."""
    from ...mappings import upcoming as coming
    from .. import job
    from ..opening import for_reading
    from ..packs import read_pack
    from ..scope import next_readings
    from ..screen import write_json

    with (
        for_reading(config) as (settings, ledger),
        job.assess(settings, ledger, save=False, pack=read_pack(settings, pack)) as evaluation,
    ):
        readings = next_readings(settings, ledger, evaluation.at)
        found = coming.upcoming(evaluation, days=days, readings=readings)
        at = evaluation.at
    wanted = [one for one in found if system is None or one.system == system]
    if json:
        write_json("upcoming/1", {"at": at, "days": days, "upcoming": wanted})
    else:
        _show(settings, wanted, days)


def _show(config: "Config", found: "list[Upcoming]", days: int) -> None:
    from ..screen import Column, Screen

    screen = Screen()
    if not found:
        screen.line(f"nothing that annexa can see runs out in the next {days} days")
        return
    columns = (
        Column("until", keep=True), Column("topic", keep=True), Column("system"),
        Column("about"), Column("control"), Column("owner"), Column("what"), Column("what to do"),
    )  # fmt: skip
    rows = [
        (
            f"{config.local(one.due):%Y-%m-%d %H:%M}",
            one.topic,
            one.system or "(organisation)",
            one.about,
            _first(one.controls),
            one.owner,
            one.what,
            one.todo,
        )
        for one in found
    ]
    screen.table(columns, rows)
    screen.line()
    screen.line(f"{len(found)} in the next {days} days; `annexa gaps` has what ran out already")


def _first(controls: "tuple[str, ...]") -> str:
    """Three of them; a reading may concern all."""
    more = f" +{len(controls) - 3}" if len(controls) > 3 else ""
    return ", ".join(controls[:3]) + more
