"""``annexa plugins``: which collectors there are, and what they read."""

import typer

from .options import JsonOption


def register(app: typer.Typer) -> None:
    app.command("plugins")(plugins)


def plugins(json: JsonOption = False) -> None:
    """List the collectors, where each comes from, what it reads and which right that needs."""
    from ... import AnnexaError
    from ...collectors import registry

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
