"""``annexa people``: who a pseudonym is, for those who hold the table."""

from typing import Annotated

import typer

from .options import ConfigOption, JsonOption


def register(app: typer.Typer) -> None:
    app.command("people")(people)


def people(
    pseudonym: Annotated[
        list[str] | None, typer.Argument(metavar="PSEUDONYM", help="All when left out")
    ] = None,
    of: Annotated[
        str | None, typer.Option("--of", metavar="NAME", help="The pseudonym of this person")
    ] = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Tell who a pseudonym is. The table is in the folder of the keys, and in no bundle."""
    from ..config import load
    from ..errors import NotFound
    from ..pseudonyms import known_people, pseudonym_of
    from ..screen import Column, Screen, write_json

    settings = load(config)
    if of is not None:
        rows = [(pseudonym_of(settings.keys, of), of)]
    else:
        wanted = {one.partition("@")[0] for one in pseudonym or ()}
        known = dict(known_people(settings.keys))
        if missing := sorted(wanted - known.keys()):
            raise NotFound(
                missing[0], "is not in the table", remedy="see `annexa people` for all that are"
            )
        rows = sorted(pair for pair in known.items() if not wanted or pair[0] in wanted)
    if json:
        write_json("people/1", {"people": [{"pseudonym": p, "name": n} for p, n in rows]})
    else:
        Screen().table((Column("pseudonym", keep=True), Column("name", keep=True)), rows)
