"""``annexa init``: a first configuration from what is found here."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..exit_codes import ExitCode

if TYPE_CHECKING:
    from ..discovery import Found


def register(app: typer.Typer) -> None:
    app.command("init")(init)


def init(
    config: Annotated[
        Path | None, typer.Option("--config", "-c", metavar="FILE", help="annexa.yaml by default")
    ] = None,
    name: Annotated[
        str, typer.Option("--organisation", metavar="NAME", help="Its name, for the bundle")
    ] = "My organisation",
    force: Annotated[bool, typer.Option("--force", help="Overwrite what is there")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout")] = False,
) -> int:
    """Write a commented annexa.yaml from what is found: MLflow, Kubernetes, AWS, documents.

    Nothing is called, no secret is read or written, and nothing is overwritten without --force.
    """
    from ..config import DEFAULT_NAME
    from ..discovery import Place, discover
    from ..starter import starter

    path = config or Path(os.environ.get("ANNEXA_CONFIG") or DEFAULT_NAME)
    place = Place(folder=path.resolve().parent, home=Path.home(), environment=os.environ)
    found = _distinct(discover(place))
    _write(path, starter(name, found), force=force)
    _show(path, found, json=json)
    return ExitCode.OK


def _distinct(found: "list[Found]") -> "list[Found]":
    """Ids are unique, whatever the names that they were made of."""
    from dataclasses import replace

    seen: set[str] = set()
    kept = []
    for one in found:
        number, source = 2, one.id
        while source in seen:
            source = f"{one.id}-{number}"
            number += 1
        seen.add(source)
        kept.append(replace(one, id=source))
    return kept


def _write(path: Path, text: str, *, force: bool) -> None:
    from ..errors import ConfigError

    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        with os.fdopen(os.open(path, flags, 0o644), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(
            str(path), "is there already", remedy="name another with --config, or add --force"
        ) from error
    except OSError as error:
        raise ConfigError(
            str(path), f"cannot be written ({error.strerror})", remedy="name another with --config"
        ) from error


def _show(path: Path, found: "list[Found]", *, json: bool) -> None:
    from ..screen import Column, Screen, write_json

    if json:
        sources = [
            {"id": one.id, "because": one.because, "active": one.active, "notes": list(one.notes)}
            for one in found
        ]
        write_json("init/1", {"path": str(path), "sources": sources})
        return
    screen = Screen()
    if found:
        columns = (Column("source"), Column("written as", keep=True), Column("because of"))
        rows = [(one.id, "source" if one.active else "comment", one.because) for one in found]
        screen.table(columns, rows)
        screen.line()
    screen.line(f"wrote {path}; read it, then run `annexa doctor`")
