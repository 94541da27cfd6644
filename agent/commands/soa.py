"""``annexa soa``: the Statement of Applicability, as it is in force or as it could be."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import AtOption, ConfigOption, JsonOption, instant

if TYPE_CHECKING:
    from ..statement import Entry


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Show the Statement of Applicability in force, or propose one",
        rich_markup_mode=None,
        no_args_is_help=False,
    )
    group.command("show")(show)
    group.command("draft")(draft)
    app.add_typer(group, name="soa")


def show(at: AtOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Show what was decided for each control, now or at a past date, and what is missing in it."""
    from ..opening import for_reading
    from ..packs import read_pack
    from ..screen import write_json
    from ..statement import in_force

    moment = instant(at)
    with for_reading(config) as (settings, ledger):
        entries = in_force(ledger, read_pack(settings).catalogue, moment)
    if json:
        write_json("soa/1", {"at": moment, "entries": entries})
    else:
        _show(entries)


def draft(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Standard output when left out")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Propose a statement from what was found; what is in force already is kept as it stands.

    Nothing is excluded by itself, and no control is decided of which nothing was found.
    """
    from .. import job
    from ..errors import NotFound
    from ..opening import for_reading
    from ..screen import Screen, write_json
    from ..statement import draft as proposal
    from ..statement import in_force

    if out is not None and out.exists():
        raise NotFound(str(out), "is there already", remedy="name another file")
    with (
        for_reading(config) as (settings, ledger),
        job.assess(settings, ledger, save=False) as evaluation,
    ):
        text = proposal(evaluation, in_force(ledger, evaluation.pack.catalogue, None))
    if out is not None:
        out.write_text(text, encoding="utf-8")
    if json:
        write_json("soa-draft/1", {"path": str(out) if out else None, "text": text})
    elif out is None:
        typer.echo(text, nl=False)
    else:
        Screen().line(f"{out}: written; read each line, have it approved, put it with your files")


def _show(entries: "list[Entry]") -> None:
    from ..screen import Column, Screen

    screen = Screen()
    columns = (
        Column("control", keep=True), Column("title"), Column("decision", keep=True),
        Column("justification"), Column("owner"), Column("version"), Column("approved"),
        Column("objection"),
    )  # fmt: skip
    rows = [
        (
            one.control,
            one.title,
            {True: "applicable", False: "excluded", None: "-"}[one.applicable],
            one.justification,
            one.owner,
            one.version,
            " ".join(filter(None, (one.approved_by, one.approved_at))),
            one.problem,
        )
        for one in entries
    ]
    screen.table(columns, rows)
    screen.line()
    objections = sum(one.problem is not None for one in entries)
    screen.line(f"{len(rows)} entries, {objections} with an objection")
