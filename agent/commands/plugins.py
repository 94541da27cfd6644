"""``annexa plugins``: which collectors there are, and what they read."""

from pathlib import Path
from typing import Annotated

import typer

from .options import JsonOption

MarkdownOption = Annotated[
    bool, typer.Option("--markdown", help="Every kind with its fields, as docs/kinds.md")
]
IntoOption = Annotated[
    Path | None, typer.Option("--into", metavar="FOLDER", help="Make it in here; default: here")
]
NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Of the collector: lower-case, such as feast")
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="List the collectors and the kinds that they read; begin a new one",
        rich_markup_mode=None,
        invoke_without_command=True,
    )
    group.callback()(plugins)
    group.command("list")(listing)
    group.command("new")(new)
    app.add_typer(group, name="plugins")


def plugins(context: typer.Context, json: JsonOption = False) -> None:
    """List the collectors, where each comes from, what it reads and which right that needs."""
    if context.invoked_subcommand is None:
        listing(json=json)


def new(name: NameArgument, into: IntoOption = None, json: JsonOption = False) -> None:
    """Write a collector of your own that works, with its test and its package.

    It reads a list over HTTP: change what it asks for and what it keeps. Nothing is overwritten.
    """
    from ..screen import Screen, write_json
    from ..skeleton import write_skeleton

    folder, files = write_skeleton(name, into or Path())
    if json:
        write_json("plugins-new/1", {"folder": str(folder), "files": files})
        return
    screen = Screen()
    screen.line(f"made {folder}: {', '.join(files)}")
    screen.line(f"next: cd {folder} && pip install --editable . && pytest")


def listing(markdown: MarkdownOption = False, json: JsonOption = False) -> None:
    """List the collectors, where each comes from, what it reads and which right that needs."""
    from ... import AnnexaError
    from ...collectors import registry

    if markdown:
        from ..kinds_page import kinds_page

        typer.echo(kinds_page(), nl=False)
        return
    found = []
    for name in registry.names():
        entry: dict[str, object] = {"name": name, "module": registry.location(name)}
        try:
            collector = registry.load(name)
            entry |= {
                "version": collector.version,
                "stability": collector.stability,
                "kinds": [
                    {
                        "kind": kind.name,
                        "mode": kind.mode,
                        "permission": kind.permission,
                        "cross_check": kind.cross_check,
                    }
                    for kind in collector.kinds
                ],
            }
            registry.require(name)
        except AnnexaError as error:
            entry |= {"problem": error.problem, "remedy": error.remedy}
        found.append(entry)
    _show(found, json=json)


def _show(found: list[dict[str, object]], *, json: bool) -> None:
    from ..screen import Column, Screen, write_json

    if json:
        write_json("plugins/1", {"collectors": found})
        return
    screen = Screen()
    rows: list[tuple[object, ...]] = []
    for entry in found:
        state = entry.get("problem") or entry.get("stability")
        rows.append((entry["name"], entry.get("version", ""), state, entry["module"]))
    columns = (Column("collector"), Column("version"), Column("state"), Column("where"))
    screen.table(columns, rows)
    for entry in found:
        if "remedy" in entry:
            screen.line(f"{entry['name']}: {entry['problem']}; {entry['remedy']}")
    screen.line()
    kinds = [kind for entry in found for kind in _kinds(entry)]
    screen.table(
        (Column("kind"), Column("mode"), Column("permission")),
        [(kind["kind"], kind["mode"], kind["permission"]) for kind in kinds],
    )


def _kinds(entry: dict[str, object]) -> list[dict[str, str]]:
    kinds = entry.get("kinds", [])
    return kinds if isinstance(kinds, list) else []
