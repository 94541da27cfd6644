"""``annexa readiness``: what an auditor would miss."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .options import ConfigOption, JsonOption, PackOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...mappings.readiness import Missing

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def register(app: typer.Typer) -> None:
    app.command("readiness")(readiness)


def readiness(
    stage: Annotated[
        Literal["1", "2", "surveillance"],
        typer.Option("--stage", help="1: documents; 2: operation as well; surveillance: after"),
    ] = "1",
    pack: PackOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List what is missing before an audit: each in one line, with who acts and what to do.

    An empty list says that nothing is missing that annexa can see; an auditor sees more.
    """
    from ...mappings import readiness as missing
    from .. import job
    from ..opening import for_reading
    from ..packs import read_pack
    from ..screen import write_json

    with (
        for_reading(config) as (settings, ledger),
        job.assess(settings, ledger, save=False, pack=read_pack(settings, pack)) as evaluation,
    ):
        judged = ledger.evaluations(_BEGINNING, evaluation.at)
        history = missing.History(
            judged_since=judged[0].at if judged else None, gaps=ledger.open_gaps()
        )
        found = missing.readiness(evaluation, history, stage)
        at = evaluation.at
    if json:
        write_json("readiness/1", {"at": at, "stage": stage, "missing": found})
    else:
        _show(found, stage)


def _show(found: "list[Missing]", stage: str) -> None:
    from ..screen import Column, Screen

    screen = Screen()
    name = "surveillance" if stage == "surveillance" else f"stage {stage}"
    if not found:
        screen.line(f"nothing is missing for {name} that annexa can see")
        return
    columns = (
        Column("topic", keep=True), Column("about", keep=True), Column("control"), Column("owner"),
        Column("what is missing"), Column("what to do"),
    )  # fmt: skip
    rows = [
        (one.topic, one.about, _controls(one.controls), one.owner, one.what, one.todo)
        for one in found
    ]
    screen.table(columns, rows)
    screen.line()
    screen.line(f"{len(found)} points for {name}; an auditor may see more than annexa can")


def _controls(names: "Sequence[str]") -> str:
    """The first three, and how many more there are."""
    more = f" +{len(names) - 3}" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
