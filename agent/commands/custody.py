"""``annexa custody``: who had a bundle, when, by which hash."""

from pathlib import Path
from typing import Annotated

import typer

from .options import ConfigOption, JsonOption, instant

_TEXT = 500


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Record who had a bundle and when; list it",
        rich_markup_mode=None,
        no_args_is_help=False,
    )
    group.command("add")(add)
    group.command("list")(show)
    app.add_typer(group, name="custody")


def add(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The zip, folder or encrypted")],
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT", help="downloaded, handed, received, viewed, returned or destroyed"
        ),
    ],
    *,
    to: Annotated[str, typer.Option("--to", metavar="WHO", help="Who has it now")],
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who gave it")] = "",
    when: Annotated[
        str | None, typer.Option("--when", metavar="TIME", help="2026-11-24T12:00:00Z; now")
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="How, and why")] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Seal one step of a bundle's way. It is looked at first: only what was exported counts."""
    from ...exporters import custody
    from ..opening import for_writing
    from ..screen import Screen, write_json
    from .verify import must_exist

    if event not in custody.EVENTS:
        raise typer.BadParameter(f"EVENT: one of {', '.join(custody.EVENTS)}")
    for option, text in (("--to", to), ("--by", by), ("--note", note)):
        if len(text) > _TEXT or (option == "--to" and not text.strip()):
            raise typer.BadParameter(f"{option}: 1 to {_TEXT} characters")
    must_exist(bundle)
    moment = instant(when, option="--when")
    with for_writing(config, create=False) as (_, ledger):
        held = custody.identify(ledger, bundle)
        leaf = custody.record(
            ledger, held, event, to=to.strip(), by=by.strip(), happened_at=moment, note=note
        )
    if json:
        write_json("custody-add/1", {"leaf": leaf, **vars(held)})
    else:
        Screen().line(f"{event} (leaf {leaf}), bundle {held.bundle_sha256}")


def show(
    bundle: Annotated[
        Path | None, typer.Argument(metavar="BUNDLE", help="Only this one's; all when left out")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List every step, the oldest first."""
    from ...exporters import custody
    from ..opening import for_reading
    from ..screen import Column, Screen, write_json

    with for_reading(config) as (_, ledger):
        digest = custody.identify(ledger, bundle).bundle_sha256 if bundle else None
        steps = list(custody.steps(ledger, digest))
    if json:
        write_json("custody/1", {"steps": [vars(step) for step in steps]})
        return
    columns = (
        Column("leaf", right=True, keep=True), Column("sealed", keep=True),
        Column("event", keep=True), Column("happened"), Column("to"), Column("by"),
        Column("bundle", keep=True), Column("note"),
    )  # fmt: skip
    rows = [
        (
            step.leaf, f"{step.sealed_at:%Y-%m-%d %H:%M:%SZ}", step.event, step.happened_at,
            step.to, step.by, step.bundle_sha256[:16], step.note,
        )
        for step in steps
    ]  # fmt: skip
    screen = Screen()
    if rows:
        screen.table(columns, rows)
    else:
        screen.line("no bundle was exported yet")
